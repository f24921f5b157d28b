import { didYouMean } from '../../model/diagnostic.ts';
import { parseDuration } from '../../model/duration.ts';
import { FAILURE_REASONS } from '../../model/failure-reason.ts';
import { isTaskName, type Seconds, type TaskName } from '../../model/ids.ts';
import { MEMORY_EXPECTED, parseMemory } from '../../model/memory-size.ts';
import type { RetryOptions, TaskOptions } from './task-options.ts';
import { TRIGGER_RULES } from '../../model/trigger-rule.ts';
import type { PartialSettings, RetryPolicy } from '../../model/settings.ts';

/** Options as plain data, without what was wrong in them. The schemas stay live and are not part of it. */
export interface CheckedOptions {
  readonly name?: TaskName;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly dependencies: readonly TaskName[];
  readonly settings: PartialSettings;
}

/** Hears one sentence per mistake, and how to mend it when that can be said. */
export type Report = (message: string, hint?: string) => void;

/** Reads what was given to `task()`: everything that is wrong is reported, everything right is kept. */
export function checkOptions(given: unknown, report: Report): CheckedOptions {
  if (!isRecord(given)) {
    report(`task options are an object, not ${show(given)}`, 'write task({ … }, fn)');
    return { tags: [], dependencies: [], settings: {} };
  }
  refuseUnknown(given, OPTION_KEYS, 'option', report);
  const read = reader(given, '', report);
  const retry = given['retry'] === undefined ? undefined : checkRetry(given['retry'], report);
  return defined({
    name: read('name', 'a task name ([A-Za-z_][A-Za-z0-9_-]*, at most 100 characters)', taskName),
    description: read('description', 'text', text),
    tags: read('tags', 'a list of text', listOf(text)) ?? [],
    dependencies: read('dependencies', 'a list of task names', listOf(taskName)) ?? [],
    settings: defined({
      maxRetries: read('maxRetries', 'a whole number from 0', wholeNumber),
      retry,
      timeout: read('timeout', LIMIT_EXPECTED, orNull(longer)),
      totalTimeout: read('totalTimeout', LIMIT_EXPECTED, orNull(longer)),
      queueTimeout: read('queueTimeout', LIMIT_EXPECTED, orNull(longer)),
      heartbeat: read('heartbeat', LIMIT_EXPECTED, orNull(longer)),
      isolation: read('isolation', 'thread or process', oneOf(['thread', 'process'])),
      memory: read('memory', `${MEMORY_EXPECTED}, or null`, orNull(parseMemory)),
      failSafe: read('failSafe', 'true or false', flag),
      streamOutput: read('streamOutput', 'true or false', flag),
      resumable: read('resumable', 'true or false', flag),
      cache: read('cache', 'true, false, or { ttl: "7d" }', cacheRule),
      pool: read('pool', 'the name of a pool, or null', orNull(text)),
      priority: read('priority', 'a number', finite),
      triggerRule: read('triggerRule', `one of ${TRIGGER_RULES.join(', ')}`, oneOf(TRIGGER_RULES)),
    }),
  });
}

const LIMIT_EXPECTED = 'more than 0 seconds, "1m30s", or null';

function checkRetry(given: unknown, report: Report): Partial<RetryPolicy> | undefined {
  if (!isRecord(given)) {
    report(`task option "retry" is an object, not ${show(given)}`, 'write retry: { delay: 1 }');
    return undefined;
  }
  refuseUnknown(given, RETRY_KEYS, 'retry option', report);
  const read = reader(given, 'retry.', report);
  return defined({
    on: read('on', `a list of ${FAILURE_REASONS.join(', ')}, one at least`, reasons),
    delay: read('delay', 'seconds, or "1m30s"', duration),
    backoff: read('backoff', 'constant, linear or exponential', oneOf(BACKOFFS)),
    factor: read('factor', 'a number from 1', (value) => atLeast(1, value)),
    maxDelay: read('maxDelay', 'seconds, or "1m30s"', duration),
    jitter: read('jitter', 'none, full, or a number from 0 to 1', jitterRule),
  });
}

