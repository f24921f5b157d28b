/**
 * A project made of inline files, and the real dp as a process in it.
 * What a test starts ends with the test: dp, its tasks, and the folder.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { inject } from 'vitest';

/** Longer than most tests take, shorter than their own time-out: what hangs is told with what it said so far. */
const PATIENCE_MS = 25_000;

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Standard output as the one JSON document it has to be. */
  // oxlint-disable-next-line typescript/no-explicit-any -- tests say what they expect of it
  readonly json: any;
}

export interface Surroundings {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Below the project's folder. */
  readonly cwd?: string;
}

interface Patience {
  readonly patienceMs: number;
}

export class Project implements Disposable {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp project ')));
  readonly #children = new Set<DpProcess>();

  readonly #patienceMs: number;

  constructor(
    files: Readonly<Record<string, string | Uint8Array>> = {},
    { patienceMs = PATIENCE_MS } = {},
  ) {
    this.#patienceMs = patienceMs;
    this.write(files);
  }

  write(files: Readonly<Record<string, string | Uint8Array>>): this {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(this.path(file)), { recursive: true });
      writeFileSync(this.path(file), text);
    }
    return this;
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  /** Runs dp to its end. */
  dp(...words: readonly string[]): Promise<Ended> {
    return this.dpWith({}, ...words);
  }

  /** The same for what has to succeed: anything else is an error that says why. */
  async ok(...words: readonly string[]): Promise<Ended> {
    const ended = await this.dp(...words);
    if (ended.code !== 0)
      throw new Error(`dp ${words[0]} ended with ${ended.code}: ${ended.err}${ended.out}`);
    return ended;
  }

  dpWith(surroundings: Surroundings, ...words: readonly string[]): Promise<Ended> {
    return this.start(surroundings, ...words).ended;
  }

  start(surroundings: Surroundings, ...words: readonly string[]): DpProcess {
    return this.shell(surroundings, '"$@"', ...dpCommand(), ...words);
  }

  /** A shell script in which `"$@"` is dp with its words, for what takes more than one process. */
  shell(surroundings: Surroundings, script: string, ...words: readonly string[]): DpProcess {
    const child = new DpProcess(
      script === '"$@"' ? words : ['sh', '-c', script, 'sh', ...words],
      join(this.folder, surroundings.cwd ?? ''),
      { patienceMs: this.#patienceMs, ...surroundings },
    );
    this.#children.add(child);
    return child;
  }

  /** Runs a shell script of the project on a pseudo-terminal, which the program `script` makes. */
  terminal(program: string, script: string): DpProcess {
    const surroundings = { env: { TERM: 'xterm-256color' } };
    return this.shell(surroundings, `exec "$@" -qec "sh ${script}" /dev/null`, program);
  }

  /** Processes that work in the project's folder, whoever started them. */
  processes(): string[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => worksBelow(pid, this.folder));
  }

  /** Every file with its size, time and mode: equal twice when nothing was written between. */
  listing(): string[] {
    return readdirSync(this.folder, { recursive: true, encoding: 'utf8' })
      .sort()
      .flatMap((file) => {
        const found = statSync(this.path(file), { bigint: true, throwIfNoEntry: false });
        // SQLite removes its journals again.
        if (found === undefined) return [];
        const { size, mtimeNs, ctimeNs, mode } = found;
        return [file, size, mtimeNs, ctimeNs, mode].join(' ');
      });
  }

  [Symbol.dispose](): void {
    for (const child of this.#children) child.kill();
    for (const pid of this.processes()) killIfThere(Number(pid));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function dpCommand(): string[] {
  return [process.execPath, join(inject('dpFolder'), 'dist/dp.cjs')];
}

/** dp while it runs. */
export class DpProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #out = '';
  #err = '';
  #hasEnded = false;

  constructor(command: readonly string[], cwd: string, surroundings: Surroundings & Patience) {
    const cache = join(inject('dpFolder'), 'cache');
    const [program = '', ...words] = command;
    this.#child = spawn(program, words, {
      cwd,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: cache,
        XDG_CACHE_HOME: cache,
        NODE_COMPILE_CACHE: join(cache, 'compiled'),
        ...surroundings.env,
      },
    });
    this.ended = this.#watch(surroundings.patienceMs);
    // Whoever does not read its input may be gone before all of it is written.
    this.#child.stdin?.on('error', () => undefined).end(surroundings.input ?? '');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Settles once standard error has the text. */
  async told(text: string): Promise<void> {
    await this.#until('stderr', () => this.#err.includes(text), text);
  }

  /** The same of standard output. */
  async said(text: string): Promise<void> {
    await this.#until('stdout', () => this.#out.includes(text), text);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  async #until(stream: 'stdout' | 'stderr', isThere: () => boolean, text: string): Promise<void> {
    while (!isThere()) {
      if (this.#hasEnded) throw new Error(`dp ended without "${text}": ${this.#err}`);
      const more = new Promise((resolve) => this.#child[stream]?.once('data', resolve));
      await Promise.race([more, this.ended]);
    }
  }

  async #watch(patienceMs: number): Promise<Ended> {
    const child = this.#child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#out += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#err += text));
    const timer = setTimeout(() => {
      this.#err += `\n[the test lost its patience after ${patienceMs} ms]\n`;
      this.kill();
    }, patienceMs);
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      const [out, err] = [this.#out, this.#err];
      return {
        code,
        out,
        err,
        get json() {
          if (out === '') throw new Error(`no JSON on standard output; standard error: ${err}`);
          return JSON.parse(out) as unknown;
        },
      };
    } finally {
      this.#hasEnded = true;
      clearTimeout(timer);
    }
  }
}

function worksBelow(pid: string, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
  } catch {
    // It has just ended, or is another user's.
    return false;
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
