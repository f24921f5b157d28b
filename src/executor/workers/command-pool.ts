/** Commands: each attempt is a process group of its own. */
import { resolve } from 'node:path';
import type { IoManager } from '../../io/io-manager.ts';
import { keepOutputs } from '../../io/task-outputs.ts';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { KeptOutputs } from '../../model/kept-outputs.ts';
import type { ResultAddress } from '../../model/result.ts';
import { programOf } from '../../model/shell.ts';
import { nameOf } from '../ports/assignment.ts';
import { AttemptLog, foldersFor, type LogPlace } from '../worker/attempt-log.ts';
import type { Timer } from '../../lib/clock.ts';
import {
  crashOf,
  type Job,
  type Placement,
  type JobStopReason,
  type Worker,
  type WorkerListener,
  type WorkerPool,
} from '../ports/worker.ts';
import { ProgramPaths } from './program-path.ts';
import { CommandStarter, type CommandStarterOptions } from './command-starter.ts';
import type { Attempt } from '../ports/workforce.ts';
import type { Session } from '../ports/protocol.ts';
import type { Redaction } from '../worker/redaction.ts';
import { ShellProcess, type ShellOutcome } from './shell.ts';
import { setLongTimeout } from '../../lib/timer.ts';

export interface CommandPoolOptions extends CommandStarterOptions {
  readonly session: Session;
  /** The whole environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  /** Base folder for the relative folders of commands. */
  readonly folder: string;
  readonly io: IoManager;
  readonly redaction: Redaction;
  readonly listener: WorkerListener;
}

export class CommandPool implements WorkerPool {
  readonly #options: CommandPoolOptions;
  readonly #logPlace: LogPlace;
  readonly #running = new Set<CommandWorker>();
  readonly #starter: CommandStarter;
  /** The shells of commands whose PATH is that of every task. */
  readonly #shells: ProgramPaths;
  #isClosed = false;

  constructor(options: CommandPoolOptions) {
    this.#options = options;
    this.#logPlace = { ...options.session, folders: foldersFor(options.session) };
    this.#starter = new CommandStarter(options);
    this.#shells = new ProgramPaths(options.env['PATH']);
  }

  /** Number of running commands. */
  get busy(): number {
    return this.#running.size;
  }

  accepts({ input }: Job): boolean {
    return input.is === 'command';
  }

  place(job: Job): Placement {
    const { attempt, input } = job;
    const { work } = attempt.task;
    if (work.is !== 'shell' || input.is !== 'command')
      throw new Fault('DP9001', `a ${work.is} was started as a command`);
    const { shell, cwd } = work;
    const { folder, redaction, listener } = this.#options;
    const worker = new CommandWorker();
    this.#running.add(worker);
    const send = (): void => {
      const log = new AttemptLog(this.#logPlace, nameOf(attempt), redaction);
      const env = { ...this.#options.env, ...input.env };
      const program = programOf(shell);
      const shellFile = 'PATH' in input.env ? program : this.#shells.of(program);
      const process = new ShellProcess(
        { command: input.command, shell, shellFile, cwd: resolve(folder, cwd), env },
        { log, redaction, starter: this.#starter },
      );
      worker.take(process);
      this.#await(job, worker, process.outcome).catch((error: unknown) => listener.failed(error));
    };
    return { worker, begins: true, send };
  }

  /** Kills the commands that still run, and waits until they have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const worker of this.#running) worker.kill();
    await Promise.all([...this.#running].map((worker) => worker.gone()));
    this.#running.clear();
    await this.#starter.close();
  }

  async #await(
    { token, attempt, resultId }: Job,
    worker: CommandWorker,
    outcome: Promise<ShellOutcome>,
  ): Promise<void> {
    const ended = await outcome;
    this.#running.delete(worker);
    if (this.#isClosed) return;
    const { io, session, listener } = this.#options;
    if (ended.is === 'lost') {
      listener.ended(token, crashOf({ is: 'exit', message: LOST, atStart: false }));
      return;
    }
    if (ended.is === 'failed') {
      const failure = { reason: 'failed', retryable: true } as const;
      listener.ended(token, { is: 'failed', failure, error: ended.error });
      return;
    }
    const address = { run: session.run, task: attempt.task.name, id: resultId };
    const { ref: output, inline } = await io.save(address, ended.output);
    const carried = inline === undefined ? {} : { inline };
    const outputs = await this.#keepOutputs(attempt, address);
    listener.ended(token, { is: 'succeeded', output, ...carried, ...(outputs && { outputs }) });
  }

  /** Keeps the files that belong to the result before another task can alter them. */
  async #keepOutputs(
    { task: { work, settings } }: Attempt,
    address: ResultAddress,
  ): Promise<KeptOutputs | undefined> {
    if (work.is !== 'shell' || work.outputs === undefined || settings.cache === false)
      return undefined;
    const { io, session, folder } = this.#options;
    const state = session.logs.stateFolder;
    const of = { patterns: work.outputs, folder, root: session.root, state };
    return keepOutputs(io, { ...address, id: `${address.id}.files` }, of);
  }
}

const LOST = 'the process of dp that had started the command is gone, and the command with it';

class CommandWorker implements Worker {
  readonly number = 0;
  readonly isServing = true;
  /** Undefined until the job is sent. */
  #command: ShellProcess | undefined;
  /** Request to stop that came before the command had begun. */
  #asked: 'terminate' | 'kill' | undefined;

  take(command: ShellProcess): void {
    this.#command = command;
    if (this.#asked !== undefined) command[this.#asked]();
  }

  /** Sends SIGTERM immediately, so that the command has the whole grace to clean up, and SIGKILL after it. */
  stop(_job: Job, _why: JobStopReason, graceMs: Milliseconds): Timer {
    this.#ask('terminate');
    return setLongTimeout(() => this.kill(), graceMs);
  }

  kill(): void {
    this.#ask('kill');
  }

  #ask(what: 'terminate' | 'kill'): void {
    this.#asked = what;
    this.#command?.[what]();
  }

  /** Resolves when no process is left; its outcome is reported elsewhere. */
  async gone(): Promise<void> {
    await this.#command?.outcome.catch(() => undefined);
  }
}
