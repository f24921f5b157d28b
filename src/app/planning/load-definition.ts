/** A pipeline that a program defines comes in; the same as of a file goes out, checked. */
import { dirname } from 'node:path';
import { parseDefinition } from '../../config/definition.ts';
import { asJson } from '../../executor/worker/publishable.ts';
import { hasErrors, type Place } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { TaskName } from '../../model/ids.ts';
import { isJsonObject, type Json } from '../../model/json.ts';
import type { TaskDefinition } from '../../model/task.ts';
import { type CallerContext, rootFor } from '../project/caller-context.ts';
import { registryOf } from './definitions.ts';
import type { Loaded } from './load.ts';

export interface Definition {
  /** In the form of a pipeline file, but `tasks` may be `all`: every task that the modules register. */
  readonly written: unknown;
  /** Where the program defines it. Relative paths start from the folder of that file. */
  readonly at: Place;
}

/** Throws DP6108 for what no file could hold, otherwise like `load`; for all tasks also like the import of their modules. */
export async function loadDefinition(
  { written, at }: Definition,
  caller: CallerContext,
): Promise<Loaded> {
  const folder = dirname(at.file);
  const root = rootFor(folder, caller);
  const format = asJson(written, 'the pipeline') as Json; // it returns JSON
  const whole = await withAllTasks(format, { folder, root, at });
  const parsed = await parseDefinition(whole, at, { file: fileOf(format), folder });
  const { pipeline, diagnostics } = parsed;
  if (pipeline === undefined || hasErrors(diagnostics)) throw Fault.of(diagnostics);
  return { pipeline, diagnostics, root };
}

/** Returns what stands for the file of a defined pipeline, on record and in messages. */
export function fileOf(format: unknown): string {
  const name = isJsonObject(format) ? format['name'] : undefined;
  return `<pipeline ${typeof name === 'string' ? name : '?'}>`;
}

interface DefinedIn {
  readonly folder: string;
  readonly root: string;
  readonly at: Place;
}

async function withAllTasks(format: Json, { folder, root, at }: DefinedIn): Promise<Json> {
  if (!isJsonObject(format) || format['tasks'] !== 'all') return format;
  const listed = format['modules'];
  const paths = Array.isArray(listed) ? listed : [listed];
  const modules = paths.filter((path) => typeof path === 'string');
  const registry = await registryOf({
    pipeline: {
      folder,
      modules: modules.map((value) => ({ value, at })),
      env: [],
      secrets: [],
      tasks: new Map(),
    },
    root,
  });
  return { ...format, tasks: tasksOf([...registry.all()]) };
}

/** Returns the tasks with the edges that the code says: their dependencies, and the parameters that are named like another task. */
function tasksOf(
  definitions: readonly Pick<TaskDefinition, 'name' | 'dependencies' | 'parameters'>[],
): Readonly<Record<TaskName, { readonly needs: readonly TaskName[] }>> {
  const names = new Set(definitions.map(({ name }) => name));
  const tasks = definitions.map(({ name, dependencies, parameters }) => {
    const named = parameters.is === 'known' ? parameters.list.map((each) => each.name) : [];
    const fed = named.filter((parameter) => names.has(parameter) && parameter !== name);
    return [name, { needs: [...new Set([...dependencies, ...fed])] }] as const;
  });
  return Object.fromEntries(tasks);
}
