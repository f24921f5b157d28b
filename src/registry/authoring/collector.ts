import type { TaskDef } from './task-def.ts';

/** What `task()` adds to as it is called. */
export interface Collector {
  readonly tasks: TaskDef[];
  /** Whether tasks have to know where they were made, which costs a look at the stack. */
  readonly withSites: boolean;
}

/** On `globalThis`, because a thread may hold several copies of dp: the bundle's, the source's, the project's own. */
const COLLECTOR: unique symbol = Symbol.for('dp.collector');
const thread: typeof globalThis & { [COLLECTOR]?: Collector } = globalThis;

/** Of this thread; undefined where nobody loads modules, so that programs which only call tasks keep nothing. */
export function collector(): Collector | undefined {
  return thread[COLLECTOR];
}

/** From here on every task made in this thread is collected, in the order of the calls. */
export function collectTasks({ withSites }: { readonly withSites: boolean }): readonly TaskDef[] {
  return (thread[COLLECTOR] ??= { tasks: [], withSites }).tasks;
}
