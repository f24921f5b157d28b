import { pipelineFiles } from '../../app/planning/load.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { readProject, tasksTagged } from '../../app/planning/project.ts';
import type { CommandContext } from '../console/context.ts';
import { document, taskDefinitionJson } from '../../views/json.ts';
import { placeText } from '../text/diagnostics.ts';
import { signature } from '../text/task.ts';

export interface TasksOptions {
  readonly tags?: readonly string[];
}

/** Lists the tasks that the modules of one pipeline register, or those of every pipeline in the project. */
export async function tasks(
  { terminal, caller, json }: CommandContext,
  options: TasksOptions,
  file: string | undefined,
): Promise<ExitCode> {
  const files = file === undefined ? await pipelineFiles(caller) : [file];
  const chosen = tasksTagged(await readProject(files, caller), options.tags);
  if (json) terminal.out(document({ tasks: chosen.map(taskDefinitionJson) }));
  else
    for (const definition of chosen)
      terminal.out(
        `${terminal.paint('bold', definition.name)}${signature(definition)}  ${terminal.paint('dim', placeText(definition.at))}\n`,
      );
  return EXIT.ok;
}
