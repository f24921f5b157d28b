/** What can be said of how a task runs, and what holds where nothing is said. */
import { FAILURE_REASONS, type FailureReason } from './failure-reason.ts';
import type { Mebibytes, Seconds } from './ids.ts';
import type { TriggerRule } from './trigger-rule.ts';

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
