import { resolve } from 'node:path';
import { exportRun } from '../../app/archive/export.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { findRun } from '../../app/project/find-run.ts';
import { openHome } from '../console/state.ts';
import { bytesText } from '../../views/amounts.ts';

export interface ExportOptions {
  readonly out?: string;
}

export async function exportOne(
  context: CommandContext,
  { out }: ExportOptions,
  word: string,
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  using home = openHome(context, 'read');
  const runId = findRun(home, word);
  const shown = out ?? `${runId}.tar.zst`;
  const { bytes } = await exportRun(home, runId, resolve(caller.cwd, shown));
  if (json) terminal.out(document({ runId, file: resolve(caller.cwd, shown), bytes }));
  else terminal.out(`wrote ${shown}, ${bytesText(bytes)}\n`);
  return EXIT.ok;
}
