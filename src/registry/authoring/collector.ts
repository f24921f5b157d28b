import type { TaskDef } from './task-def.ts';

/** The collection to which `task()` adds each task. */
export interface Collector {
  readonly tasks: TaskDef[];
  /** Whether the place at which each task is made is recorded, which costs a look at the stack. */
  readonly withSites: boolean;
}

/** The collector is on `globalThis`, because a thread may hold several copies of dp: the bundle's, the source's, the project's own. */
const COLLECTOR: unique symbol = Symbol.for('dp.collector');
const thread: typeof globalThis & { [COLLECTOR]?: Collector } = globalThis;

/** Returns this thread's collector; undefined where nobody loads modules, so that programs which only call tasks keep nothing. */
export function collector(): Collector | undefined {
  return thread[COLLECTOR];
}

/** Starts to collect every task made in this thread, in the order of the calls. */
export function collectTasks({ withSites }: { readonly withSites: boolean }): readonly TaskDef[] {
  return (thread[COLLECTOR] ??= { tasks: [], withSites }).tasks;
}
