import { pathToFileURL } from 'node:url';
import { didYouMean } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { TaskName } from '../../model/ids.ts';
import type { FunctionKind } from '../../model/task.ts';
import { guarded } from '../values/check-values.ts';
import { collector, collectTasks } from '../authoring/collector.ts';
import { importFault } from '../loader/import-fault.ts';
import { exportedTasks, kindOf, unexportedTask, type ModuleTask } from './module-tasks.ts';
import type { TaskContext } from '../authoring/task-context.ts';
import type { TaskOptions } from '../authoring/task-options.ts';

/** Task that can be called in this thread. `fn` enforces the schemas that the task was given. */
export interface LoadedTask {
  readonly fn: (params: unknown, ctx: TaskContext) => unknown;
  readonly kind: FunctionKind;
  readonly options: TaskOptions;
}

/**
 * Imports the module, once per thread, and finds the task in it. `installLoader` must be called first, in the same thread.
 * Throws a Fault: DP3001, DP3002 when the module does not load, DP3004 when it has no such task.
 */
export async function loadTask(module: string, name: TaskName): Promise<LoadedTask> {
  const exported = await tasksIn(module);
  const found = exported.get(name) ?? madeUnder(name);
  if (found !== undefined) return ready(found);
  const message = `"${module}" has no task "${name}" any more`;
  const hint = didYouMean(name, exported.keys()) ?? 'plan again: the module changed after the plan';
  throw new Fault('DP3004', message, { hint });
}

type ModuleTasks = ReadonlyMap<TaskName, ModuleTask>;

/** A module that failed stays failed, because Node does not import it again. */
const loaded = new Map<string, Promise<ModuleTasks>>();

function tasksIn(module: string): Promise<ModuleTasks> {
  let tasks = loaded.get(module);
  if (tasks === undefined) loaded.set(module, (tasks = importTasks(module)));
  return tasks;
}

async function importTasks(module: string): Promise<ModuleTasks> {
  const collected = collectTasks({ withSites: false });
  const before = collected.length;
  try {
    const namespace = (await import(pathToFileURL(module).href)) as object; // It is a module namespace.
    // A thread may serve pipelines whose modules make tasks of the same name: those that this import made take precedence.
    const made = collected.slice(before).map((task) => unexportedTask(task));
    const tasks = [...made, ...exportedTasks(module, namespace)];
    return new Map(tasks.map((task) => [task.name, task]));
  } catch (error) {
    throw importFault(error, module);
  }
}

/** Finds a task that is not exported, such as one made in a loop. Discovery has checked that names are unique. */
function madeUnder(name: TaskName): ModuleTask | undefined {
  const task = collector()?.tasks.find(({ options }) => options.name === name);
  return task === undefined ? undefined : unexportedTask(task);
}

function ready({ fn, options }: ModuleTask): LoadedTask {
  // Schemas and the type check of edges check the parameters, not this signature.
  return { fn: guarded(fn as LoadedTask['fn'], options), kind: kindOf(fn), options };
}
