/** The text of `dp types`: a declaration file with the project's tasks and pipelines, and with the module `dp` itself. */
import { relative, sep } from 'node:path';
import type { Pipeline, TaskSpec } from '../../model/pipeline.ts';
import type { TaskDefinition } from '../../model/task.ts';
import { dpDeclarations } from './declarations.ts';
import { quoted, schemaTypeText } from './type-text.ts';

export interface ProjectTypes {
  readonly tasks: readonly TaskDefinition[];
  readonly pipelines: readonly Pipeline[];
  /** Where the text will stand: modules are named relative to it. */
  readonly folder: string;
}

/**
 * A file without imports or exports of its own, so that `declare module` declares. Tasks that no module exports are described by their
 * schemas; pipelines are described by their files, so what can be skipped may be undefined.
 */
export function projectTypes({ tasks, pipelines, folder }: ProjectTypes): string {
  const known = new Set(tasks.map(({ name }) => name));
  const dp = dpDeclarations()
    .replaceAll(/^export declare /gm, 'export ')
    .replaceAll(/^(?=.)/gm, '  ');
  return `// Made by \`dp types\`. Make it again after a change of tasks or pipelines; changes made here are lost.

declare module 'dp' {
${dp}}

/** What dp knows of this project. */
declare namespace dp {
  /** What a task takes and gives, as a pipeline sees it. */
  interface TaskType<Params, Given> {
    readonly params: Params;
    readonly output: Given;
  }

  /** Tasks by name. */
  interface Tasks {
${sortedBy(tasks, ({ name }) => name)
  .map((task) => `    readonly ${quoted(task.name)}: ${taskText(task, folder)};\n`)
  .join('')}  }

  /** Parameters and results of runs, by pipeline. */
  interface Pipelines {
${sortedBy(pipelines, ({ name }) => name)
  .map((pipeline) => pipelineText(pipeline, known))
  .join('')}  }

  type Call<T> = T extends { readonly fn: infer F } ? F : T;
  type Of<T> = Call<T> extends (params: infer P, ...rest: never) => infer R ? TaskType<P, import('dp').Output<R>> : never;
}
`;
}

function taskText(
  { module, name, exportName, parameters, output }: TaskDefinition,
  folder: string,
): string {
  if (exportName !== undefined)
    return `Of<(typeof import(${quoted(specifier(module, folder))}))[${quoted(exportName)}]>`;
  const list = parameters.is === 'known' ? parameters.list : [];
  const members = list.map(
    (parameter) =>
      `${quoted(parameter.name)}${parameter.optional ? '?' : ''}: ${schemaTypeText(parameter.schema ?? {})}`,
  );
  const item = schemaTypeText(output?.schema ?? {});
  const given = output?.streams === true ? `AsyncIterable<${item}>` : item;
  return `TaskType<${parameters.is === 'known' ? `{ ${members.join('; ')} }` : 'any'}, ${given}> /* ${name} is not exported */`;
}

function pipelineText({ name, params, tasks }: Pipeline, known: ReadonlySet<string>): string {
  const given = [...params.values()].map(
    (param) =>
      `${quoted(param.name)}${param.default === undefined ? '' : '?'}: ${schemaTypeText(param.schema)}`,
  );
  const results = [...tasks.values()].map(
    (task) => `        readonly ${quoted(task.name)}: ${resultText(task, known)};\n`,
  );
  return `    readonly ${quoted(name)}: {
      readonly params: { ${given.join('; ')} };
      readonly results: {
${results.join('')}      };
    };
`;
}

function resultText({ work, map, when, settings }: TaskSpec, known: ReadonlySet<string>): string {
  const one =
    work.is === 'shell'
      ? '{ readonly exitCode: 0; readonly stdout: string; readonly stderr: string; readonly truncated: boolean }'
      : work.is === 'pipeline'
        ? work.output === undefined
          ? `{ readonly runId: string; readonly status: 'succeeded' }`
          : 'unknown'
        : known.has(work.task.value)
          ? `Tasks[${quoted(work.task.value)}]['output']`
          : 'unknown';
  const all = map === undefined ? one : `readonly (${one})[]`;
  return when === undefined && settings.failSafe !== true ? all : `${all} | undefined`;
}

function specifier(module: string, folder: string): string {
  const path = relative(folder, module).split(sep).join('/');
  // A declaration file may name a module by what it will be, and every setting of tsc accepts that.
  const written = path.replace(/\.([cm]?)tsx?$/, '.$1js');
  return written.startsWith('.') ? written : `./${written}`;
}

const sortedBy = <T>(list: readonly T[], key: (item: T) => string): T[] =>
  list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
