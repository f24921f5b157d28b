import { findSourceMap } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { CallSiteObject } from 'node:util';
import type { Diagnostic, Place } from '../../model/diagnostic.ts';
import { type Digest, isTaskName } from '../../model/ids.ts';
import type { Parameters, TaskDefinition } from '../../model/task.ts';
import { checkOptions, type MistakeListener } from '../authoring/check-options.ts';
import { placeAt } from '../loader/compile.ts';
import { start } from '../loader/import-fault.ts';
import { isSchema, jsonSchemaOf } from './json-schema-of.ts';
import type { ModuleGraph } from './module-graph.ts';
import { kindOf, type ModuleTask } from './module-tasks.ts';
import { isTypeScript } from '../loader/resolve.ts';
import { parametersIn } from './schema-parameters.ts';
import { parametersOf } from './source-parameters.ts';
import { pathOf } from '../loader/stack.ts';
import { siteOf, type TaskFn } from '../authoring/task-def.ts';

/** Module in which a task was found, and what is known about its files. */
export interface Origin {
  readonly module: string;
  readonly files: readonly string[];
  readonly codeHash: Digest;
  readonly graph: ModuleGraph;
}

/** Returns a task as plain data, and the errors of its declaration. A task with an invalid name has no definition, because it could not be called. */
export function defineTask(
  task: ModuleTask,
  origin: Origin,
): { readonly definition?: TaskDefinition; readonly diagnostics: readonly Diagnostic[] } {
  const at = placeOf(task, origin);
  const diagnostics: Diagnostic[] = [];
  const report: MistakeListener = (message, hint) => {
    const told = task.name === '' ? message : `task "${task.name}": ${message}`;
    const mend = hint === undefined ? {} : { hint };
    diagnostics.push({ code: 'DP3006', severity: 'error', message: told, at, ...mend });
  };
  const { name: _, description, ...checked } = checkOptions(task.options, report);
  const { parameters, output } = shapeOf(task, at, report);
  if (!isTaskName(task.name)) {
    if (task.options.name === undefined) reportUnnamed(task, report);
    return { diagnostics };
  }
  const definition: TaskDefinition = {
    name: task.name,
    kind: kindOf(task.fn),
    module: origin.module,
    at,
    ...checked,
    parameters,
    codeHash: origin.codeHash,
    ...(description === undefined ? {} : { description }),
    ...(task.exportName === undefined ? {} : { exportName: task.exportName }),
    ...(output === undefined ? {} : { output }),
  };
  return { definition, diagnostics };
}

function reportUnnamed({ name }: ModuleTask, report: MistakeListener): void {
  if (name === '') report('a task that no name leads to', 'export it, or give it `name:`');
  else report('not a name for a task', 'give it `name:` ([A-Za-z_][A-Za-z0-9_-]*)');
}

/** Returns what is known without a type checker: from the given schemas, or else from the text of the function. */
function shapeOf(
  { fn, options }: ModuleTask,
  at: Place,
  report: MistakeListener,
): { readonly parameters: Parameters; readonly output: TaskDefinition['output'] } {
  for (const key of ['params', 'output'] as const) {
    const given = options[key];
    if (given !== undefined && !isSchema(given)) {
      report(
        `task option "${key}" is no schema`,
        'give a Standard Schema (zod, valibot, …) or a JSON Schema',
      );
    }
  }
  const params = jsonSchemaOf(options.params, 'input');
  const schema = jsonSchemaOf(options.output, 'output');
  const streams = kindOf(fn).endsWith('generator');
  return {
    parameters:
      params === undefined ? parametersOf(fn, isTypeScript(at.file)) : parametersIn(params),
    output:
      schema === undefined && !streams
        ? undefined
        : { ...(schema === undefined ? {} : { schema }), ...(streams ? { streams } : {}) },
  };
}

function placeOf(task: ModuleTask, origin: Origin): Place {
  const site = task.task && siteOf(task.task);
  return site === undefined ? placeOfFunction(task.fn, origin) : placeOfSite(site);
}

/** Returns the place of the call of `task()`. */
export function placeOfSite({ scriptName, lineNumber, columnNumber }: CallSiteObject): Place {
  return { file: pathOf(scriptName), line: lineNumber, column: columnNumber };
}

/** Searches the loaded code for the text of a plain function, which has no record of its place. */
function placeOfFunction(fn: TaskFn, { module, files, graph }: Origin): Place {
  const text = fn.toString();
  for (const file of new Set([module, ...files])) {
    const index = graph.codeOf(file)?.indexOf(text) ?? -1;
    if (index !== -1) return original(placeAt(file, graph.codeOf(file)!.slice(0, index)));
  }
  return start(module);
}

/** Maps a place in compiled code to the user's source. */
function original(compiled: Place): Place {
  const map = findSourceMap(pathToFileURL(compiled.file).href);
  const entry = map?.findEntry(compiled.line - 1, compiled.column - 1);
  return entry !== undefined && 'originalLine' in entry
    ? { file: compiled.file, line: entry.originalLine + 1, column: entry.originalColumn + 1 }
    : compiled;
}
