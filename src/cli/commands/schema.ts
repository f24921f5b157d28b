import { pipelineFiles } from '../../app/planning/load.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { pipelineSchema, readProject } from '../../app/planning/project.ts';
import type { CommandContext } from '../console/context.ts';
import { writeOrPrint, type OutOption } from '../console/out-file.ts';

/** Prints the JSON Schema of pipeline files, with the tasks of one pipeline or of the project where there is one. */
export async function schema(
  context: CommandContext,
  { out }: OutOption,
  file: string | undefined,
): Promise<ExitCode> {
  const { caller } = context;
  const files = file === undefined ? await pipelineFiles(caller) : [file];
  const made = pipelineSchema(await readProject(files, caller));
  writeOrPrint(context, out, `${JSON.stringify(made, null, 2)}\n`);
  return EXIT.ok;
}
