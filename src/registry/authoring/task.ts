import util from 'node:util';
import { Fault } from '../../model/fault.ts';
import type { JsonObject } from '../../model/json.ts';
import { collector } from './collector.ts';
import type { TaskContext } from './task-context.ts';
import { asTask, type SchemaTaskDef, type TaskDef, type TaskFn } from './task-def.ts';
import type { SchemaOutput, StandardSchema, TaskOptions } from './task-options.ts';

/**
 * Makes a function a task. Its name is that of its export, or `options.name`.
 * Options are checked when dp loads the module, together with all other mistakes; only a missing function throws at once, as DP3006.
 */
export function task<const F extends TaskFn>(fn: F): TaskDef<F>;
export function task<
  S extends StandardSchema,
  const F extends (params: SchemaOutput<S>, ctx: TaskContext) => unknown,
>(options: TaskOptions & { readonly params: S }, fn: F): SchemaTaskDef<F, S>;
export function task<const F extends TaskFn>(
  options: TaskOptions & { readonly params?: JsonObject },
  fn: F,
): TaskDef<F>;
export function task(...given: readonly [TaskFn] | readonly [TaskOptions, TaskFn]): TaskDef {
  const [options, fn] = given.length === 1 ? [{}, given[0]] : given;
  if (typeof fn !== 'function') {
    throw new Fault('DP3006', 'task() needs a function: task(fn) or task({ … }, fn)');
  }
  const collecting = collector();
  const site =
    collecting?.withSites === true ? util.getCallSites(2, { sourceMap: true })[1] : undefined;
  const callable: TaskFn = (params, ctx) => fn(params, ctx);
  const made = asTask(callable, { fn, options, ...(site === undefined ? {} : { site }) });
  collecting?.tasks.push(made);
  return made;
}
