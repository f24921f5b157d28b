/** Shell tasks: a command in a process group of its own; output to the attempt's log, exit code and text out. */
import type { Readable } from 'node:stream';
import type { TaskError } from '../../model/event.ts';
import { impossible } from '../../model/fault.ts';
import { programOf, type Shell, shellArguments } from '../../model/shell.ts';
import type { AttemptLog, LogSource } from '../worker/attempt-log.ts';
import { KeptText } from './kept-text.ts';
import type { OrphanReaper } from './orphan-reaper.ts';
import { ProcessGroup, type GroupEnding } from './process-group.ts';
import type { Redaction } from '../worker/redaction.ts';

export interface ShellCommand {
  readonly command: string;
  readonly shell: Shell;
  /** The file of the program of the shell. */
  readonly shellFile: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The receivers of a command's output and of the number of its process group. */
export interface ShellSinks {
  readonly log: AttemptLog;
  readonly redaction: Redaction;
  readonly reaper: OrphanReaper;
}

/** The output of a command task for the tasks that depend on it. */
export interface ShellOutput {
  /** Always 0: another code is a failure. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** True when a stream was longer than what is kept (16 Mi characters); the log has all of it. */
  readonly truncated: boolean;
  /** True when a stream had bytes that are no UTF-8, which U+FFFD stands for; else absent. */
  readonly replaced?: true;
}

export type ShellOutcome =
  | { readonly is: 'succeeded'; readonly output: ShellOutput }
  | { readonly is: 'failed'; readonly error: TaskError };

const STDERR_TAIL = 2_000;
/** A command that runs; it is ended with everything that it started. */
export class ShellProcess {
  /** Rejects when the log cannot be written. */
  readonly outcome: Promise<ShellOutcome>;
  readonly #log: AttemptLog;
  readonly #redaction: Redaction;
  readonly #group: ProcessGroup;

  constructor(
    { command, shell, shellFile, cwd, env }: ShellCommand,
    { log, redaction, reaper }: ShellSinks,
  ) {
    this.#log = log;
    this.#redaction = redaction;
    reaper.start();
    this.#group = new ProcessGroup({
      command: shellFile,
      argv0: programOf(shell),
      args: shellArguments(shell, command),
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { leader, id } = this.#group;
    if (id !== undefined) {
      reaper.began(id);
      leader?.once('exit', () => reaper.ended(id));
    }
    this.outcome = this.#follow();
  }

  terminate(): void {
    this.#group.terminate();
  }

  kill(): void {
    this.#group.kill();
  }

  async #follow(): Promise<ShellOutcome> {
    const { leader, ended } = this.#group;
    const stdout = this.#keep(leader?.stdout, 'stdout');
    const stderr = this.#keep(leader?.stderr, 'stderr');
    try {
      const ending = await ended;
      if (this.#log.failure !== undefined) throw this.#log.failure;
      if (ending.is === 'exited' && ending.exitCode === 0) {
        const { exitCode } = ending;
        const truncated = stdout.isCut || stderr.isCut;
        const shown = (text: string): string => this.#redaction.text(text);
        const output: ShellOutput = {
          exitCode,
          stdout: shown(stdout.text),
          stderr: shown(stderr.text),
          truncated,
          ...(stdout.isReplaced || stderr.isReplaced ? { replaced: true } : {}),
        };
        return { is: 'succeeded', output };
      }
      const tail = this.#redaction.text(stderr.text).trimEnd().slice(-STDERR_TAIL);
      return { is: 'failed', error: errorOf(ending, tail) };
    } finally {
      this.#log.close();
    }
  }

  /** Passes a stream on to the log and keeps its text for the result. */
  #keep(stream: Readable | null | undefined, source: LogSource): KeptText {
    const kept = new KeptText();
    stream?.on('data', (chunk: Buffer) => {
      this.#write(chunk, source);
      kept.add(chunk);
    });
    stream?.once('close', () => kept.end());
    return kept;
  }

  #write(chunk: Buffer, source: LogSource): void {
    if (this.#log.failure !== undefined) return;
    try {
      this.#log.write(chunk, source);
    } catch {
      this.kill();
    }
  }
}

function errorOf(ending: GroupEnding, tail: string): TaskError {
  const name = 'ShellError';
  const said = tail === '' ? '' : `: ${tail}`;
  switch (ending.is) {
    case 'exited': {
      const { exitCode } = ending;
      return { name, message: `the command ended with exit code ${exitCode}${said}`, exitCode };
    }
    case 'signalled': {
      const { signal } = ending;
      return { name, message: `the command ended with signal ${signal}${said}`, signal };
    }
    case 'not_started': {
      const { why, code } = ending;
      const message = `the command could not be started: ${why}`;
      return { name, message, ...(code === undefined ? {} : { code }) };
    }
    default:
      return impossible(ending);
  }
}
