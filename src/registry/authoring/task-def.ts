import type { CallSiteObject } from 'node:util';
import type { TaskContext } from './task-context.ts';
import type { SchemaInput, StandardSchema, TaskOptions } from './task-options.ts';

/** Any function that takes one object of named arguments and the context of its attempt; `never` lets every parameter type fit. */
export type TaskFn = (params: never, ctx: TaskContext) => unknown;

/** The value that dependent tasks receive: promises are awaited, and generators become the stream of their items. */
export type Output<R> =
  R extends AsyncGenerator<infer Item, unknown, never>
    ? AsyncIterable<Item>
    : R extends Generator<infer Item, unknown, never>
      ? AsyncIterable<Item>
      : Awaited<R>;

/** A task is still the function that it was made from, so that a test can call it; its options are attached. */
export type TaskDef<F extends TaskFn = TaskFn> = F & {
  readonly fn: F;
  readonly options: TaskOptions;
  /** This property and the next exist in types only, for the check of edges. */
  readonly '~params': Parameters<F>[0];
  readonly '~output': Output<ReturnType<F>>;
};

/** A task that reads its parameters by a schema. */
export type SchemaTaskDef<F extends TaskFn, S extends StandardSchema> = TaskDef<F> & {
  /** The type that the edges have to supply. It exists in types only. */
  readonly '~input': SchemaInput<S>;
};

/** Marks tasks. Every copy of dp in the thread shares it, as the bundle, the sources and the project's own may meet there. */
const TASK: unique symbol = Symbol.for('dp.task');

/** Makes `callable` a task. `site` is the place of the call of `task()`, if it was recorded. */
export function asTask(
  callable: TaskFn,
  made: { readonly fn: TaskFn; readonly options: TaskOptions; readonly site?: CallSiteObject },
): TaskDef {
  const { fn, options, site } = made;
  // The cast is safe: the missing properties exist in types only.
  return Object.assign(callable, { fn, options, [TASK]: { site } }) as unknown as TaskDef;
}

export function isTask(value: unknown): value is TaskDef {
  return typeof value === 'function' && TASK in value;
}

export function siteOf(task: TaskDef): CallSiteObject | undefined {
  const marked: TaskDef & { [TASK]?: { readonly site?: CallSiteObject } } = task;
  return marked[TASK]?.site;
}
