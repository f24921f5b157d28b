import type { CallSiteObject } from 'node:util';
import type { TaskContext } from './task-context.ts';
import type { SchemaInput, StandardSchema, TaskOptions } from './task-options.ts';

/** Any function that takes one object of named arguments and the context of its attempt; `never` lets every parameter type fit. */
export type TaskFn = (params: never, ctx: TaskContext) => unknown;

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

/** Marks tasks; shared by every copy of dp in the thread, as bundles, sources and the project's own may meet there. */
const TASK: unique symbol = Symbol.for('dp.task');

/** Makes `callable` the task that it stands for. `site`: where `task()` was called, if that was looked at. */
export function asTask(
  callable: TaskFn,
  made: { readonly fn: TaskFn; readonly options: TaskOptions; readonly site?: CallSiteObject },
): TaskDef {
  const { fn, options, site } = made;
  // What is missing exists in types only.
  return Object.assign(callable, { fn, options, [TASK]: { site } }) as unknown as TaskDef;
}

export function isTask(value: unknown): value is TaskDef {
  return typeof value === 'function' && TASK in value;
}

export function siteOf(task: TaskDef): CallSiteObject | undefined {
  const marked: TaskDef & { [TASK]?: { readonly site?: CallSiteObject } } = task;
  return marked[TASK]?.site;
}
