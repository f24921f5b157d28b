/** The bundled dp, as users have it, in a folder of its own; and the processes that run it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../esbuild.config.mjs';
import type { Said } from './aftermath.ts';

const CHECKOUT = join(import.meta.dirname, '../..');
/** Longer than any of it takes on a busy machine. */
const PATIENCE_MS = 120_000;

/** Gives the folder, and the words that start dp. */
export async function installDp(): Promise<{ folder: string; command: readonly string[] }> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-crash-')));
  await bundle(join(folder, 'dist'));
  for (const beside of ['package.json', 'package-lock.json', 'node_modules'])
    symlinkSync(join(CHECKOUT, beside), join(folder, beside));
  return { folder, command: [process.execPath, join(folder, 'dist/dp.cjs')] };
}

export interface Call {
  readonly command: readonly string[];
  readonly cwd: string;
  /** What dp derives goes there. */
  readonly cache: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Receives the process once it was started, to send it signals. */
  readonly started?: (child: ChildProcess) => void;
}

/** Settles when the process has ended and nobody holds its output any more. */
export async function call({ command, cwd, cache, env, started }: Call): Promise<Said> {
  const [program = '', ...words] = command;
  const child = spawn(program, words, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: cache, XDG_CACHE_HOME: cache, ...env },
  });
  started?.(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    return { code, out, err };
  } finally {
    clearTimeout(timer);
  }
}
