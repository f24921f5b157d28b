import { basename, dirname, extname } from 'node:path';
import { isTaskName, type TaskName } from '../model/ids.ts';
import type { Registration } from './collector.ts';
import { isTask, type TaskFn } from './task-def.ts';
import type { TaskOptions } from './task-options.ts';

/** A task as it lives in a loaded module. */
export interface ModuleTask {
  /** Empty when nothing names it; perhaps no valid name when `task()` made it. */
  readonly name: TaskName;
  /** Absent for a task that was made but is not exported. */
  readonly exportName?: string;
  readonly fn: TaskFn;
  readonly options: TaskOptions;
  /** True when `task()` made it; false for a plain exported function. */
  readonly declared: boolean;
  /** Its call of `task()`, where one was seen. */
  readonly registration?: Registration;
}

/**
 * The tasks of a loaded module: what it exports of `task()`, its plain exported functions, and what else was made by
 * `task()` in this thread. Classes and other values are no tasks.
 */
export function tasksOf(
  module: string,
  namespace: object,
  registrations: readonly Registration[],
): readonly ModuleTask[] {
  const made = new Map<TaskFn, Registration>(
    registrations.map((registration) => [registration.task, registration]),
  );
  const found = new Map<TaskFn, ModuleTask>();
  for (const [exportName, value] of exportsOf(namespace)) {
    // Exported twice, under its name and as the default: the name counts.
    if (!isFunction(value) || found.has(value)) continue;
    found.set(value, fromExport(exportName, value, module, made.get(value)));
  }
  for (const registration of registrations) {
    const { task } = registration;
    const { fn, options } = task;
    if (found.has(task)) continue;
    const name = typeof options.name === 'string' ? options.name : '';
    found.set(task, { name, fn, options, declared: true, registration });
  }
  return [...found.values()].filter(({ name, declared }) => declared || isTaskName(name));
}

function fromExport(
  exportName: string,
  value: TaskFn,
  module: string,
  registration: Registration | undefined,
): ModuleTask {
  if (!isTask(value)) {
    const name = exportName === 'default' ? defaultName(value, module) : exportName;
    return { name, exportName, fn: value, options: {}, declared: false };
  }
  const { fn, options } = value;
  const given = exportName === 'default' ? defaultName(fn, module) : exportName;
  const name = typeof options.name === 'string' ? options.name : given;
  return { name, exportName, fn, options, declared: true, ...(registration && { registration }) };
}

/** Named exports before the default one. A CommonJS module's exports are the members of its default. */
function exportsOf(namespace: object): readonly (readonly [string, unknown])[] {
  const { default: byDefault, ...named } = namespace as Readonly<Record<string, unknown>>; // of a module namespace
  const isCommonJs = 'module.exports' in named;
  const members = isCommonJs && typeof byDefault === 'object' ? { ...byDefault } : {};
  const entries = Object.entries({ ...members, ...named });
  return [...entries.filter(([name]) => name !== 'module.exports'), ['default', byDefault]];
}

/** Of a default export: the function's own name, or else the file's, or the folder's when the file is an index. */
function defaultName(fn: TaskFn, module: string): string {
  if (fn.name !== '' && fn.name !== 'default') return fn.name;
  const stem = basename(module, extname(module));
  return stem === 'index' ? basename(dirname(module)) : stem;
}

function isFunction(value: unknown): value is TaskFn {
  return typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value));
}

export type FunctionKind = 'function' | 'async function' | 'generator' | 'async generator';

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
