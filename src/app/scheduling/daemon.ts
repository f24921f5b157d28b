/**
 * Daemon: the triggers of a project come in, queued runs and living runners go out. One of the daemons of a state leads and hosts the
 * loop that decides; the others wait to take over. It imports no code of a user and executes no run.
 */
import type { Clock } from '../../lib/clock.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { isVisible } from '../../store/process-identity.ts';
import type { Processes } from '../../store/processes.ts';
import type { Bell } from './bell.ts';
import type { RunnerPool } from './runner-pool.ts';

/** The loop that decides about ticks, and writes them with their queued runs. */
export interface DecidingLoop {
  /** Settles when every trigger is armed. */
  start(): Promise<void>;
  stop(): void;
  /** Brings the definitions that are valid now into force. */
  changed(): Promise<void>;
}

export interface DaemonOptions {
  readonly processes: Processes;
  /** Number of this process on record. */
  readonly n: number;
  readonly clock: Clock;
  readonly bell: Bell;
  readonly pool: Pick<RunnerPool, 'look'>;
  /** Tells whether the definitions differ from those that were read last. */
  readonly hasChanged: () => Promise<boolean>;
  /** Opens the loop for a leader with this fencing number. */
  readonly openLoop: (epoch: number) => DecidingLoop;
  readonly hear: (news: DaemonNews) => void;
  /** Called after each look that found the state in order and nothing overdue: the daemon makes progress. */
  readonly progress: () => void;
}

export type DaemonNews =
  | { readonly is: 'leads'; readonly epoch: number }
  | { readonly is: 'waits'; readonly leader: string }
  | { readonly is: 'lost_lead' }
  | { readonly is: 'hindered'; readonly error: unknown };

/** Longest sleep of a leader that is alone. */
const IDLE_MS: Milliseconds = 60_000;
/** Sleep while runs are to be begun: a runner may die unseen. */
const BUSY_MS: Milliseconds = 1_000;
/** Sleep of one that waits to take over, so that a death is noticed within ten seconds. */
const WAITING_MS: Milliseconds = 3_000;

export class Daemon {
  readonly #options: DaemonOptions;
  #lead: { readonly epoch: number; readonly loop: DecidingLoop } | undefined;
  #toldLeader: string | undefined;
  /** The definitions are to be read again. */
  #isOutdated = false;

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  /** Settles when `stop` has aborted. What runners execute goes on. */
  async work(stop: AbortSignal): Promise<void> {
    const { bell } = this.#options;
    const ring = (): void => bell.ring();
    stop.addEventListener('abort', ring);
    try {
      while (!stop.aborted) await bell.rung(await this.#look());
    } finally {
      stop.removeEventListener('abort', ring);
      this.#lead?.loop.stop();
    }
  }

  /** Brings the definitions that are valid now into force at the next look, if this daemon leads. */
  reload(): void {
    this.#isOutdated = true;
    this.#options.bell.ring();
  }

  /** Returns how long the daemon may sleep. */
  async #look(): Promise<Milliseconds> {
    try {
      if (!(await this.#leads())) {
        this.#options.progress();
        return WAITING_MS;
      }
      if (this.#isOutdated || (await this.#options.hasChanged())) await this.#redefine();
      const isBusy = this.#options.pool.look();
      this.#options.progress();
      if (isBusy) return BUSY_MS;
      return this.#isWatched() ? WAITING_MS : IDLE_MS;
    } catch (error) {
      this.#options.hear({ is: 'hindered', error });
      return WAITING_MS;
    }
  }

  async #redefine(): Promise<void> {
    this.#isOutdated = false;
    await this.#lead?.loop.changed();
  }

  async #leads(): Promise<boolean> {
    const { processes, n, openLoop, hear } = this.#options;
    processes.beat(n);
    const epoch = processes.lead(n);
    if (epoch !== undefined && epoch === this.#lead?.epoch) return true;
    if (this.#lead !== undefined) {
      this.#lead.loop.stop();
      this.#lead = undefined;
      hear({ is: 'lost_lead' });
    }
    if (epoch === undefined) {
      this.#tellLeader();
      return false;
    }
    hear({ is: 'leads', epoch });
    const loop = openLoop(epoch);
    this.#lead = { epoch, loop };
    await loop.start();
    return true;
  }

  #tellLeader(): void {
    const leader = this.#options.processes.list().find(({ leads }) => leads)?.owner;
    const name = leader === undefined ? 'another daemon' : `${leader.host}:${leader.pid}`;
    if (name === this.#toldLeader) return;
    this.#toldLeader = name;
    this.#options.hear({ is: 'waits', leader: name });
  }

  /** Returns whether a process elsewhere can know only by heartbeats that this one lives. */
  #isWatched(): boolean {
    return this.#options.processes.list().some(({ owner }) => !isVisible(owner));
  }
}
