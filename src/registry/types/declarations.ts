/** The public declarations as text: what `import { task } from 'dp'` means to a compiler that has only the binary. */

/**
 * A declaration file with the same meaning as `src/index.ts` has for task modules; a test holds them together.
 * With `untyped: 'any'` parameters without a type are `any` instead of an error: plain JavaScript is checked as far as it says something.
 */
export function dpDeclarations(untyped: 'never' | 'any' = 'never'): string {
  return DECLARATIONS.replace('$UNTYPED', untyped);
}

const DECLARATIONS = `
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject { readonly [key: string]: Json }

/** Seconds, or units from large to small: \`90\`, \`"1m30s"\`, \`"7d"\`. */
export type Duration = number | string;

/** What a task says of itself. The pipeline file may say otherwise, and then it wins. */
export interface TaskOptions {
  /** Instead of the export's name; needed where a task is made in a loop or is not exported. */
  readonly name?: string;
  /** Describes the task in one line. */
  readonly description?: string;
  /** Tags by which the task can be selected. */
  readonly tags?: readonly string[];
  /** Tasks this one waits for in every pipeline that uses it. A parameter named like one of them receives its output. */
  readonly dependencies?: readonly string[];
  /** Attempts after the first that did not succeed. Default 0. */
  readonly maxRetries?: number;
  /** How long to wait before the next attempt. */
  readonly retry?: RetryOptions;
  /** Of one attempt. It is stopped then, not only reported. Default: none. */
  readonly timeout?: Duration | null;
  /** Its failure does not fail the run. */
  readonly failSafe?: boolean;
  /** A generator's items are stored as they come, and downstream tasks read them as an \`AsyncIterable\`. */
  readonly streamOutput?: boolean;
  /** With \`streamOutput\`: after a failure it goes on behind the items that are stored already, \`ctx.resumeFrom\` of them. Default false. */
  readonly resumable?: boolean;
  /** Reuse a stored result whose key is the same: for ever with \`true\`, or for as long as \`ttl\` says. Default false. */
  readonly cache?: boolean | { readonly ttl?: Duration | null };
  /** A named limit on how many tasks run at once. */
  readonly pool?: string | null;
  /** Larger starts first among tasks that are ready. Default 0. */
  readonly priority?: number;
  /** Which outcomes upstream let it start. Default \`all_success\`. */
  readonly triggerRule?:
    | 'all_success' | 'all_done' | 'all_failed' | 'one_success' | 'one_failed'
    | 'none_failed' | 'none_failed_min_one_success' | 'always';
  /** Reads the parameters at run time: the function receives what it makes of them, and edges are checked against what it takes. */
  readonly params?: Schema;
  /** Checks the value it gives, or each item of a stream, and leaves it as it is. */
  readonly output?: Schema;
}

export interface RetryOptions {
  /** Before the second attempt. Default 1 s. */
  readonly delay?: Duration;
  readonly backoff?: 'constant' | 'linear' | 'exponential';
  /** Growth of an exponential backoff per attempt. Default 2. */
  readonly factor?: number;
  /** No wait is longer. Default 5 min. */
  readonly maxDelay?: Duration;
  /** \`full\`: anywhere between 0 and the delay; \`none\`: exactly the delay; a number from 0 to 1: ± that share of it. */
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

/** What an attempt knows of itself and of its run: the second argument of a task function. */
export interface TaskContext {
  readonly runId: string;
  /** As the pipeline names it. */
  readonly task: string;
  /** From 1. */
  readonly attempt: number;
  /** Aborts on timeout and cancel; after a grace period the thread is ended. */
  readonly signal: AbortSignal;
  /** The log of the attempt, which is kept with the run. */
  readonly log: TaskLog;
  /** The pipeline's parameters. */
  readonly params: JsonObject;
  /** The standard variables and those the pipeline declares under \`env:\`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The same for every attempt of this task in this run: hand it to services that take an idempotency key. */
  readonly key: string;
  /** Of a resumable task: how many items of its stream are stored already. It yields those that follow. 0: all of them. */
  readonly resumeFrom: number;
  /** Throws when the topic is not valid. Delivered even if the attempt fails afterwards. */
  publish(topic: string, data: Json): void;
  /** Shown while the task runs; leave \`total\` out when it is not known. */
  progress(done: number, total?: number): void;
  /** A sign of life, for a task with \`heartbeat\` that has nothing else to tell. */
  heartbeat(): void;
}

/** Structured lines, as pino takes them: a message, or fields and a message. */
export interface TaskLog {
  readonly trace: LogLine;
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

export interface LogLine {
  (message: string): void;
  (fields: object, message?: string): void;
}

/** Any function that takes one object of named arguments and the context of its attempt. */
export type TaskFn = (params: $UNTYPED, ctx: TaskContext) => unknown;

/** What the tasks downstream receive: promises awaited, generators as the stream of their items. */
export type Output<R> =
  R extends AsyncGenerator<infer Item, unknown, never>
    ? AsyncIterable<Item>
    : R extends Generator<infer Item, unknown, never>
      ? AsyncIterable<Item>
      : Awaited<R>;

/** A task: still the function it was made from, so that a test may call it, with what dp has to know attached. */
export type TaskDef<F extends TaskFn = TaskFn> = F & {
  readonly fn: F;
  readonly options: TaskOptions;
  /** Of types only, for the check of edges: nothing is there at run time. */
  readonly '~params': Parameters<F>[0];
  readonly '~output': Output<ReturnType<F>>;
};

/** A task that reads its parameters by a schema. */
export type SchemaTaskDef<F extends TaskFn, S extends StandardSchema> = TaskDef<F> & {
  /** Of types only: what the edges have to give. */
  readonly '~input': SchemaInput<S>;
};

/** Makes a function a task. It is named by its export, or by \`options.name\`. */
export declare function task<const F extends TaskFn>(fn: F): TaskDef<F>;
export declare function task<
  S extends StandardSchema,
  const F extends (params: SchemaOutput<S>, ctx: TaskContext) => unknown,
>(options: TaskOptions & { readonly params: S }, fn: F): SchemaTaskDef<F, S>;
export declare function task<const F extends TaskFn>(
  options: TaskOptions & { readonly params?: JsonObject },
  fn: F,
): TaskDef<F>;

/** Thrown by a task that knows another attempt cannot help: it fails at once, whatever \`maxRetries\` says. */
export declare class NonRetryableError extends Error {
  override readonly name = 'NonRetryableError';
}
`.trimStart();
