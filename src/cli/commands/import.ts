import { resolve } from 'node:path';
import { importRun } from '../../app/archive/import.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { makeHome } from '../console/state.ts';

export async function importOne(
  context: CommandContext,
  _options: object,
  file: string,
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  using home = makeHome(context);
  const runId = await importRun(home, resolve(caller.cwd, file), caller.clock.now());
  terminal.out(json ? document({ runId }) : `imported run ${runId}\n`);
  return EXIT.ok;
}
