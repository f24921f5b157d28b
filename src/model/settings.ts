/**
 * Every setting of a task, defined once: key, kind, limits, default, for which work, part of which id.
 * Both readers (of the pipeline file and of `task()`), `dp schema`, `dp types`, plan ids and the README's table use it.
 * Keys are in camelCase as in code; a file writes them in snake_case, and so do the texts here.
 */
import { changed, oneOrMore, union } from './compound-kinds.ts';
import { parseDuration } from './duration.ts';
import { FAILURE_REASONS, type FailureReason } from './failure-reason.ts';
import {
  type Field,
  type Fields,
  type FieldsRead,
  type FieldsWritten,
  record,
  snakeCase,
} from './fields.ts';
import type { Json } from './json.ts';
import {
  choice,
  duration,
  flag,
  memorySize,
  number,
  paramName,
  pathOrGlob,
  poolName,
  variableName,
} from './scalar-kinds.ts';
import { TRIGGER_RULES } from './trigger-rule.ts';

export type WorkKind = 'function' | 'command' | 'pipeline' | 'wait';
/** Kinds of work that are done in attempts. */
const ATTEMPTED = ['function', 'command', 'pipeline'] as const;

/** Definition of one setting. */
export interface Setting extends Field {
  /** Kinds of work it applies to: always functions, as every setting can be given in code. Absent: any work. */
  readonly work?: readonly ['function', ...WorkKind[]];
  /** Remedy shown for a task that does other work, in place of the usual text. */
  readonly instead?: Readonly<Partial<Record<WorkKind, string>>>;
  /** Fixed value for a hook, and why a hook cannot set it. */
  readonly forHooks?: { readonly value: Json; readonly why: string };
  /** Fixed value for a pipeline as a task. */
  readonly forPipelines?: Json;
  readonly id: InIds;
}

/**
 * `task`: it can change a result, so it is part of the task's id. `plan`: part of the plan's id alone.
 * `plan, once used`: the same, but it came when ids had been given out already, so its default is no part of them.
 */
type InIds = 'task' | 'plan' | 'plan, once used';

