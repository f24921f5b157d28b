import type { JsonObject } from '../../model/json.ts';
import type { FailureReason } from '../../model/failure-reason.ts';
import type { TaskName } from '../../model/ids.ts';
import type { TriggerRule } from '../../model/trigger-rule.ts';

/** Seconds, or units from large to small: `90`, `"1m30s"`, `"7d"`. */
export type Duration = number | string;

/** What a task says of itself. The pipeline file may say otherwise, and then it wins. */
export interface TaskOptions {
  /** Instead of the export's name; needed where a task is made in a loop or is not exported. */
  readonly name?: TaskName;
  /** Describes the task in one line. */
  readonly description?: string;
  /** Tags by which the task can be selected. */
  readonly tags?: readonly string[];
  /** Tasks this one waits for in every pipeline that uses it. A parameter named like one of them receives its output. */
  readonly dependencies?: readonly TaskName[];
  /** Attempts after the first that did not succeed. Default 0. */
  readonly maxRetries?: number;
  /** How long to wait before the next attempt. */
  readonly retry?: RetryOptions;
  /** Of one attempt. It is stopped then, not only reported. Default: none. */
  readonly timeout?: Duration | null;
  /** Of all attempts together, from the start of the first, waits between them included. Default: none. */
  readonly totalTimeout?: Duration | null;
  /** How long it may wait for a slot once it is ready. Default: none. */
  readonly queueTimeout?: Duration | null;
  /** An attempt that gives no sign of life for so long (`ctx.heartbeat`, `ctx.progress`, a log line, an item) is timed out. Default: none. */
  readonly heartbeat?: Duration | null;
  /** On a thread of dp, or in a process of its own: for native code, and for what needs much memory. Default `thread`. */
  readonly isolation?: 'thread' | 'process';
  /** Most it may use, a number of MiB or `"2GiB"`: of heap on a thread, in all in a process. Default: none. */
  readonly memory?: number | string | null;
  /** Its failure does not fail the run. */
  readonly failSafe?: boolean;
  /** A generator's items are stored as they come, and downstream tasks read them as an `AsyncIterable`. */
  readonly streamOutput?: boolean;
  /** With `streamOutput`: after a failure it goes on behind the items that are stored already, `ctx.resumeFrom` of them. Default false. */
  readonly resumable?: boolean;
  /** Reuse a stored result whose key is the same: for ever with `true`, or for as long as `ttl` says. Default false. */
  readonly cache?: boolean | { readonly ttl?: Duration | null };
  /** A named limit on how many tasks run at once. */
  readonly pool?: string | null;
  /** Larger starts first among tasks that are ready. Default 0. */
  readonly priority?: number;
  /** Which outcomes upstream let it start. Default `all_success`. */
  readonly triggerRule?: TriggerRule;
  /** Reads the parameters at run time: the function receives what it makes of them, and edges are checked against what it takes. */
  readonly params?: Schema;
  /** Checks the value it gives, or each item of a stream, and leaves it as it is. */
  readonly output?: Schema;
}

export interface RetryOptions {
  /** What is tried again: it threw, its time was up, its thread or process died. Default all three. */
  readonly on?: readonly FailureReason[];
  /** Before the second attempt. Default 1 s. */
  readonly delay?: Duration;
  readonly backoff?: 'constant' | 'linear' | 'exponential';
  /** Growth of an exponential backoff per attempt. Default 2. */
  readonly factor?: number;
  /** No wait is longer. Default 5 min. */
  readonly maxDelay?: Duration;
  /** `full`: anywhere between 0 and the delay; `none`: exactly the delay; a number from 0 to 1: ± that share of it. */
  readonly jitter?: 'none' | 'full' | number;
}

/** From zod, valibot, arktype and the like; or a JSON Schema (2020-12) as plain data. */
export type Schema = StandardSchema | JsonObject;

/** The part of https://standardschema.dev that dp uses. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema reads, and what it makes of it. */
export type SchemaInput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input'];
export type SchemaOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output'];