const OPTION_KEYS = [
  'name',
  'description',
  'tags',
  'dependencies',
  'maxRetries',
  'retry',
  'timeout',
  'totalTimeout',
  'queueTimeout',
  'heartbeat',
  'isolation',
  'memory',
  'failSafe',
  'streamOutput',
  'resumable',
  'cache',
  'pool',
  'priority',
  'triggerRule',
  'params',
  'output',
] satisfies (keyof TaskOptions)[];
const RETRY_KEYS = [
  'on',
  'delay',
  'backoff',
  'factor',
  'maxDelay',
  'jitter',
] satisfies (keyof RetryOptions)[];
const BACKOFFS = ['constant', 'linear', 'exponential'] as const;

function refuseUnknown(
  given: object,
  known: readonly string[],
  what: string,
  report: Report,
): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    report(
      `unknown task ${what} "${key}"`,
      didYouMean(key, known) ?? `known are ${known.join(', ')}`,
    );
  }
}

/** Undefined where the value does not fit. */
type Reading<T> = (value: unknown) => T | undefined;

function reader(given: Record<string, unknown>, prefix: string, report: Report) {
  return <T>(key: string, expected: string, reading: Reading<T>): T | undefined => {
    const value = given[key];
    if (value === undefined) return undefined;
    const accepted = reading(value);
    if (accepted === undefined)
      report(`task option "${prefix}${key}" is ${show(value)}, expected ${expected}`);
    return accepted;
  };
}

const text: Reading<string> = (value) =>
  typeof value === 'string' && value !== '' ? value : undefined;
const flag: Reading<boolean> = (value) => (typeof value === 'boolean' ? value : undefined);
const finite: Reading<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
const wholeNumber: Reading<number> = (value) =>
  Number.isSafeInteger(value) ? atLeast(0, value) : undefined;
const duration: Reading<Seconds> = parseDuration;
const taskName: Reading<TaskName> = (value) =>
  typeof value === 'string' && isTaskName(value) ? value : undefined;

function longer(value: unknown): Seconds | undefined {
  const seconds = parseDuration(value);
  return seconds === 0 ? undefined : seconds;
}

function atLeast(least: number, value: unknown): number | undefined {
  const number = finite(value);
  return number !== undefined && number >= least ? number : undefined;
}

function jitterRule(value: unknown): RetryPolicy['jitter'] | undefined {
  if (value === 'none' || value === 'full') return value;
  const share = atLeast(0, value);
  return share !== undefined && share <= 1 ? share : undefined;
}

function cacheRule(value: unknown): PartialSettings['cache'] {
  if (value === false) return false;
  if (value === true) return { ttl: null };
  if (!isRecord(value) || Object.keys(value).some((key) => key !== 'ttl')) return undefined;
  const ttl = value['ttl'] === undefined ? null : orNull(longer)(value['ttl']);
  return ttl === undefined ? undefined : { ttl };
}

const orNull =
  <T>(reading: Reading<T>): Reading<T | null> =>
  (value) =>
    value === null ? null : reading(value);

const oneOf =
  <const T extends string>(members: readonly T[]): Reading<T> =>
  (value) =>
    members.find((member) => member === value);

const listOf =
  <T>(reading: Reading<T>): Reading<readonly T[]> =>
  (value) => {
    if (!Array.isArray(value)) return undefined;
    const items = value.map((item) => reading(item)).filter((item) => item !== undefined);
    return items.length === value.length ? [...new Set(items)] : undefined;
  };

function reasons(value: unknown): RetryPolicy['on'] | undefined {
  const given = listOf(oneOf(FAILURE_REASONS))(value);
  if (given === undefined || given.length === 0) return undefined;
  return FAILURE_REASONS.filter((reason) => given.includes(reason));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const shown =
    typeof value === 'function' ? 'a function' : (JSON.stringify(value) ?? String(value));
  return shown.length > 60 ? `${shown.slice(0, 59)}…` : shown;
}

/** Without the members that are undefined, as absence is what they mean. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // Entries lose the names that the type keeps
  return Object.fromEntries(Object.entries(value).filter(([, part]) => part !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
