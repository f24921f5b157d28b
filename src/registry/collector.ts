import type { CallSiteObject } from 'node:util';
import type { TaskDef } from './task-def.ts';

/** A task as `task()` made it, and where it was called. */
export interface Registration {
  readonly task: TaskDef;
  readonly site?: CallSiteObject;
}

/** On `globalThis`, because a thread may hold several copies of dp: the bundle's, the source's, the project's own. */
const COLLECTOR: unique symbol = Symbol.for('dp.collector');
const thread: typeof globalThis & { [COLLECTOR]?: Registration[] } = globalThis;

/** What tasks of this thread are added to; undefined where nobody loads modules, so that programs which only call tasks keep nothing. */
export function collector(): Registration[] | undefined {
  return thread[COLLECTOR];
}

/** From here on every task made in this thread is collected, in the order of the calls. */
export function collectTasks(): readonly Registration[] {
  return (thread[COLLECTOR] ??= []);
}
