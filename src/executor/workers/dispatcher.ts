/**
 * Dispatcher: units with their arguments come in, attempts go to crews, outcomes go out.
 * It knows what is under way and for how long, stops what takes too long, and says what that comes to.
 * It never decides what happens next, and records nothing.
 */
import type { IoManager } from '../../io/io-manager.ts';
import { Waiting } from '../../io/waiting.ts';
import type { TaskError } from '../../model/event.ts';
import type { Milliseconds, RunId, Seconds } from '../../model/ids.ts';
import { resultIdOf } from '../ports/assignment.ts';
import type { Timer } from '../../lib/clock.ts';
import { CommandCrew } from './command-crew.ts';
import type { CrewListener, Order, Placed, Station, ProcessEntry } from '../ports/crew.ts';
import { PipelineCrew } from './pipeline-crew.ts';
import { ProcessCrew } from './process-crew.ts';
import type { Argument, Session } from '../ports/protocol.ts';
import type { Redaction } from '../worker/redaction.ts';
import type { Sharer, SharedJobs } from '../queue/shared-jobs.ts';
import type { Subruns } from '../ports/subruns.ts';
import { timeoutError } from '../worker/task-error.ts';
import { ThreadCrew } from './thread-crew.ts';
import type { Threads } from './threads.ts';
import { setLongTimeout } from '../../lib/timer.ts';
import type { Attempt, Given, Outcome, Workforce, WorkforceListener } from '../ports/workforce.ts';

export interface DispatcherOptions {
  readonly jobs: number;
  /** Places for as much work, of which other runs may hold some. */
  readonly sharedJobs: SharedJobs;
  readonly subruns: Subruns;
  readonly graceMs: Milliseconds;
  /** Which holder of the run this is: part of the names of its results. */
  readonly epoch: number;
  readonly threads: Threads;
  readonly processEntry: () => ProcessEntry;
  readonly session: Session;
  /** The whole environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  /** Where commands start. */
  readonly folder: string;
  readonly io: IoManager;
  readonly redaction: Redaction;
  readonly listener: WorkforceListener;
}

interface Live extends Order {
  readonly station: Station;
  /** By `performance.now()`; undefined while it waits in a thread's line. */
  begunAt?: Milliseconds;
  /** Why it is being stopped; its answer no longer counts as it is. */
  stopping?: Stop;
  readonly timers: Timer[];
  /** When to look for a sign of life next. */
  nextLook?: Timer;
}

type Stop =
  | { readonly is: 'cancelled' }
  | { readonly is: 'timed_out'; readonly error: TaskError; readonly retryable: boolean };

