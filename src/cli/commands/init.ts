import { resolve } from 'node:path';
import { makeProject } from '../../app/planning/new-project.ts';
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
  if (json) terminal.out(document({ ...made }));
  else {
    for (const file of made.files) terminal.out(`made ${file}\n`);
    terminal.out(
      `\nNext: ${folder === undefined ? '' : `cd ${folder} && `}dp run pipelines/hello.yaml\n`,
    );
  }
  return EXIT.ok;
}
