/** Builds the Pipeline of the model from values that the format has checked. It reports no errors. */
import type { Located } from '../model/diagnostic.ts';
import { impossible } from '../model/fault.ts';
import { digestOf, type TaskName } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type {
  Catchup,
  MapSpec,
  OverlapPolicy,
  ParamSpec,
  Pipeline,
  TaskSpec,
  TriggerSpec,
} from '../model/pipeline.ts';
import { parseEnd, parseInstant, parseMoment } from '../model/moment.ts';
import { HOOKS } from '../model/task.ts';
import { LATE_AFTER_MS } from '../model/tick.ts';
import type { PipelineRead } from './format/format.ts';
import { settingsFrom } from './format/setting-fields.ts';
import type { TaskRead } from './format/task-format.ts';
import type { TriggerRead } from './format/trigger-format.ts';
import type { DictionaryEntry } from './format/collections.ts';
import { splitDefault } from './rules/param-specs.ts';
import { NO_REFERENCES, type TaskReferences } from './rules/references.ts';
import { splitTemplate } from './expressions/template.ts';
import { looksSecret } from '../model/secrets.ts';
import type { PartialSettings } from '../model/settings.ts';

export function buildPipeline(
  read: PipelineRead,
  references: ReadonlyMap<TaskName, TaskReferences>,
  where: Pick<Pipeline, 'file' | 'folder'>,
): Pipeline {
  const tasks = new Map<TaskName, TaskSpec>();
  const processes = read.defaults?.value ?? {};
  const build = (name: TaskName, entry: DictionaryEntry<TaskRead>): TaskSpec =>
    buildTask(name, entry, { references: references.get(name) ?? NO_REFERENCES, processes });
  for (const [name, entry] of read.tasks.value) tasks.set(name, build(name, entry));
  for (const hook of HOOKS) {
    for (const [name, entry] of read.hooks?.value[hook]?.value ?? [])
      tasks.set(name, { ...build(name, entry), hook });
  }
  const defaults = read.defaults === undefined ? {} : settingsFrom(read.defaults.value);
  const env = (read.env?.value ?? []).map(({ value }) => value);
  const secrets = (read.secrets?.value ?? []).map(({ value }) => value);
  return {
    ...where,
    name: read.name.value,
    at: read.name.at,
    ...optional('description', read.description?.value),
    modules: read.modules?.value ?? [],
    params: new Map(
      [...(read.params?.value ?? [])].map(([name, entry]) => [name, buildParam(name, entry)]),
    ),
    env: [...new Set([...env, ...secrets])],
    secrets: [...new Set([...secrets, ...env.filter(looksSecret)])],
    tasks,
    defaults,
    pools: buildPools(read, [defaults, ...[...tasks.values()].map(({ settings }) => settings)]),
    timeout: read.timeout?.value ?? null,
    triggers: (read.triggers?.value ?? []).map(buildTrigger),
    ...optional('concurrency', read.concurrency?.value),
    ...optional(
      'expect',
      read.expect && {
        successWithin: read.expect.value.success_within.value,
        grace: read.expect.value.grace?.value ?? 0,
      },
    ),
  };
}

/** A pool that is used and not declared has one slot; the file has been warned. */
function buildPools(
  read: PipelineRead,
  users: readonly PartialSettings[],
): ReadonlyMap<string, number> {
  const pools = new Map([...(read.pools?.value ?? [])].map(([name, { value }]) => [name, value]));
  for (const { pool } of users)
    if (typeof pool === 'string' && !pools.has(pool)) pools.set(pool, 1);
  return pools;
}

function buildParam(name: string, { value, keyAt }: DictionaryEntry<JsonObject>): ParamSpec {
  const { description } = value;
  return {
    name,
    at: keyAt,
    ...splitDefault(value),
    ...optional('description', typeof description === 'string' ? description : undefined),
  };
}

/** Returns the settings of processes under `defaults`. */
type ProcessesRead = Pick<TaskRead, 'shell' | 'cwd'>;

function buildTask(
  name: TaskName,
  { value: read, keyAt }: DictionaryEntry<TaskRead>,
  { references, processes }: { references: TaskReferences; processes: ProcessesRead },
): TaskSpec {
  const needs = new Map((read.needs?.value ?? []).map((need) => [need.value, need]));
  return {
    name,
    at: keyAt,
    ...optional('description', read.description?.value),
    work: buildWork(name, { value: read, keyAt }, processes),
    needs: [...needs.values()],
    inputs: located(read.inputs?.value),
    with: located(read.with?.value),
    tags: [...new Set((read.tags?.value ?? []).map(({ value }) => value))],
    ...references,
    ...optional('when', read.when && conditionOf(read.when)),
    ...optional('map', read.map && buildMap(read.map.value)),
    settings: settingsFrom(read),
  };
}

function buildWork(
  name: TaskName,
  { value: read, keyAt }: Pick<DictionaryEntry<TaskRead>, 'value' | 'keyAt'>,
  processes: ProcessesRead,
): TaskSpec['work'] {
  if (read.pipeline !== undefined)
    return { is: 'pipeline', file: read.pipeline, ...optional('output', read.output) };
  if (read.wait_for !== undefined) return buildWait(read.wait_for.value);
  if (read.run === undefined) {
    return {
      is: 'function',
      task: read.task === undefined ? { value: name, at: keyAt } : read.task,
      ...optional('cwd', read.cwd),
      ...optional('defaultCwd', processes.cwd?.value),
    };
  }
  return {
    is: 'shell',
    command: read.run,
    ...optional('shell', (read.shell ?? processes.shell)?.value),
    ...optional('cwd', read.cwd ?? processes.cwd),
    ...optional('outputs', read.outputs?.value),
  };
}

