/**
 * Reports for CI services, as JUnit XML: a suite for the run, a case for each task.
 * It uses the elements and attributes that GitLab, Jenkins and the reporters for GitHub have in common.
 */
import { relative } from 'node:path';
import type { Diagnostic, Place } from '../../model/diagnostic.ts';
import { CATALOGUE } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { type RunRecord, type TaskRecord, tookOf } from '../../model/run.ts';
import type { EndedRun, FailedTask } from '../../views/ended-run.ts';
import { isoTime } from '../../views/json.ts';
import { harmless } from '../console/terminal.ts';
import { reasonLines } from '../text/error.ts';
import { logTail } from '../text/log-tail.ts';
import type { ReportFile } from './report-file.ts';
import type { Reporter } from './reporter.ts';
import { howItFailed, statusAndReason } from '../../views/run-words.ts';
import { hintText } from '../text/hint.ts';

const LOG_LINES = 200;
const LOG_BYTES = 65_536;

export class JunitReporter implements Reporter {
  readonly #file: ReportFile;
  readonly #base: string;

  /** `base`: the folder that paths are relative to. */
  constructor(file: ReportFile, base: string) {
    this.#file = file;
    this.#base = base;
  }

  ended(ended: EndedRun): void {
    this.#file.write(runXml(ended, this.#base));
  }

  faulted(diagnostics: readonly Diagnostic[]): void {
    this.#file.write(diagnosticsXml(diagnostics, this.#base));
  }
}

interface Case {
  readonly name: string;
  readonly suite: string;
  readonly at?: Place;
  readonly durationMs?: Milliseconds;
  readonly properties?: Readonly<Record<string, string | number>>;
  readonly outcome: TestOutcome;
  readonly log?: readonly string[];
}

type TestOutcome =
  | { readonly is: 'passed' }
  | { readonly is: 'skipped'; readonly message: string }
  /** `failure`: the task itself failed; `error`: something ended it. */
  | {
      readonly is: 'failure' | 'error';
      readonly type: string;
      readonly message: string;
      readonly text: string;
    };

function runXml({ run, plan, failures }: EndedRun, base: string): string {
  const failed = new Map(failures.map((failure) => [failure.task, failure]));
  const cases = plan.tasks.map((task) =>
    taskCase(plan.pipeline, task, run.tasks.get(task.name), failed.get(task.name)),
  );
  if (run.status !== 'succeeded' && !cases.some(({ outcome }) => isBad(outcome)))
    cases.push(runCase(run));
  return xml(plan.pipeline, cases, base, {
    run: run.runId,
    plan: run.planId,
    status: run.status,
    startedAt: isoTime(run.startedAt ?? 0), // it has ended, so it has begun
    tookMs: tookOf(run) ?? 0,
  });
}

function taskCase(
  suite: string,
  { name, at, settings }: PlannedTask,
  record: TaskRecord | undefined,
  failure: FailedTask | undefined,
): Case {
  const task = record ?? { status: 'pending', attempts: 0 };
  const { status, attempts, durationMs, elements } = task;
  const common = {
    name,
    suite,
    at,
    ...(durationMs === undefined ? {} : { durationMs }),
    properties: {
      status,
      ...(elements === undefined ? { attempts } : { elements: elements.length }),
      ...(settings.failSafe ? { fail_safe: 'true' } : {}),
    },
  };
  if (failure !== undefined) {
    const { file } = failure.log;
    return {
      ...common,
      at: failure.at,
      outcome: outcomeOf(failure),
      log: logTail(file, LOG_LINES, LOG_BYTES),
    };
  }
  if (status === 'succeeded' || status === 'cached')
    return { ...common, outcome: { is: 'passed' } };
  return { ...common, outcome: { is: 'skipped', message: statusAndReason(task) } };
}

/** A failure that `fail_safe` excuses is skipped, as it must not fail the CI job through its test report. */
function outcomeOf({ record, isSafe }: FailedTask): TestOutcome {
  const { error, reason = 'failed' } = record;
  const message = error === undefined ? howItFailed(record) : error.message;
  if (isSafe) return { is: 'skipped', message: `${howItFailed(record)}, fail_safe: ${message}` };
  return {
    is: reason === 'failed' ? 'failure' : 'error',
    type: reason === 'failed' ? (error?.name ?? reason) : reason,
    message,
    text: [error?.stack ?? message, ...(error === undefined ? [] : reasonLines(error))].join('\n'),
  };
}

