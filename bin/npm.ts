import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Runs the npm that bin/setup fetched, or the one on the PATH. */
export function npm(args: readonly string[], cwd: string): void {
  const own = join(import.meta.dirname, '../.toolchain/npm/bin/npm-cli.js');
  const [command, before] = existsSync(own) ? [process.execPath, [own]] : ['npm', []];
  execFileSync(command, [...before, ...args], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}
