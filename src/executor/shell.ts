/** Shell tasks: a command in a process group of its own; output to the attempt's log, exit code and text out. */
import { spawn, type ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { TaskError } from '../model/event.ts';
import type { Milliseconds } from '../model/ids.ts';
import type { AttemptLog } from './attempt-log.ts';

export interface ShellCommand {
  readonly command: string;
  readonly shell: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** What a shell task gives to the tasks behind it. */
export interface ShellOutput {
  readonly exitCode: 0;
  readonly stdout: string;
  readonly stderr: string;
  /** True when a stream was longer than what is kept (16 Mi characters); the log has all of it. */
  readonly truncated: boolean;
}

export type ShellOutcome =
  | { readonly is: 'succeeded'; readonly output: ShellOutput }
  | { readonly is: 'failed'; readonly error: TaskError };

/** Text kept of each stream for the result; the log has all of it. */
const KEPT_CHARACTERS = 16 * 1024 * 1024;
const STDERR_TAIL = 2_000;

/** A command that runs: `stop` ends the whole group, politely first. */
export class ShellProcess {
  readonly outcome: Promise<ShellOutcome>;
  readonly #child: ChildProcess;
  #stopped = false;

  constructor({ command, shell, cwd, env }: ShellCommand, log: AttemptLog) {
    // A group of its own, so that what the command starts dies with it.
    this.#child = spawn(shell, ['-c', command], {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // What the command left running in its group would outlive the task unseen.
    this.#child.once('exit', () => this.#signal('SIGKILL'));
    this.outcome = this.#watch(log);
  }

  /** SIGTERM to the group, SIGKILL after the grace. */
  stop(graceMs: Milliseconds): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    timer.unref();
    this.#child.once('close', () => clearTimeout(timer));
  }

  kill(): void {
    this.#stopped = true;
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // The group may be gone already: that is what was wanted.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async #watch(log: AttemptLog): Promise<ShellOutcome> {
    const stdout = keep(this.#child.stdout, log);
    const stderr = keep(this.#child.stderr, log);
    try {
      const [exitCode, signal] = await ended(this.#child);
      if (exitCode === 0) {
        const truncated = stdout.truncated || stderr.truncated;
        const output: ShellOutput = {
          exitCode,
          stdout: stdout.text,
          stderr: stderr.text,
          truncated,
        };
        return { is: 'succeeded', output };
      }
      const tail = stderr.text.trimEnd().slice(-STDERR_TAIL);
      const how = signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
      const message = `the command ended with ${how}${tail === '' ? '' : `: ${tail}`}`;
      const error = { name: 'ShellError', message };
      return {
        is: 'failed',
        error: signal === null ? { ...error, exitCode: exitCode ?? -1 } : { ...error, signal },
      };
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return {
        is: 'failed',
        error: {
          name: 'ShellError',
          message: `the command could not be started: ${message}`,
          ...(code === undefined ? {} : { code }),
        },
      };
    } finally {
      log.close();
    }
  }
}

function ended(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve([code, signal]));
  });
}

interface KeptText {
  text: string;
  truncated: boolean;
}

/** Passes a stream on to the log and keeps its text for the result. */
function keep(stream: NodeJS.ReadableStream | null, log: AttemptLog): KeptText {
  const decoder = new StringDecoder('utf8');
  const kept: KeptText = { text: '', truncated: false };
  stream?.on('data', (chunk: Buffer) => {
    log.write(chunk);
    if (kept.text.length < KEPT_CHARACTERS) kept.text += decoder.write(chunk);
    else kept.truncated = true;
  });
  return kept;
}