function buildWait({
  event,
  when,
  timeout,
}: NonNullable<TaskRead['wait_for']>['value']): TaskSpec['work'] {
  const condition = when && { value: sourceOf(when.value), at: when.at };
  return { is: 'wait', event, ...optional('when', condition), timeout: timeout?.value ?? null };
}

function buildMap(read: NonNullable<TaskRead['map']>['value']): MapSpec {
  return {
    over: { value: sourceOf(read.over.value), at: read.over.at },
    as: read.as.value,
    maxParallel: read.max_parallel?.value ?? null,
  };
}

function conditionOf({ value, at }: Located<string | boolean>): Located<string> {
  return { at, value: typeof value === 'boolean' ? String(value) : sourceOf(value) };
}

/** Returns the source inside a text that is exactly one `${…}`. */
function sourceOf(template: string): string {
  const [only] = splitTemplate(template);
  return only?.is === 'expression' ? only.source.trim() : template;
}

function buildTrigger({ value, at }: Located<TriggerRead>): TriggerSpec {
  const common = {
    at,
    name: value.says.name?.value ?? `${value.is}-${triggerHash(value.says)}`,
    params: Object.fromEntries(
      [...(value.says.params?.value ?? [])].map(([name, param]) => [name, param.value]),
    ),
    overlap: buildOverlap(value.says.overlap?.value),
    ...optional('when', value.says.when && conditionOf(value.says.when)),
  };
  switch (value.is) {
    case 'cron': {
      const { cron, dst } = value.says;
      return {
        ...common,
        ...buildTimes(value.says),
        is: 'cron',
        cron: cron.value.map((each) => each.value),
        dst: { gap: dst?.value.gap?.value ?? 'run_after', fold: dst?.value.fold?.value ?? 'first' },
      };
    }
    case 'every': {
      const { every, anchor } = value.says;
      const times = buildTimes(value.says);
      const begin = anchor && parseMoment(anchor.value, times.timezone);
      return { ...common, ...times, is: 'every', every: every.value, anchor: begin ?? 0 };
    }
    case 'at':
      // The format has checked that it is an instant.
      return {
        ...common,
        ...buildTimes(value.says),
        is: 'at',
        instant: parseInstant(value.says.at.value) ?? 0,
      };
    case 'event':
      return {
        ...common,
        is: 'event',
        pattern: value.says.event.value,
        batch: {
          max: value.says.batch?.value.max?.value ?? 1,
          wait: value.says.batch?.value.wait?.value ?? 0,
        },
      };
    case 'pipeline':
      return {
        ...common,
        is: 'pipeline',
        after: value.says.pipeline,
        on: value.says.on?.value ?? 'succeeded',
      };
    case 'file': {
      const { file, settle, done, identity, existing } = value.says;
      return {
        ...common,
        is: 'file',
        glob: file.value,
        complete: done === undefined ? { settle: settle?.value ?? 2 } : { done: done.value },
        identity: identity?.value ?? 'path+change',
        existing: existing?.value ?? 'ignore',
      };
    }
    case 'api':
    case 'manual':
      return { ...common, is: value.is };
    default:
      return impossible(value);
  }
}

function triggerHash(says: TriggerRead['says']): string {
  return digestOf([JSON.stringify(says, withoutPlaces)]).slice(0, 8);
}

/** A trigger that moves within the file keeps its hash. */
function withoutPlaces(_key: string, value: unknown): unknown {
  if (value instanceof Map) return [...value];
  return typeof value === 'object' && value !== null && 'line' in value ? undefined : value;
}

type TimesRead = Omit<Extract<TriggerRead, { is: 'at' }>['says'], 'at'>;

function buildTimes({
  timezone,
  start,
  end,
  jitter,
  catchup,
  late_after: lateAfter,
  calendar,
}: TimesRead) {
  const zone = timezone?.value ?? 'UTC';
  return {
    timezone: zone,
    ...optional('start', start && parseMoment(start.value, zone)),
    ...optional('end', end && parseEnd(end.value, zone)),
    jitter: jitter?.value ?? 0,
    catchup: buildCatchup(catchup?.value),
    lateAfter: lateAfter?.value ?? LATE_AFTER_MS / 1000,
    ...optional('calendar', calendar),
  };
}

type CatchupRead = NonNullable<TimesRead['catchup']>['value'];

function buildCatchup(read: CatchupRead = 'none'): Catchup {
  const { mode, limit, window } =
    typeof read === 'string'
      ? { mode: read, limit: undefined, window: undefined }
      : { mode: read.mode.value, limit: read.limit?.value, window: read.window?.value };
  switch (mode) {
    case 'none':
      return { mode, limit: 0, window: null };
    case 'last':
      return { mode, limit: 1, window: window ?? null };
    case 'all':
      return { mode, limit: limit ?? 100, window: window ?? null };
    default:
      return impossible(mode);
  }
}

type OverlapRead = NonNullable<TimesRead['overlap']>['value'];

function buildOverlap(read: OverlapRead = 'skip'): OverlapPolicy {
  if (typeof read !== 'string') return { mode: 'queue', max: read.queue.value.max?.value ?? 1 };
  return read === 'queue' ? { mode: read, max: 1 } : { mode: read };
}

function located<T>(
  entries: ReadonlyMap<string, DictionaryEntry<T>> | undefined,
): ReadonlyMap<string, Located<T>> {
  return new Map(
    [...(entries ?? [])].map(([key, entry]) => [key, { value: entry.value, at: entry.at }]),
  );
}

/** An optional property: absent rather than undefined. */
function optional<const K extends string, V>(
  key: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  // A cast: a computed key widens to string
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V };
}
