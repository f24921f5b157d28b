/** Shell tasks: a command in a process group of its own; output to the attempt's log, exit code and text out. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { TaskError } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { AttemptLog, LogSource } from '../worker/attempt-log.ts';
import type { LastWill } from './last-will.ts';
import type { Redaction } from '../worker/redaction.ts';

export interface ShellCommand {
  readonly command: string;
  readonly shell: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Who hears what of a command. */
export interface ShellHearers {
  readonly log: AttemptLog;
  readonly redaction: Redaction;
  readonly lastWill: LastWill;
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
/** What is still in the pipes when the command has ended is read at once; longer waits only for what escaped its group. */
const PIPES_CLOSE_MS = 500;

/** A command that runs: `stop` ends the whole group, politely first. */
export class ShellProcess {
  /** Rejects when the log cannot be written. */
  readonly outcome: Promise<ShellOutcome>;
  readonly #log: AttemptLog;
  readonly #redaction: Redaction;
  readonly #lastWill: LastWill;
  #child: ChildProcess | undefined;
  #isStopping = false;
  #cannotLog: unknown;

  constructor(command: ShellCommand, hearers: ShellHearers) {
    this.#log = hearers.log;
    this.#redaction = hearers.redaction;
    this.#lastWill = hearers.lastWill;
    this.outcome = this.#run(command);
  }

  /** SIGTERM to the group, SIGKILL after the grace. */
  stop(graceMs: Milliseconds): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#signal('SIGTERM');
    const timer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    timer.unref();
    this.#child?.once('close', () => clearTimeout(timer));
  }

  kill(): void {
    this.#isStopping = true;
    this.#signal('SIGKILL');
  }

  #signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // The group may be gone already (a Mac says EPERM while its dead are not buried): that is what was wanted.
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ESRCH' && code !== 'EPERM') throw error;
    }
  }

  async #run(command: ShellCommand): Promise<ShellOutcome> {
    try {
      // A group of its own, so that what the command starts dies with it.
      const child = spawn(command.shell, ['-c', command.command], {
        cwd: command.cwd,
        env: command.env,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      this.#child = child;
      const { pid } = child;
      if (pid !== undefined) this.#lastWill.began(pid);
      const ending = ended(child);
      // Where no file can be opened any more Node makes no pipes, and says why a moment later.
      if (!hasPipes(child)) await ending;
      const stdout = this.#keep(child.stdout, 'stdout');
      const stderr = this.#keep(child.stderr, 'stderr');
      // What the command left running in its group would outlive the task unseen.
      child.once('exit', () => {
        this.#signal('SIGKILL');
        if (pid !== undefined) this.#lastWill.ended(pid);
      });
      const how = await ending;
      if (this.#cannotLog !== undefined) throw logFault(this.#cannotLog);
      return this.#outcomeOf(how, stdout, stderr);
    } catch (error) {
      if (error instanceof Fault) throw error;
      return notStarted(error as NodeJS.ErrnoException, command);
    } finally {
      this.#log.close();
    }
  }

  #outcomeOf({ exitCode, signal }: Ending, stdout: KeptText, stderr: KeptText): ShellOutcome {
    if (exitCode === 0) {
      const truncated = stdout.isCut || stderr.isCut;
      return {
        is: 'succeeded',
        output: { exitCode, stdout: stdout.text, stderr: stderr.text, truncated },
      };
    }
    const how = signal === null ? `exit code ${exitCode}` : `signal ${signal}`;
    const tail = this.#redaction.text(stderr.text).trimEnd().slice(-STDERR_TAIL);
    const message = `the command ended with ${how}${tail === '' ? '' : `: ${tail}`}`;
    const error = { name: 'ShellError', message };
    return {
      is: 'failed',
      error: signal === null ? { ...error, exitCode: exitCode ?? -1 } : { ...error, signal },
    };
  }

  /** Passes a stream on to the log and keeps its text for the result. */
  #keep(stream: Readable, source: LogSource): KeptText {
    const decoder = new StringDecoder('utf8');
    const kept: KeptText = { text: '', isCut: false };
    stream.on('data', (chunk: Buffer) => {
      this.#write(chunk, source);
      if (kept.text.length < KEPT_CHARACTERS) kept.text += decoder.write(chunk);
      else kept.isCut = true;
    });
    stream.once('close', () => (kept.text += decoder.end()));
    return kept;
  }

  #write(chunk: Buffer, source: LogSource): void {
    if (this.#cannotLog !== undefined) return;
    try {
      this.#log.write(chunk, source);
    } catch (error) {
      this.#cannotLog = error;
      this.kill();
    }
  }
}

interface KeptText {
  text: string;
  isCut: boolean;
}

interface Ending {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

const hasPipes = ({ stdout }: Pick<ChildProcess, 'stdout'>): boolean => Boolean(stdout);

/** Settles when the command has ended and its pipes are read; a daemon that took them along is not waited for. */
function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout;
    child.once('error', reject);
    child.once('exit', () => {
      timer = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
      }, PIPES_CLOSE_MS);
    });
    child.once('close', (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ exitCode, signal });
    });
  });
}

function notStarted(error: NodeJS.ErrnoException, { cwd }: ShellCommand): ShellOutcome {
  const { code } = error;
  // Node reports a missing folder as a missing shell.
  const why = code === 'ENOENT' && !existsSync(cwd) ? `there is no folder ${cwd}` : error.message;
  return {
    is: 'failed',
    error: {
      name: 'ShellError',
      message: `the command could not be started: ${why}`,
      ...(code === undefined ? {} : { code }),
    },
  };
}

function logFault(cause: unknown): Fault {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new Fault('DP8002', `the log of a command cannot be written: ${reason}`, { cause });
}
