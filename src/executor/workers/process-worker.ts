/** A worker process, on dp's side: it runs one attempt at a time, in a process group of its own. */
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TaskError } from '../../model/event.ts';
import type { Mebibytes, Milliseconds } from '../../model/ids.ts';
import { AttemptLog, foldersFor, type LogSource } from '../worker/attempt-log.ts';
import type { Timer } from '../../lib/clock.ts';
import type { Job, ProcessEntry, JobStopReason, Worker, WorkerDeath } from '../ports/worker.ts';
import { nameOf } from '../ports/assignment.ts';
import {
  type Assignment,
  type FromWatchdog,
  type FromWorker,
  type Session,
  type ToProcess,
  WATCHDOG_FD,
} from '../ports/protocol.ts';
import { CHANNEL_FD, ProcessChannel } from '../ports/process-channel.ts';
import { ProcessGroup, type GroupEnding } from './process-group.ts';
import type { Redaction } from '../worker/redaction.ts';
import { setLongTimeout } from '../../lib/timer.ts';

export interface ProcessWorkerOptions {
  readonly number: number;
  readonly entry: ProcessEntry;
  readonly cwd: string;
  readonly memoryMiB: Mebibytes | null;
  /** The whole environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  readonly session: Session;
  readonly redaction: Redaction;
  readonly heard: (message: FromWorker | FromWatchdog) => void;
}

/** Characters kept of the end of stderr: V8's message about a full heap, and the native stack that follows. */
const STDERR_TAIL = 16_384;

const FOREIGN = `something in the process wrote to descriptor ${CHANNEL_FD}, which dp uses to communicate with it`;

export class ProcessWorker implements Worker {
  readonly number: number;
  /** Settles when the process is gone, with all its group. */
  readonly death: Promise<WorkerDeath>;
  readonly #options: ProcessWorkerOptions;
  readonly #group: ProcessGroup;
  readonly #channel: ProcessChannel | undefined;
  #log: AttemptLog | undefined;
  /** Settles when the last answer is passed on. */
  #answered: Promise<void> = Promise.resolve();
  #isServing = false;
  #isKilled = false;
  #isForeign = false;
  #uncaught: TaskError | undefined;
  #memory: (FromWatchdog & { is: 'out_of_memory' }) | undefined;
  #stderr = '';

  constructor(options: ProcessWorkerOptions) {
    this.#options = options;
    this.number = options.number;
    const { entry, cwd, session, memoryMiB } = options;
    this.#group = new ProcessGroup({
      command: entry.command,
      args: entry.args,
      cwd,
      env: this.#env(),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    });
    this.#channel = this.#open();
    this.death = this.#end();
    this.#listen();
    const { watchdogFile } = entry;
    this.#send({ is: 'serve', session, parent: process.pid, memoryMiB, watchdogFile });
  }

  get isServing(): boolean {
    return this.#isServing;
  }

  /** Attributes the output of the process to this attempt from now on. */
  take({ attempt }: Job): void {
    const { session, redaction } = this.#options;
    const place = { ...session, folders: foldersFor(session) };
    this.#log = new AttemptLog(place, nameOf(attempt), redaction);
    this.#stderr = '';
  }

  carryOut(assignment: Assignment): void {
    this.#send(assignment);
  }

  stop({ token }: Job, why: JobStopReason, graceMs: Milliseconds): Timer {
    this.#send({ is: 'abort', token, reason: why === 'timed_out' ? 'timed out' : 'cancelled' });
    return setLongTimeout(() => this.kill(), graceMs);
  }

  kill(): void {
    this.#isKilled = true;
    this.#group.kill();
  }

  /** A process that has just died hears nothing: its death is told. */
  #send(message: ToProcess): void {
    this.#channel?.send(message);
  }

