/** Writes the file that a command makes: to standard output, or where --out says. */
import { dirname, resolve } from 'node:path';
import { makeFolders } from '../../lib/make-folders.ts';
import { writeOutput } from '../../lib/output-file.ts';
import { Fault } from '../../model/fault.ts';
import type { CommandContext } from './context.ts';

export interface OutOption {
  readonly out?: string;
}

/** Throws DP8002 when the file cannot be written. */
export function writeOrPrint(
  { terminal, caller }: CommandContext,
  out: string | undefined,
  text: string,
): void {
  if (out === undefined) {
    terminal.out(text);
    return;
  }
  const file = resolve(caller.cwd, out);
  try {
    makeFolders(dirname(file));
    writeOutput(file, text);
  } catch (cause) {
    throw new Fault('DP8002', `${out} cannot be written: ${(cause as Error).message}`, { cause });
  }
  terminal.err(`wrote ${out}\n`);
}
