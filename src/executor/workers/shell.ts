/** Shell tasks: a command in a process group of its own; output to the attempt's log, exit code and text out. */
import type { TaskError } from '../../model/event.ts';
import { impossible } from '../../model/fault.ts';
import { programOf, type Shell, shellArguments } from '../../model/shell.ts';
import type { AttemptLog, LogSource } from '../worker/attempt-log.ts';
import { KeptText } from './kept-text.ts';
import type { CommandGroup } from './command-group.ts';
import type { CommandStarter } from './command-starter.ts';
import type { GroupEnding } from './process-group.ts';
import type { Redaction } from '../worker/redaction.ts';

export interface ShellCommand {
  readonly command: string;
  readonly shell: Shell;
  /** The file of the program of the shell. */
  readonly shellFile: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** The parts that start a command, and that receive its output. */
export interface ShellContext {
  readonly log: AttemptLog;
  readonly redaction: Redaction;
  readonly starter: CommandStarter;
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
  | { readonly is: 'failed'; readonly error: TaskError }
  | { readonly is: 'lost' };

const STDERR_TAIL = 2_000;
/** A command that runs; it is ended with everything that it started. */
export class ShellProcess {
  /** Rejects when the log cannot be written. */
  readonly outcome: Promise<ShellOutcome>;
  readonly #log: AttemptLog;
  readonly #redaction: Redaction;
  readonly #group: CommandGroup;
  readonly #stdout = new KeptText();
  readonly #stderr = new KeptText();

  constructor(
    { command, shell, shellFile, cwd, env }: ShellCommand,
    { log, redaction, starter }: ShellContext,
  ) {
    this.#log = log;
    this.#redaction = redaction;
    const program = {
      command: shellFile,
      argv0: programOf(shell),
      args: shellArguments(shell, command),
      cwd,
      env,
    };
    this.#group = starter.start(program, (piece, source) => this.#hear(piece, source));
    this.outcome = this.#follow();
  }

  terminate(): void {
    this.#group.terminate();
  }

  kill(): void {
    this.#group.kill();
  }

  async #follow(): Promise<ShellOutcome> {
    const [stdout, stderr] = [this.#stdout, this.#stderr];
    try {
      const ending = await this.#group.ended;
      stdout.end();
      stderr.end();
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
      if (ending.is === 'lost') return ending;
      const tail = this.#redaction.text(stderr.text).trimEnd().slice(-STDERR_TAIL);
      return { is: 'failed', error: errorOf(ending, tail) };
    } finally {
      this.#log.close();
    }
  }

  /** Passes a piece on to the log and keeps its text for the result. */
  #hear(piece: Buffer, source: LogSource): void {
    this.#write(piece, source);
    (source === 'stdout' ? this.#stdout : this.#stderr).add(piece);
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