/** Returns a case for a run that ended badly although no task failed; without it the report would look successful. */
function runCase({ pipeline, status, error }: RunRecord): Case {
  const message = error?.message ?? `the run was ${status}`;
  return {
    name: 'the run itself',
    suite: pipeline,
    outcome: { is: 'error', type: error?.name ?? status, message, text: message },
  };
}

const isBad = ({ is }: TestOutcome): boolean => is === 'failure' || is === 'error';

/** Each error diagnostic becomes a case that ended in error. */
function diagnosticsXml(diagnostics: readonly Diagnostic[], base: string): string {
  const cases = diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ code, message, at, hint }, index): Case => {
      const text = hint === undefined ? message : `${message}\nhint: ${hintText(hint)}`;
      return {
        name: `${index + 1}. ${code} ${CATALOGUE[code].title}`,
        suite: 'dp',
        ...(at === undefined ? {} : { at }),
        outcome: { is: 'error', type: code, message, text },
      };
    });
  return xml('dp', cases, base);
}

interface SuiteFacts {
  readonly run: string;
  readonly plan: string;
  readonly status: string;
  readonly startedAt: string;
  readonly tookMs: Milliseconds;
}

function xml(name: string, cases: readonly Case[], base: string, facts?: SuiteFacts): string {
  const count = (is: TestOutcome['is']): number =>
    cases.filter(({ outcome }) => outcome.is === is).length;
  const counts = {
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(facts?.tookMs ?? 0),
  };
  // The schema has no time zone here, and consumers read UTC.
  const timestamp = facts === undefined ? {} : { timestamp: facts.startedAt.slice(0, 19) };
  const { run, plan, status } = facts ?? {};
  const properties = facts === undefined ? '' : propertiesXml({ run, plan, status }, '    ');
  const body = properties + cases.map((each) => caseXml(each, base)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites${attributes({ name: 'dp', ...counts })}>
  <testsuite${attributes({ name, ...counts, ...timestamp })}>
${body}  </testsuite>
</testsuites>
`;
}

function caseXml(
  { name, suite, at, durationMs, properties, outcome, log }: Case,
  base: string,
): string {
  const place =
    at === undefined || at.file.startsWith('<')
      ? {}
      : { file: relative(base, at.file), line: at.line };
  const head = attributes({ name, classname: suite, time: seconds(durationMs ?? 0), ...place });
  const output =
    log === undefined || log.length === 0
      ? ''
      : `      <system-out>${escaped(log.join('\n'))}</system-out>\n`;
  const inner = propertiesXml(properties ?? {}, '      ') + outcomeXml(outcome) + output;
  return `    <testcase${head}>\n${inner}    </testcase>\n`;
}

function outcomeXml(outcome: TestOutcome): string {
  if (outcome.is === 'passed') return '';
  if (outcome.is === 'skipped')
    return `      <skipped${attributes({ message: outcome.message })}/>\n`;
  const { is, message, type, text } = outcome;
  return `      <${is}${attributes({ message, type })}>${escaped(text)}</${is}>\n`;
}

function propertiesXml(
  properties: Readonly<Record<string, string | number | undefined>>,
  indent: string,
): string {
  const lines = Object.entries(properties).map(
    ([name, value = '']) => `${indent}  <property${attributes({ name, value })}/>\n`,
  );
  return lines.length === 0
    ? ''
    : `${indent}<properties>\n${lines.join('')}${indent}</properties>\n`;
}

const seconds = (ms: Milliseconds): string => (ms / 1000).toFixed(3);

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([key, value]) => ` ${key}="${escaped(String(value)).replaceAll('\n', '&#10;')}"`)
    .join('');

/** Escapes text for XML 1.0, which cannot represent most control characters, lone surrogates and U+FFFE. */
function escaped(text: string): string {
  return harmless(text)
    .toWellFormed()
    .replaceAll(/[\uFFFE\uFFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\t', '&#9;');
}
