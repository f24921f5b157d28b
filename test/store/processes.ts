import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What `child.ts` says, a value per line, and how it ended. */
export interface Child {
  readonly process: ChildProcess;
  /** Everything it said, once it has ended. Rejects with its standard error when it failed. */
  readonly said: Promise<unknown[]>;
  /** Settles when it has said so many lines. */
  hasSaid(lines: number): Promise<void>;
}

const SCRIPT = new URL('child.ts', import.meta.url).pathname;

export function startChild(args: readonly string[], options: SpawnOptions = {}): Child {
  return watch(spawn(process.execPath, [SCRIPT, ...args], { ...options, stdio: 'pipe' }));
}

/** Children that have loaded everything, and begin at the same moment when `go` is called. */
export async function startTogether(
  commands: readonly (readonly string[])[],
): Promise<{ readonly children: readonly Child[]; go(): void }> {
  const waiting = { env: { ...process.env, DP_TEST_WAIT: '' } };
  const children = commands.map((args) => startChild(args, waiting));
  await Promise.all(children.map((child) => child.hasSaid(1)));
  return { children, go: () => children.forEach((child) => child.process.stdin?.end()) };
}

/** Runs `child.ts` behind a shell script, whose `"$@"` is the command. */
export function startChildInShell(script: string, args: readonly string[]): Child {
  const command = ['-c', script, 'sh', process.execPath, SCRIPT, ...args];
  return watch(spawn('sh', command, { stdio: 'pipe' }));
}

function watch(child: ChildProcess): Child {
  const lines: unknown[] = [];
  const waiting: { lines: number; resolve: () => void }[] = [];
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()));
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      lines.push(JSON.parse(line));
      for (const waiter of waiting) if (lines.length >= waiter.lines) waiter.resolve();
    });
  }
  const said = new Promise<unknown[]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 || code === null) resolve(lines);
      else reject(new Error(`child ended with ${code}: ${complaint}`));
    });
  });
  return {
    process: child,
    said,
    hasSaid: async (count) => {
      const enough = new Promise<void>((resolve) => {
        if (lines.length >= count) resolve();
        else waiting.push({ lines: count, resolve });
      });
      await Promise.race([enough, said]);
    },
  };
}
