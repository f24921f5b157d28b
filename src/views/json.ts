/** The JSON shapes that scripts rely on: keys may be added, and none renamed. */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Event, WaitRecord } from '../model/event.ts';
import type { Hint } from '../model/hint.ts';
import type { Instant, TaskName } from '../model/ids.ts';
import { type RunRecord, type RunSummary, type TaskRecord, tookOf } from '../model/run.ts';
import type { TaskDefinition } from '../model/task.ts';
import { taskReasonText } from './reasons.ts';

const SCHEMA_VERSION = 1;

export const isoTime = (instant: Instant): string => new Date(instant).toISOString();
const timeOrNull = (instant: Instant | null | undefined): string | null =>
  instant === undefined || instant === null ? null : isoTime(instant);

export function document(fields: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...fields }, bigintAsText)}\n`;
}

/** Words a hint, which JSON has as text. */
export type HintWords = (hint: Hint) => string;

export function diagnosticsJson(diagnostics: readonly Diagnostic[], words: HintWords): object[] {
  return diagnostics.map(({ code, severity, message, at, hint, related }) => ({
    code,
    severity,
    message,
    ...(at === undefined ? {} : { file: at.file, line: at.line, column: at.column }),
    ...(hint === undefined ? {} : { hint: words(hint) }),
    ...(related === undefined
      ? {}
      : {
          related: related.map(({ message: note, at: place }) => ({
            message: note,
            file: place.file,
            line: place.line,
            column: place.column,
          })),
        }),
  }));
}

export function runJson(run: RunRecord): Readonly<Record<string, unknown>> {
  return {
    ...summaryJson(run),
    ...(run.retryOf === undefined ? {} : { retryOf: run.retryOf }),
    ...(run.parentTask === undefined ? {} : { parentTask: run.parentTask }),
    ...(run.error === undefined ? {} : { error: run.error }),
    tasks: Object.fromEntries(
      [...run.tasks].map(([name, task]) => [name, { ...taskJson(task), ...hookJson(run, name) }]),
    ),
  };
}

function hookJson({ hooks }: RunRecord, name: TaskName): object {
  const hook = hooks.get(name);
  return hook === undefined ? {} : { hook };
}

export function summaryJson(run: RunSummary): Readonly<Record<string, unknown>> {
  const { runId, planId, pipeline, file, status, startedBy, queuedAt, startedAt } = run;
  const { finishedAt, parent, imported } = run;
  return {
    runId,
    planId: planId === '' ? null : planId,
    pipeline,
    file,
    status,
    ...(startedBy === undefined ? {} : { startedBy }),
    ...(queuedAt === undefined ? {} : { queuedAt: isoTime(queuedAt) }),
    startedAt: timeOrNull(startedAt),
    finishedAt: timeOrNull(finishedAt),
    durationMs: tookOf(run) ?? null,
    ...(parent === undefined ? {} : { parent }),
    ...(imported === undefined
      ? {}
      : { imported: { at: isoTime(imported.at), host: imported.host ?? null } }),
  };
}

function taskJson({
  status,
  attempts,
  startedAt,
  finishedAt,
  durationMs,
  error,
  elements,
  childRunId,
  wait,
  ...rest
}: TaskRecord): object {
  const reason = taskReasonText(rest);
  return {
    status,
    attempts,
    durationMs: durationMs ?? null,
    startedAt: timeOrNull(startedAt),
    finishedAt: timeOrNull(finishedAt),
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error }),
    ...(childRunId === undefined ? {} : { childRunId }),
    ...(wait === undefined ? {} : { wait: waitJson(wait) }),
    ...(elements === undefined ? {} : { elements: elements.map(taskJson) }),
  };
}

function waitJson({ event, after, since, until }: WaitRecord): object {
  return {
    event,
    after,
    since: isoTime(since),
    until: until === null ? null : isoTime(until),
  };
}

/** `parameters` is null when they are unknown; `rest` is the schema of further dependencies. */
export function taskDefinitionJson(task: TaskDefinition): object {
  const { name, description, module, at, tags, dependencies, settings, parameters, output } = task;
  return {
    name,
    description: description ?? null,
    module,
    line: at.line,
    column: at.column,
    tags,
    dependencies,
    settings,
    parameters:
      parameters.is !== 'known'
        ? null
        : parameters.list.map(({ at: _at, ...parameter }) => parameter),
    ...(parameters.is === 'known' && parameters.rest !== undefined
      ? { rest: parameters.rest }
      : {}),
    output: output ?? null,
  };
}

export function eventJson(event: Event, seq: number): object {
  return { seq, ...event, time: isoTime(event.time) };
}

/** An event among those of all runs, or of a broker: `position` is its place in their order. */
export function placedEventJson(event: Event, position: number | string | undefined): object {
  return { position, ...event, time: isoTime(event.time) };
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
