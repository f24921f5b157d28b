import { dirname, resolve } from 'node:path';
import { pipelineFiles } from '../../app/planning/load.ts';
import { projectDeclarations, readProject } from '../../app/planning/project.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { writeOrPrint, type OutOption } from '../console/out-file.ts';

/** Writes TypeScript declarations. They name modules relative to their own file or, when printed, to the working directory. */
export async function types(context: CommandContext, { out }: OutOption): Promise<ExitCode> {
  const { caller } = context;
  const project = await readProject(await pipelineFiles(caller), caller);
  const folder = out === undefined ? caller.cwd : dirname(resolve(caller.cwd, out));
  writeOrPrint(context, out, projectDeclarations(project, folder));
  return EXIT.ok;
}