  #env(): Record<string, string> {
    const { env, memoryMiB } = this.#options;
    if (memoryMiB === null) return { ...env };
    const options = [env['NODE_OPTIONS'], `--max-old-space-size=${memoryMiB}`];
    return { ...env, NODE_OPTIONS: options.filter((option) => option !== undefined).join(' ') };
  }

  #open(): ProcessChannel | undefined {
    // A cast: stdio says that it is a pipe both ways. There is none when the process was not started.
    const socket = this.#group.leader?.stdio[CHANNEL_FD] as Socket | null | undefined;
    if (socket === null || socket === undefined) return undefined;
    return new ProcessChannel(socket, {
      // A cast: a worker of this dp is at the other end.
      heard: (message) => this.#hear(message as FromWorker),
      ended: (why) => {
        this.#isForeign = why === 'foreign';
        this.#group.kill();
      },
    });
  }

  #hear(message: FromWorker): void {
    if (message.is === 'serving') this.#isServing = true;
    if (message.is === 'crashed') this.#uncaught = message.error;
    if (message.is === 'succeeded' || message.is === 'failed')
      this.#answered = this.#passOn(message);
    else this.#options.heard(message);
  }

  #listen(): void {
    const { leader } = this.#group;
    leader?.stdout?.on('data', (chunk: Buffer) => this.#keep(chunk, 'stdout'));
    leader?.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-STDERR_TAIL);
      this.#keep(chunk, 'stderr');
    });
    // A cast: stdio says that it is a pipe to read from. There is none when the process was not started.
    onLine(leader?.stdio?.[WATCHDOG_FD] as Readable | undefined, (line) => {
      const message = watchdogMessage(line);
      if (message === undefined) {
        this.#keep(Buffer.from(`${line}\n`), 'stderr');
        return;
      }
      if (message.is === 'out_of_memory') this.#memory = message;
      this.#options.heard(message);
    });
  }

  /** An answer may overtake what was printed before it, which is in the pipes by then: they are read first. */
  async #passOn(answer: FromWorker): Promise<void> {
    await nextTurn();
    await nextTurn();
    this.#log?.close();
    // An attempt whose output is lost has not succeeded: the end of its process tells why.
    if (this.#log?.failure === undefined) this.#options.heard(answer);
    else this.#group.kill();
  }

  /** Receives output that does not pass `process.stdout` and `process.stderr`: that of native code, of processes of the task, of V8. */
  #keep(chunk: Buffer, source: LogSource): void {
    if (this.#log?.failure !== undefined) return;
    try {
      this.#log?.write(chunk, source);
    } catch {
      this.#group.kill();
    }
  }

  async #end(): Promise<WorkerDeath> {
    const ending = await this.#group.ended;
    await this.#answered;
    this.#log?.close();
    return { ...this.#causeOf(ending), atStart: !this.#isServing };
  }

  #causeOf(ending: GroupEnding): Omit<WorkerDeath, 'atStart'> {
    if (ending.is === 'not_started')
      return { is: 'exit', message: `the process of the task could not be started: ${ending.why}` };
    if (this.#isKilled) return { is: 'killed', message: 'stopped by dp' };
    const unwritten = this.#log?.failure;
    if (unwritten !== undefined) return { is: 'uncaught', message: unwritten.message };
    if (this.#isForeign) return { is: 'uncaught', message: FOREIGN };
    const memory = this.#outOfMemory(ending);
    if (memory !== undefined) return { is: 'out_of_memory', message: memory };
    if (this.#uncaught !== undefined)
      return { is: 'uncaught', message: this.#uncaught.message, finalError: this.#uncaught };
    if (ending.is === 'signalled') {
      const { signal } = ending;
      return { is: 'signal', message: `the process of the task was ended by ${signal}`, signal };
    }
    const { exitCode } = ending;
    return {
      is: 'exit',
      message: `the task ended its process with exit code ${exitCode}`,
      exitCode,
    };
  }

  #outOfMemory(ending: GroupEnding): string | undefined {
    const { memoryMiB } = this.#options;
    if (this.#memory !== undefined)
      return `the process used ${this.#memory.usedMiB} MiB, and may use ${memoryMiB} MiB`;
    // V8 aborts when its heap is full, as `process.abort()` does; what it says is the only difference.
    const isAborted = ending.is === 'signalled' && ending.signal === 'SIGABRT';
    if (!isAborted || !/^FATAL ERROR: .*out of memory/m.test(this.#stderr)) return undefined;
    const limit = memoryMiB === null ? '' : ` of ${memoryMiB} MiB`;
    return `the process reached the limit${limit} of its heap`;
  }
}

/** Returns undefined for a line that somebody else in the process wrote to the watchdog's descriptor, as native code may do. */
function watchdogMessage(line: string): FromWatchdog | undefined {
  try {
    // The cast is safe: the fields are checked below.
    const message = JSON.parse(line) as Partial<Record<string, unknown>> | null;
    const { is, token, usedMiB } = message ?? {};
    if (is === 'silent' && typeof token === 'number') return { is, token };
    if (is === 'out_of_memory' && typeof usedMiB === 'number') return { is, usedMiB };
  } catch {
    // It is no JSON.
  }
  return undefined;
}

/** Characters of a line; a longer one is passed on in parts. */
const LONGEST_LINE = 65_536;

function onLine(stream: Readable | undefined, heard: (line: string) => void): void {
  let begun = '';
  stream?.setEncoding('utf8');
  stream?.on('data', (piece: string) => {
    const lines = (begun + piece).split('\n');
    begun = lines.pop() ?? '';
    if (begun.length > LONGEST_LINE) {
      lines.push(begun);
      begun = '';
    }
    for (const line of lines) heard(line);
  });
}