/** Each key of `retry`. */
export const RETRY = {
  on: {
    kind: changed(
      oneOrMore(choice(FAILURE_REASONS), { hint: 'for no retries write `max_retries: 0`' }),
      (given): readonly FailureReason[] =>
        FAILURE_REASONS.filter((reason) => given.includes(reason)),
    ),
    default: FAILURE_REASONS,
    defaultText: 'all',
    about:
      'The failures that are retried: failed (the task threw an error), timed_out, crashed (its thread or process died).',
    example: ['timed_out', 'crashed'],
    id: 'plan, once used',
  },
  delay: {
    kind: duration(),
    default: 1,
    defaultText: '1 second',
    about: 'The delay before the first retry.',
    example: 1,
    id: 'plan',
  },
  backoff: {
    kind: choice(['constant', 'linear', 'exponential']),
    default: 'exponential',
    about: 'The growth of the delay from one retry to the next.',
    id: 'plan',
  },
  factor: {
    kind: number('a number from 1 to 1000', { minimum: 1, maximum: 1000 }),
    default: 2,
    about: 'Growth per attempt of an exponential backoff.',
    id: 'plan',
  },
  maxDelay: {
    kind: duration(),
    default: 300,
    defaultText: '300 seconds',
    about: 'The longest delay.',
    example: '5m',
    id: 'plan',
  },
  jitter: {
    kind: union('none, full, or a share from 0 to 1', [
      choice(['none', 'full']),
      number('a share from 0 to 1', { minimum: 0, maximum: 1 }),
    ]),
    default: 'full',
    about:
      'full: anywhere between 0 and the delay. none: exactly the delay. A number: plus or minus that share.',
    id: 'plan',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** The retry policy of a task. Every delay is in seconds. */
export type RetryPolicy = Always<typeof RETRY>;
// The cast is safe: every part has a default.
export const DEFAULT_RETRY = defaultsOf(RETRY) as RetryPolicy;

/** A result is never younger than zero seconds, so a `ttl` of 0 would switch caching on and off at once. */
export const CACHE = {
  ttl: {
    kind: duration({
      positive: true,
      hint: (value) =>
        parseDuration(value) === 0 ? 'for no reuse write `cache: false`' : undefined,
    }),
    default: null,
    about: 'Results older than this are not reused.',
    example: '7d',
  },
  files: {
    kind: oneOrMore(pathOrGlob),
    about:
      'Files that the task reads, relative to the pipeline file: a result is reused while they are the same.',
    example: ['../src/**', 'build.sh'],
  },
  env: {
    kind: oneOrMore(variableName),
    about:
      'Variables that the task reads. A command that says none has all declared ones in its key.',
    example: ['REGION'],
  },
  params: {
    kind: oneOrMore(paramName),
    about: 'Parameters that the task depends on, beside those that its expressions read.',
    example: ['mode'],
  },
} as const;

/** How the results of a task are reused; what is absent is not declared. */
type CacheSettings = {
  readonly ttl: number | null;
  readonly files?: readonly string[];
  readonly env?: readonly string[];
  readonly params?: readonly string[];
};

export const SETTINGS = {
  maxRetries: {
    kind: number('a whole number from 0 to 1000', { integer: true, minimum: 0, maximum: 1000 }),
    default: 0,
    about: 'The number of attempts after the first.',
    example: 3,
    work: ATTEMPTED,
    id: 'plan',
  },
  retry: {
    kind: record(RETRY, {
      type: 'RetryOptions',
      elsewhere: {
        max_attempts: 'write `max_retries:` beside `retry:`',
        max_retries: 'it stands beside `retry:`',
        retry_on: 'write "on"',
        reasons: 'write "on"',
        when: 'write "on"',
      },
    }),
    default: DEFAULT_RETRY,
    about: 'The retry policy: the delays, and which failures are retried.',
    example: { delay: 1, backoff: 'exponential', factor: 2, max_delay: 60, jitter: 'full' },
    work: ATTEMPTED,
    id: 'plan',
  },
  timeout: {
    kind: duration({ positive: true }),
    default: null,
    about: 'Limit on each attempt. The work is stopped, not only reported.',
    example: '1m30s',
    work: ATTEMPTED,
    instead: { wait: 'write it as `wait_for: { timeout: … }`' },
    id: 'plan',
  },
  totalTimeout: {
    kind: duration({ positive: true }),
    default: null,
    about:
      'Limit on all attempts together, from the start of the first, waits between them included.',
    example: '10m',
    work: ATTEMPTED,
    instead: { wait: 'write it as `wait_for: { timeout: … }`' },
    id: 'plan, once used',
  },
  queueTimeout: {
    kind: duration({ positive: true }),
    default: null,
    about: 'The longest time that a ready task may wait for a slot.',
    example: '1h',
    work: ATTEMPTED,
    id: 'plan, once used',
  },
  heartbeat: {
    kind: duration({ positive: true }),
    default: null,
    about:
      'An attempt that for this long neither calls ctx.heartbeat() or ctx.progress(), nor logs, prints or yields, is timed out.',
    example: '30s',
    work: ['function'],
    instead: { command: 'remove it, or write `timeout:`' },
    id: 'plan, once used',
  },
  isolation: {
    kind: choice(['thread', 'process']),
    default: 'thread',
    about:
      'Where the function runs: on a thread of dp, or in a process of its own, for native code and a folder of its own.',
    example: 'process',
    work: ['function'],
    instead: { command: 'remove it: a command always has a process of its own' },
    id: 'plan, once used',
  },
  memory: {
    kind: memorySize,
    default: null,
    about:
      'The most memory that the function may use: of heap on a thread, in all in a process. An attempt that uses more crashes.',
    example: '512MiB',
    work: ['function'],
    instead: {
      command: 'remove it; the shell can limit what a command uses: `ulimit -v KIBIBYTES`',
    },
    id: 'plan, once used',
  },
  failSafe: {
    kind: flag,
    default: false,
    about: 'A failure of the task does not fail the run.',
    id: 'plan',
  },
  streamOutput: {
    kind: flag,
    default: false,
    about: 'The task is a generator: each value it yields is a result of its own.',
    work: ['function'],
    forPipelines: false,
    id: 'task',
  },
  resumable: {
    kind: flag,
    // It has no default: it is absent from the settings of a task that does not set it, and so from plans made before it existed.
    defaultText: 'false',
    about:
      'With stream_output: a new attempt continues the stream of the last one after the first `ctx.resumeFrom` items.',
    work: ['function'],
    id: 'plan, once used',
  },
  cache: {
    kind: changed(
      union('true, false, or a mapping with ttl, files, env, params', [
        flag,
        record(CACHE, { type: 'ReuseOptions' }),
      ]),
      (given): false | CacheSettings => {
        if (given === false) return false;
        return given === true ? { ttl: null } : { ...given, ttl: given.ttl ?? null };
      },
    ),
    default: false,
    about: 'Reuse a stored result while everything that it depends on is the same.',
    example: { ttl: '7d' },
    forHooks: {
      value: false,
      why: 'a hook runs for its effects, so its results are never reused',
    },
    work: ATTEMPTED,
    id: 'plan',
  },
  pool: {
    kind: poolName,
    default: null,
    about: 'Name of a concurrency limit under `pools:`.',
    example: 'database',
    work: ['function', 'command'],
    instead: { pipeline: 'put it on the tasks of that pipeline, which do the work' },
    // The tasks of the child pipeline hold the slots: one waiting for a slot that its own pipeline holds would wait for ever.
    forPipelines: null,
    id: 'plan',
  },
  priority: {
    kind: number('a whole number from -1000 to 1000', {
      integer: true,
      minimum: -1000,
      maximum: 1000,
    }),
    default: 0,
    about: 'Among ready tasks the larger starts first.',
    id: 'plan',
  },
  triggerRule: {
    kind: choice(TRIGGER_RULES),
    default: 'all_success',
    about: 'The outcomes of upstream tasks with which the task may start.',
    forHooks: {
      value: 'always',
      why: 'on_success, on_failure and on_finish decide which hooks run; `when:` can restrict them',
    },
    id: 'task',
  },
} as const satisfies Readonly<Record<string, Setting>>;

/** Names that other tools use for settings. */
export const SETTINGS_ELSEWHERE = {
  retries: 'write "max_retries"',
  retry_delay: 'write `retry: { delay: … }`',
  retry_policy: 'write "retry"',
  continue_on_error: 'write `fail_safe: true`',
  allow_failure: 'write `fail_safe: true`',
  ignore_errors: 'write `fail_safe: true`',
  timeout_seconds: 'write "timeout"',
  timeout_minutes: 'write `timeout: "5m"`',
  execution_timeout: 'write "timeout"',
  start_to_close_timeout: 'write "timeout"',
  schedule_to_close_timeout: 'write "total_timeout"',
  deadline: 'write "total_timeout"',
  schedule_to_start_timeout: 'write "queue_timeout"',
  wait_timeout: 'write "queue_timeout"',
  heartbeat_timeout: 'write "heartbeat"',
  retry_on: 'write `retry: { on: […] }`',
  mem_limit: 'write "memory"',
  memory_limit: 'write "memory"',
  max_memory: 'write "memory"',
  isolate: 'write `isolation: "process"`',
  isolated: 'write `isolation: "process"`',
  executor: 'write `isolation: "thread"` or `isolation: "process"`',
  priority_weight: 'write "priority"',
  cached: 'write "cache"',
} as const;

type Settings = typeof SETTINGS;
export type SettingName = keyof Settings;

/** The settings of a task. Durations are in seconds, `memory` is in MiB; null means no limit. */
export type TaskSettings = Always<Settings> & {
  readonly retry: RetryPolicy;
  /** Absent means false. */
  readonly resumable?: boolean;
};

/** Makes the fields with a default required. */
type Always<F extends Fields> = Required<
  FieldsRead<Pick<F, { [K in keyof F]: F[K] extends { default: unknown } ? K : never }[keyof F]>>
>;

/** Settings given in one place; the rest comes from `defaults:`, then from `DEFAULT_SETTINGS`. */
export type PartialSettings = FieldsRead<Settings>;

/** Settings as code may write them, before they are read. */
export type SettingOptions = FieldsWritten<Settings>;
export type RetryOptions = FieldsWritten<typeof RETRY>;
export type ReuseOptions = FieldsWritten<typeof CACHE>;

// The cast is safe: every setting but `resumable` has a default.
export const DEFAULT_SETTINGS = defaultsOf(SETTINGS) as TaskSettings;

function defaultsOf(settings: Fields): Readonly<Record<string, Json>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, { default: value }]) =>
      value === undefined ? [] : [[key, value]],
    ),
  );
}

/** Settings by name, with their definitions. */
export const settingEntries: readonly (readonly [SettingName, Setting])[] = Object.entries(
  SETTINGS,
) as [SettingName, Setting][]; // the cast is safe: these are the keys of the object

/** Returns a text about a file's keys with the keys spelt as in code. */
export function inCode(text: string): string {
  return text
    .replaceAll(/\b[a-z]+(?:_[a-z]+)+\b/g, (word) => CODE_KEYS.get(word) ?? word)
    .replaceAll('a mapping', 'an object');
}
const CODE_KEYS = new Map(
  [...Object.keys(SETTINGS), ...Object.keys(RETRY)].map((key) => [snakeCase(key), key]),
);
