import { load, pipelineFiles, registryOf } from '../../app.ts';
import { EXIT, Fault, type ExitCode } from '../../model/fault.ts';
import type { TaskDefinition } from '../../model/task.ts';
import type { CommandContext } from '../context.ts';
import { document } from '../json.ts';
import { placeText } from '../text/diagnostics.ts';
import { signature } from '../text/task.ts';

export interface TasksOptions {
  readonly tags?: readonly string[];
}

/** Of one pipeline's modules, or of every pipeline's in the project. */
export async function tasks(
  { terminal, place, json }: CommandContext,
  options: TasksOptions,
  file: string | undefined,
): Promise<ExitCode> {
  const found = new Map<string, TaskDefinition>();
  for (const each of file === undefined ? await pipelineFiles(place) : [file]) {
    const registry = await registryOf(await load(each, place));
    for (const definition of registry.all())
      found.set(`${definition.module}\0${definition.name}`, definition);
  }
  const wanted = new Set(options.tags);
  const chosen = [...found.values()]
    .filter(
      (definition) => options.tags === undefined || definition.tags.some((tag) => wanted.has(tag)),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  if (chosen.length === 0 && options.tags !== undefined)
    throw new Fault('DP4003', `no task has any of the tags ${options.tags.join(', ')}`);
  if (json) terminal.out(document({ tasks: chosen.map(definitionJson) }));
  else
    for (const definition of chosen)
      terminal.out(
        `${terminal.paint('bold', definition.name)}${signature(definition)}  ${terminal.paint('dim', placeText(definition.at))}\n`,
      );
  return EXIT.ok;
}

export function definitionJson({
  name,
  description,
  module,
  at,
  tags,
  dependencies,
  settings,
  parameters,
  output,
}: TaskDefinition): object {
  return {
    name,
    description: description ?? null,
    module,
    line: at.line,
    column: at.column,
    tags,
    dependencies,
    settings,
    parameters:
      parameters.is === 'unknown'
        ? null
        : parameters.list.map(({ at: _at, ...parameter }) => parameter),
    ...(parameters.is === 'known' && parameters.rest !== undefined
      ? { rest: parameters.rest }
      : {}),
    output: output ?? null,
  };
}
