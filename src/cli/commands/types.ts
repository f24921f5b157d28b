import { dirname, resolve } from 'node:path';
import { pipelineFiles } from '../../app/planning/load.ts';
import { projectDeclarations, readProject } from '../../app/planning/project.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { projectRoot } from '../console/state.ts';
import { installModule } from '../../app/project/own-module.ts';
import { document } from '../../views/json.ts';
import { VERSION } from '../../version.ts';
import { writeOrPrint, type OutOption } from '../console/out-file.ts';

interface TypesOptions extends OutOption {
  readonly install?: boolean;
}

/**
 * Writes TypeScript declarations, or with --install the module for tests.
 * Declarations name modules relative to their own file or, when printed, to the working directory.
 */
export async function types(
  context: CommandContext,
  { out, install }: TypesOptions,
): Promise<ExitCode> {
  const { caller, terminal, json } = context;
  if (install === true) {
    const folder = installModule(projectRoot(context));
    if (json) terminal.out(document({ folder, version: VERSION }));
    else terminal.err(`wrote ${folder}, for dp ${VERSION}\n`);
    return EXIT.ok;
  }
  const project = await readProject(await pipelineFiles(caller), caller);
  const folder = out === undefined ? caller.cwd : dirname(resolve(caller.cwd, out));
  writeOrPrint(context, out, projectDeclarations(project, folder));
  return EXIT.ok;
}
