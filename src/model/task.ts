/** What is known of a task before it is placed in a pipeline: the registry's side of the words. */
import type { Place } from './diagnostic.ts';
import { FAILURE_REASONS, type FailureReason } from './failure-reason.ts';
import type { Digest, Mebibytes, Seconds, TaskName } from './ids.ts';
import type { Json, JsonObject } from './json.ts';

export const TRIGGER_RULES = [
  'all_success',
  'all_done',
  'all_failed',
  'one_success',
  'one_failed',
  'none_failed',
  'none_failed_min_one_success',
  'always',
] as const;
export type TriggerRule = (typeof TRIGGER_RULES)[number];

/** Tasks that run when all others have their outcome: `on_success` or `on_failure` first, then `on_finish`. */
export const HOOKS = ['on_success', 'on_failure', 'on_finish'] as const;
export type Hook = (typeof HOOKS)[number];

export interface RetryPolicy {
  /** What is tried again, in the order of `FAILURE_REASONS`. */
  readonly on: readonly FailureReason[];
  readonly delay: Seconds;
  readonly backoff: 'constant' | 'linear' | 'exponential';
  /** Growth of an exponential backoff per attempt. */
  readonly factor: number;
  readonly maxDelay: Seconds;
  /** `full`: anywhere between 0 and the delay; `none`: exactly the delay. A number: ± that share of it. */
  readonly jitter: 'none' | 'full' | number;
}

/** Everything that can be said of how a task runs. In code (camelCase) and YAML (snake_case) alike; YAML wins. */
export interface TaskSettings {
  readonly maxRetries: number;
  readonly retry: RetryPolicy;
  /** Per attempt; null: none. */
  readonly timeout: Seconds | null;
  /** From the start of the first attempt to the end of the last, waits between them included; null: none. */
  readonly totalTimeout: Seconds | null;
  /** From ready to the start of the first attempt; null: none. */
  readonly queueTimeout: Seconds | null;
  /** The longest an attempt may go without a sign of life; null: for ever. */
  readonly heartbeat: Seconds | null;
  /** Of functions: on a thread beside others, or in a process of their own. */
  readonly isolation: 'thread' | 'process';
  /** Most that a function may use; null: what V8 takes by itself. */
  readonly memory: Mebibytes | null;
  readonly failSafe: boolean;
  readonly streamOutput: boolean;
  /** Its next attempt yields only what the stream of the last one lacks: it heeds `ctx.resumeFrom`. Absent: false. */
  readonly resumable?: boolean;
  /** False: never reuse. `ttl` null: for ever. */
  readonly cache: false | { readonly ttl: Seconds | null };
  readonly pool: string | null;
  /** Larger starts first among ready tasks. */
  readonly priority: number;
  readonly triggerRule: TriggerRule;
}

export const DEFAULT_RETRY: RetryPolicy = {
  on: FAILURE_REASONS,
  delay: 1,
  backoff: 'exponential',
  factor: 2,
  maxDelay: 300,
  jitter: 'full',
};
export const DEFAULT_SETTINGS: TaskSettings = {
  maxRetries: 0,
  retry: DEFAULT_RETRY,
  timeout: null,
  totalTimeout: null,
  queueTimeout: null,
  heartbeat: null,
  isolation: 'thread',
  memory: null,
  failSafe: false,
  streamOutput: false,
  cache: false,
  pool: null,
  priority: 0,
  triggerRule: 'all_success',
};
/** What one place says of the settings; the rest comes from `defaults:`, then from `DEFAULT_SETTINGS`. */
export type PartialSettings = {
  readonly [K in keyof TaskSettings]?: K extends 'retry' ? Partial<RetryPolicy> : TaskSettings[K];
};

/** One named argument of a task function. */
export interface Parameter {
  readonly name: string;
  /** Optional parameters need no supplier: `x?: T`, a default, or a type that admits undefined. */
  readonly optional: boolean;
  /** Known only when it is a literal in the source. */
  readonly default?: Json;
  /** JSON Schema 2020-12, when the type has one. */
  readonly schema?: JsonObject;
  /** The TypeScript type as the compiler prints it. */
  readonly type?: string;
  readonly description?: string;
  readonly at?: Place;
}

/**
 * `unknown`: nothing can be said (untyped JavaScript that does not destructure); every upstream task is then data flow.
 * `known.rest` is the schema behind an index signature: it receives every dependency that has no parameter of its own.
 */
export type Parameters =
  | { readonly is: 'unknown' }
  | {
      readonly is: 'known';
      readonly list: readonly Parameter[];
      readonly rest?: JsonObject | true;
    };

/** What a code hash is made of. Modules of one project share its lock file, and often most of their files. */
export interface CodeParts {
  /** The module and all it imports from the project; paths from the project's folder, with `/`, sorted. */
  readonly files: readonly { readonly path: string; readonly digest: Digest | null }[];
  /** Null: the project has none. */
  readonly lockFile: Digest | null;
  /** What the tsconfig says of compiling, as JSON text. */
  readonly options: string;
}

/** What a module reads when its tasks run, as far as its text shows, and which no cache key knows of unless it is declared. */
export interface OutsideRead {
  readonly is: 'env' | 'file';
  /** Of the variable; or the path as it is written. */
  readonly name: string;
  readonly at: Place;
}

/** A registered task: plain data, so that it can cross threads and be kept in a cache. The function itself stays in its module. */
export interface TaskDefinition {
  readonly name: TaskName;
  readonly description?: string;
  /** Absolute path of the module that registers it. */
  readonly module: string;
  /** Name under which the module exports it (`default` included); absent: its own name if such an export is there, else none. */
  readonly exportName?: string;
  /** Where `task(…)` or the exported function stands. */
  readonly at: Place;
  readonly tags: readonly string[];
  /** Tasks it waits for wherever it is used, as said in code. */
  readonly dependencies: readonly TaskName[];
  readonly settings: PartialSettings;
  readonly parameters: Parameters;
  /** Schema and type of the value it gives; of one item, when it streams. */
  readonly output?: {
    readonly schema?: JsonObject;
    readonly type?: string;
    readonly streams?: boolean;
  };
  /** Over the module's transitive local imports and the lock file: changes when what the task would do may change. */
  readonly codeHash: Digest;
}
