import { basename, dirname, extname } from 'node:path';
import { isTaskName, type TaskName } from '../../model/ids.ts';
import type { FunctionKind } from '../../model/task.ts';
import { isTask, type TaskDef, type TaskFn } from '../authoring/task-def.ts';
import type { TaskOptions } from '../authoring/task-options.ts';

/** Task in a loaded module. */
export interface ModuleTask {
  /** Empty when nothing names the task; it may be an invalid name when `task()` made it. */
  readonly name: TaskName;
  /** Absent for a task that was made but is not exported. */
  readonly exportName?: string;
  readonly fn: TaskFn;
  readonly options: TaskOptions;
  /** Absent for a plain exported function. */
  readonly task?: TaskDef;
}

/** Returns the tasks that a module exports: results of `task()` and plain functions. Classes and other values are not tasks. */
export function exportedTasks(module: string, namespace: object): readonly ModuleTask[] {
  const found = new Map<TaskFn, ModuleTask>();
  for (const [exportName, value] of exportsOf(namespace)) {
    // A task may be exported both under its name and as the default: the name counts.
    if (!isFunction(value) || found.has(value)) continue;
    const name = exportName === 'default' ? defaultName(value, module) : exportName;
    if (isTask(value)) found.set(value, { ...unexportedTask(value, name), exportName });
    else if (isTaskName(name)) found.set(value, { name, exportName, fn: value, options: {} });
  }
  return [...found.values()];
}

/** Returns a task that is known from its call of `task()`, not from an export. */
export function unexportedTask(task: TaskDef, name = ''): ModuleTask {
  const { fn, options } = task;
  return { name: typeof options.name === 'string' ? options.name : name, fn, options, task };
}

/** Returns named exports before the default one. A CommonJS module's exports are the members of its default. */
function exportsOf(namespace: object): readonly (readonly [string, unknown])[] {
  const { default: byDefault, ...named } = namespace as Readonly<Record<string, unknown>>; // The value is a module namespace.
  const isCommonJs = 'module.exports' in named;
  const members = isCommonJs && typeof byDefault === 'object' ? { ...byDefault } : {};
  const entries = Object.entries({ ...members, ...named });
  return [...entries.filter(([name]) => name !== 'module.exports'), ['default', byDefault]];
}

/** Returns the name of a default export: that of the function, or else of the file, or of the folder when the file is an index. */
function defaultName(value: TaskFn, module: string): string {
  const fn = isTask(value) ? value.fn : value;
  if (fn.name !== '' && fn.name !== 'default') return fn.name;
  const stem = basename(module, extname(module));
  return stem === 'index' ? basename(dirname(module)) : stem;
}

function isFunction(value: unknown): value is TaskFn {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}

export function kindOf(fn: TaskFn): FunctionKind {
  switch (Object.prototype.toString.call(fn)) {
    case '[object AsyncGeneratorFunction]':
      return 'async generator';
    case '[object GeneratorFunction]':
      return 'generator';
    case '[object AsyncFunction]':
      return 'async function';
    default:
      return 'function';
  }
}
