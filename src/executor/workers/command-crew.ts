/** Commands: each attempt is a process group of its own. */
import { resolve } from 'node:path';
import type { IoManager } from '../../io/io-manager.ts';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { nameOf } from '../ports/assignment.ts';
import { AttemptLog } from '../worker/attempt-log.ts';
import type { Timer } from '../../lib/clock.ts';
import type { CrewListener, Order, Placed, Station } from '../ports/crew.ts';
import { LastWill } from './last-will.ts';
import type { Session } from '../ports/protocol.ts';
import type { Redaction } from '../worker/redaction.ts';
import { ShellProcess, type ShellOutcome } from './shell.ts';
import { setLongTimeout } from '../../lib/timer.ts';

export interface CommandCrewOptions {
  readonly session: Session;
  /** The whole environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  /** Where commands start. */
  readonly folder: string;
  readonly io: IoManager;
  readonly redaction: Redaction;
  readonly listener: CrewListener;
}

export class CommandCrew {
  readonly #options: CommandCrewOptions;
  readonly #running = new Set<CommandStation>();
  readonly #lastWill = new LastWill();
  #isClosed = false;

  constructor(options: CommandCrewOptions) {
    this.#options = options;
  }

  /** Commands under way. */
  get busy(): number {
    return this.#running.size;
  }

  /** `env` comes on top of what every task sees. */
  place(order: Order, command: string, env: Readonly<Record<string, string>>): Placed {
    const { task } = order.attempt;
    if (task.work.is !== 'shell') throw new Fault('DP9001', 'a function was started as a command');
    const { shell, cwd } = task.work;
    const { session, folder, redaction, listener } = this.#options;
    const station = new CommandStation();
    this.#running.add(station);
    const send = (): void => {
      const log = new AttemptLog(session, nameOf(order.attempt), redaction);
      const whole = { ...this.#options.env, ...env };
      const process = new ShellProcess(
        { command, shell, cwd: resolve(folder, cwd), env: whole },
        { log, redaction, lastWill: this.#lastWill },
      );
      station.process = process;
      this.#await(order, station, process.outcome).catch((error: unknown) =>
        listener.failed(error),
      );
    };
    return { station, begins: true, send };
  }

  /** Kills what still runs. */
  close(): void {
    this.#isClosed = true;
    for (const station of this.#running) station.kill();
    this.#lastWill.close();
  }

  async #await(
    { token, attempt, resultId }: Order,
    station: CommandStation,
    outcome: Promise<ShellOutcome>,
  ): Promise<void> {
    const ended = await outcome;
    this.#running.delete(station);
    if (this.#isClosed) return;
    const { io, session, listener } = this.#options;
    if (ended.is === 'failed') {
      const failure = { reason: 'failed', retryable: true } as const;
      listener.ended(token, { is: 'failed', failure, error: ended.error });
      return;
    }
    const address = { run: session.run, task: attempt.task.name, id: resultId };
    const { ref: output, inline } = await io.save(address, ended.output);
    const carried = inline === undefined ? {} : { inline };
    listener.ended(token, { is: 'succeeded', output, ...carried });
  }
}

/** Between SIGTERM and SIGKILL, for a command whose grace is over. */
const TERM_MS = 1_000;

class CommandStation implements Station {
  readonly worker = 0;
  readonly isServing = true;
  /** Undefined until it is sent. */
  process: ShellProcess | undefined;

  /** A command cannot be told that it is cancelled without being ended: its grace comes first. */
  stop(_order: Order, why: 'timed_out' | 'cancelled', graceMs: Milliseconds): Timer {
    if (why === 'cancelled') return setLongTimeout(() => this.process?.stop(TERM_MS), graceMs);
    this.process?.stop(graceMs);
    return { clear: () => undefined };
  }

  kill(): void {
    this.process?.kill();
  }
}
