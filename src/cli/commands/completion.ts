import { readFileSync } from 'node:fs';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';

export type CompletedShell = 'bash' | 'zsh' | 'fish';

/** Prints the script that makes a shell ask dp what may follow. */
export function completion(
  { terminal }: CommandContext,
  _options: object,
  shell: CompletedShell,
): Promise<ExitCode> {
  terminal.out(SCRIPTS[shell]());
  return Promise.resolve(EXIT.ok);
}

const SCRIPTS: Readonly<Record<CompletedShell, () => string>> = {
  bash: () => readFileSync(new URL('../completion/dp.bash', import.meta.url), 'utf8'),
  zsh: () => readFileSync(new URL('../completion/dp.zsh', import.meta.url), 'utf8'),
  fish: () => readFileSync(new URL('../completion/dp.fish', import.meta.url), 'utf8'),
};
