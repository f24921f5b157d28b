import { relative, resolve } from 'node:path';
import { makeProject } from '../../app/planning/new-project.ts';
import { canInstallModule, installModule } from '../../app/project/own-module.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';

/** Makes a project. It overwrites nothing: an existing file stops it before anything is written. */
export async function init(
  { terminal, caller, json }: CommandContext,
  _options: object,
  folder: string | undefined,
): Promise<ExitCode> {
  const made = makeProject(resolve(caller.cwd, folder ?? '.'));
  const module = canInstallModule(made.folder) ? [installModule(made.folder)] : [];
  const files = [...made.files, ...module.map((path) => relative(made.folder, path))];
  if (json) terminal.out(document({ ...made, files }));
  else {
    for (const file of files) terminal.out(`made ${file}\n`);
    terminal.out(
      `\nNext: ${folder === undefined ? '' : `cd ${folder} && `}dp run pipelines/hello.yaml\n`,
    );
  }
  return EXIT.ok;
}