export class Dispatcher implements Workforce {
  readonly #options: DispatcherOptions;
  readonly #threads: ThreadCrew;
  readonly #processes: ProcessCrew;
  readonly #commands: CommandCrew;
  readonly #pipelines: PipelineCrew;
  readonly #sharer: Sharer;
  readonly #live = new Map<number, Live>();
  #tokens = 0;
  #workers = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const { jobs: size, threads, processEntry: entry } = options;
    const { session, env, folder, io, redaction } = options;
    const nextNumber = (): number => ++this.#workers;
    const listener = this.#hearing();
    const common = { session, env, folder, redaction, nextNumber, listener };
    this.#threads = new ThreadCrew({ ...common, size, threads });
    this.#processes = new ProcessCrew({ ...common, size, entry });
    this.#commands = new CommandCrew({ ...common, io });
    const { subruns, sharedJobs } = options;
    this.#pipelines = new PipelineCrew({ run: session.run, subruns, io, listener });
    const busy = (): number => this.#threads.busy + this.#processes.busy + this.#commands.busy;
    const wake = (): void => options.listener.roomLeft();
    this.#sharer = {
      get busy() {
        return busy();
      },
      wake,
    };
    sharedJobs.join(this.#sharer);
  }

  get isIdle(): boolean {
    return this.#live.size === 0;
  }

  get room(): 'now' | 'ahead' | 'none' {
    if (this.#options.sharedJobs.hasRoom) return 'now';
    return this.#threads.hasRoomAhead ? 'ahead' : 'none';
  }

  startFunction(attempt: Attempt, given: Given): () => void {
    if (attempt.task.settings.isolation === 'process')
      return this.#start(attempt, (order) => this.#processes.place(order, given));
    const ahead = this.room === 'ahead';
    const isLive =
      given.stream !== undefined || Object.values(given.named).some(({ is }) => is === 'live');
    const more = isLive ? { waiting: new Waiting() } : {};
    return this.#start(attempt, (order) => this.#threads.place(order, given, ahead), more);
  }

  startCommand(
    attempt: Attempt,
    command: string,
    env: Readonly<Record<string, string>>,
  ): () => void {
    return this.#start(attempt, (order) => this.#commands.place(order, command, env));
  }

  expire(attempt: Attempt, error: TaskError): void {
    for (const live of this.#live.values()) {
      if (live.attempt === attempt) this.#stop(live, { is: 'timed_out', error, retryable: false });
    }
  }

  startPipeline(
    attempt: Attempt,
    named: Readonly<Record<string, Argument>>,
    childRunId: RunId,
  ): () => void {
    return this.#start(attempt, (order) => this.#pipelines.place(order, named, childRunId));
  }

  recallAll(): void {
    this.#threads.recallAll();
  }

  stop(attempt: Attempt): void {
    for (const live of this.#live.values())
      if (live.attempt === attempt) this.#stop(live, { is: 'cancelled' });
  }

  stopAll(how: 'drain' | 'kill'): void {
    for (const live of this.#live.values()) {
      if (how === 'drain') this.#stop(live, { is: 'cancelled' });
      else {
        live.stopping = { is: 'cancelled' };
        live.station.kill();
      }
    }
  }

  async close(): Promise<void> {
    for (const live of this.#live.values()) this.#forget(live);
    this.#commands.close();
    const crews = [this.#threads, this.#processes, this.#pipelines];
    await Promise.all(crews.map((crew) => crew.close()));
    this.#options.sharedJobs.leave(this.#sharer);
  }

  #start(
    attempt: Attempt,
    place: (order: Order) => Placed,
    more: Pick<Order, 'waiting'> = {},
  ): () => void {
    const token = ++this.#tokens;
    const order = { token, attempt, resultId: resultIdOf(attempt, this.#options.epoch), ...more };
    const { station, begins, send } = place(order);
    const live: Live = { ...order, station, timers: [] };
    this.#live.set(token, live);
    if (begins) this.#begin(live);
    return send;
  }

  #begin(live: Live): void {
    if (live.begunAt !== undefined) return;
    live.begunAt = performance.now();
    const { attempt, token, station } = live;
    this.#options.listener.begun(attempt, token, station.worker);
    if (station.isServing) this.#limitTime(live);
  }

  /** From when its worker has started up. */
  #limitTime(live: Live): void {
    const { timeout, heartbeat } = live.attempt.task.settings;
    if (timeout !== null) this.#limitOwnTime(live, timeout);
    if (heartbeat === null) return;
    live.station.pulse?.beat();
    this.#awaitSign(live, heartbeat * 1000);
  }

  /** What it waits for the other side of a live stream is not its time. */
  #limitOwnTime(live: Live, timeout: Seconds): void {
    const began = performance.now();
    const look = (afterMs: Milliseconds): void => {
      const timer = setLongTimeout(() => {
        const waitedMs = live.waiting?.elapsed ?? 0;
        const leftMs = waitedMs === 0 ? 0 : timeout * 1000 - (performance.now() - began - waitedMs);
        if (leftMs > 0) return look(leftMs);
        const error = timeoutError('DP6002', `did not end within its timeout of ${timeout} s`);
        this.#stop(live, { is: 'timed_out', error, retryable: true });
      }, afterMs);
      live.timers.push(timer);
    };
    look(timeout * 1000);
  }

  /**
   * The worker itself notes its signs of life: that this thread was busy and looks late hurts nobody.
   * An attempt that waits for the other side of a live stream is not the one that is silent.
   */
  #awaitSign(live: Live, limitMs: Milliseconds, waitedBeforeMs: Milliseconds = 0): void {
    const { pulse } = live.station;
    if (pulse === undefined) return;
    const waitedMs = live.waiting?.elapsed ?? 0;
    const silentMs = waitedMs > waitedBeforeMs ? 0 : pulse.silentMs;
    const look = (): void => this.#awaitSign(live, limitMs, waitedMs);
    if (silentMs >= limitMs) this.#silent(live);
    else live.nextLook = setLongTimeout(look, limitMs - silentMs);
  }

  #silent(live: Live): void {
    const { heartbeat } = live.attempt.task.settings;
    const error = timeoutError('DP6012', `gave no sign of life for ${heartbeat} s`);
    this.#stop(live, { is: 'timed_out', error, retryable: true });
  }

  // --- What crews say -----------------------------------------------------------------------------

  #hearing(): CrewListener {
    const { listener } = this.#options;
    const about = (token: number, act: (live: Live) => void): void => {
      const live = this.#live.get(token);
      if (live === undefined) return;
      try {
        act(live);
      } catch (error) {
        listener.failed(error);
      }
    };
    return {
      begun: (token) => about(token, (live) => this.#begin(live)),
      served: (token) => about(token, (live) => this.#limitTime(live)),
      said: (token, message) =>
        about(token, ({ attempt }) => {
          if (message.is === 'progress') listener.progressed(attempt, message.done, message.total);
          else listener.published(attempt, message.topic, message.data);
        }),
      silent: (token) => about(token, (live) => this.#silent(live)),
      ended: (token, outcome, durationMs) =>
        about(token, (live) => {
          this.#forget(live);
          const verdict = verdictOn(live, outcome);
          listener.answered(live.attempt, verdict, durationMs ?? sinceBegin(live));
        }),
      takenBack: (token) =>
        about(token, (live) => {
          this.#forget(live);
          listener.takenBack(live.attempt, live.begunAt !== undefined);
        }),
      failed: (error) => listener.failed(error),
    };
  }

  #forget({ token, timers, nextLook }: Live): void {
    nextLook?.clear();
    for (const timer of timers) timer.clear();
    this.#live.delete(token);
    this.#options.sharedJobs.left(this.#sharer);
  }

  /** Asks an attempt to end; after the grace it is ended. */
  #stop(live: Live, why: Stop): void {
    if (live.stopping !== undefined) return;
    live.stopping = why;
    live.timers.push(live.station.stop(live, why.is, this.#options.graceMs));
  }
}

/** What was asked to stop counts as stopped, whatever it answers; only a success before a cancel still counts. */
function verdictOn({ stopping }: Live, answer: Outcome): Outcome {
  if (stopping === undefined) return answer;
  if (stopping.is === 'cancelled') return answer.is === 'succeeded' ? answer : { is: 'cancelled' };
  const { error, retryable } = stopping;
  return { is: 'failed', failure: { reason: 'timed_out', retryable }, error };
}

const sinceBegin = ({ begunAt }: Live): Milliseconds =>
  performance.now() - (begunAt ?? performance.now());
