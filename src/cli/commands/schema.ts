import { pipelineFiles } from '../../app/planning/load.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import { pipelineSchema, projectFileSchema, readProject } from '../../app/planning/project.ts';
import { Fault } from '../../model/fault.ts';
import type { CommandContext } from '../console/context.ts';
import { writeOrPrint, type OutOption } from '../console/out-file.ts';

export interface SchemaOptions extends OutOption {
  readonly project?: boolean;
}

/** Prints the JSON Schema of pipeline files, with the tasks of one pipeline or of the project where there is one; with --project that of `dp.yaml`. */
export async function schema(
  context: CommandContext,
  { out, project }: SchemaOptions,
  file: string | undefined,
): Promise<ExitCode> {
  const { caller } = context;
  if (project === true && file !== undefined)
    throw new Fault('DP2001', 'the schema of dp.yaml has no tasks of a pipeline', {
      hint: 'leave out --project, or the file',
    });
  const made = project === true ? projectFileSchema() : await schemaOf(file, caller);
  writeOrPrint(context, out, `${JSON.stringify(made, null, 2)}\n`);
  return EXIT.ok;
}

async function schemaOf(
  file: string | undefined,
  caller: CommandContext['caller'],
): Promise<object> {
  const files = file === undefined ? await pipelineFiles(caller) : [file];
  return pipelineSchema(await readProject(files, caller));
}
