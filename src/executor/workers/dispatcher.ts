/**
 * Dispatcher: attempts with what they start with come in, jobs go to the pools of workers, outcomes go out.
 * It knows what is under way and for how long, stops what takes too long, and says what that comes to.
 * It never decides what happens next, and records nothing.
 */
import { Waiting } from '../../io/waiting.ts';
import type { TaskError } from '../../model/event.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import { resultIdOf } from '../ports/assignment.ts';
import type { Timer } from '../../lib/clock.ts';
import type { Job, JobInput, Worker, WorkerListener, WorkerPool } from '../ports/worker.ts';
import type { Argument } from '../ports/protocol.ts';
import type { Sharer, SharedJobs } from '../queue/shared-jobs.ts';
import { Fault } from '../../model/fault.ts';
import { limitTime, silenceError } from './time-limits.ts';
import { openWorkerPools, type WorkerPoolsOptions } from './worker-pools.ts';
import type {
  Attempt,
  FunctionInput,
  AttemptOutcome,
  Wait,
  Workforce,
  WorkforceListener,
} from '../ports/workforce.ts';

export interface DispatcherOptions extends Omit<
  WorkerPoolsOptions,
  'size' | 'nextNumber' | 'listener'
> {
  readonly jobs: number;
  /** Job slots, some of which other runs may hold. */
  readonly sharedJobs: SharedJobs;
  readonly graceMs: Milliseconds;
  /** Number of this holder of the run: part of the names of its results. */
  readonly epoch: number;
  readonly listener: WorkforceListener;
}

/** A job that is running, or waits in the queue of a worker. */
interface PlacedJob extends Job {
  readonly worker: Worker;
  /** Start by `performance.now()`; undefined while the job waits in a queue. */
  begunAt?: Milliseconds;
  /** The reason why it is being stopped; its answer no longer counts as it is. */
  stopping?: StopCause;
  /** Timers of its time limits and of the grace. */
  readonly timers: Timer[];
}

type StopCause =
  | { readonly is: 'cancelled' }
  | { readonly is: 'timed_out'; readonly error: TaskError; readonly retryable: boolean };

export class Dispatcher implements Workforce {
  readonly #options: DispatcherOptions;
  readonly #pools: readonly WorkerPool[];
  readonly #sharer: Sharer;
  readonly #placed = new Map<number, PlacedJob>();
  #tokens = 0;
  #workers = 0;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const pools = openWorkerPools({
      ...options,
      size: options.jobs,
      nextNumber: () => ++this.#workers,
      listener: this.#listener(),
    });
    this.#pools = pools;
    this.#sharer = {
      get busy() {
        return pools.reduce((sum, { busy }) => sum + busy, 0);
      },
      wake: () => options.listener.roomLeft(),
    };
    options.sharedJobs.join(this.#sharer);
  }

  get isIdle(): boolean {
    return this.#placed.size === 0;
  }

  get room(): 'now' | 'ahead' | 'none' {
    if (this.#options.sharedJobs.hasRoom) return 'now';
    return this.#pools.some(({ hasRoomAhead }) => hasRoomAhead) ? 'ahead' : 'none';
  }

  startFunction(attempt: Attempt, given: FunctionInput): () => void {
    return this.#start(attempt, { is: 'function', given });
  }

  startCommand(
    attempt: Attempt,
    command: string,
    env: Readonly<Record<string, string>>,
  ): () => void {
    return this.#start(attempt, { is: 'command', command, env });
  }

  startPipeline(
    attempt: Attempt,
    named: Readonly<Record<string, Argument>>,
    childRunId: RunId,
  ): () => void {
    return this.#start(attempt, { is: 'pipeline', named, childRunId });
  }

  startWait(attempt: Attempt, wait: Wait): () => void {
    return this.#start(attempt, { is: 'wait', wait });
  }

  expire(attempt: Attempt, error: TaskError): void {
    this.#stopAttempt(attempt, { is: 'timed_out', error, retryable: false });
  }

  stop(attempt: Attempt): void {
    this.#stopAttempt(attempt, { is: 'cancelled' });
  }

  stopAll(how: 'drain' | 'kill'): void {
    for (const job of this.#placed.values()) {
      if (how === 'drain') this.#stop(job, { is: 'cancelled' });
      else {
        job.stopping = { is: 'cancelled' };
        job.worker.kill();
      }
    }
  }

  recallAll(): void {
    for (const pool of this.#pools) pool.recallAll?.();
  }

  async close(): Promise<void> {
    for (const job of this.#placed.values()) this.#forget(job);
    await Promise.all(this.#pools.map((pool) => pool.close()));
    this.#options.sharedJobs.leave(this.#sharer);
  }

  #start(attempt: Attempt, input: JobInput): () => void {
    const token = ++this.#tokens;
    const waiting = isLive(input) ? { waiting: new Waiting() } : {};
    const job: Job = {
      token,
      attempt,
      input,
      resultId: resultIdOf(attempt, this.#options.epoch),
      ...waiting,
    };
    const pool = this.#pools.find((candidate) => candidate.accepts(job));
    if (pool === undefined) throw new Fault('DP9001', `no worker carries out a ${input.is}`);
    const { worker, begins, send } = pool.place(job, this.room === 'ahead');
    const placed: PlacedJob = { ...job, worker, timers: [] };
    this.#placed.set(token, placed);
    if (begins) this.#begin(placed);
    return send;
  }

  #begin(job: PlacedJob): void {
    if (job.begunAt !== undefined) return;
    job.begunAt = performance.now();
    const { attempt, token, worker } = job;
    this.#options.listener.begun(attempt, token, worker.number);
    if (worker.isServing) this.#limitTime(job);
  }

  /** Starts the time limits once the worker has started up. */
  #limitTime(job: PlacedJob): void {
    job.timers.push(limitTime(job, job.worker, (error) => this.#timeOut(job, error)));
  }

  #timeOut(job: PlacedJob, error: TaskError): void {
    this.#stop(job, { is: 'timed_out', error, retryable: true });
  }

  // --- Messages of the pools ----------------------------------------------------------------------

  #listener(): WorkerListener {
    const { listener } = this.#options;
    const about = (token: number, act: (job: PlacedJob) => void): void => {
      const job = this.#placed.get(token);
      if (job === undefined) return;
      try {
        act(job);
      } catch (error) {
        listener.failed(error);
      }
    };
    return {
      begun: (token) => about(token, (job) => this.#begin(job)),
      served: (token) => about(token, (job) => this.#limitTime(job)),
      reported: (token, message) =>
        about(token, ({ attempt }) => {
          if (message.is === 'progress') listener.progressed(attempt, message.done, message.total);
          else listener.published(attempt, message.topic, message.data);
        }),
      silent: (token) =>
        about(token, (job) =>
          this.#timeOut(job, silenceError(job.attempt.task.settings.heartbeat)),
        ),
      ended: (token, outcome, durationMs) =>
        about(token, (job) => {
          this.#forget(job);
          const verdict = verdictOn(job, outcome);
          listener.answered(job.attempt, verdict, durationMs ?? sinceBegin(job));
        }),
      takenBack: (token) =>
        about(token, (job) => {
          this.#forget(job);
          listener.takenBack(job.attempt, job.begunAt !== undefined);
        }),
      failed: (error) => listener.failed(error),
    };
  }

  #forget({ token, timers }: PlacedJob): void {
    for (const timer of timers) timer.clear();
    this.#placed.delete(token);
    this.#options.sharedJobs.left(this.#sharer);
  }

  #stopAttempt(attempt: Attempt, why: StopCause): void {
    for (const job of this.#placed.values()) if (job.attempt === attempt) this.#stop(job, why);
  }

  /** Asks a job to end, and kills it after the grace. */
  #stop(job: PlacedJob, why: StopCause): void {
    if (job.stopping !== undefined) return;
    job.stopping = why;
    job.timers.push(job.worker.stop(job, why.is, this.#options.graceMs));
  }
}

/** Returns whether the job reads or writes a live stream. */
function isLive(input: JobInput): boolean {
  if (input.is !== 'function') return false;
  const { stream, named } = input.given;
  return stream !== undefined || Object.values(named).some(({ is }) => is === 'live');
}

/**
 * An attempt that was asked to stop counts as stopped, whatever it answers; only a success before a cancel still counts.
 * A command that ends with exit code 0 after SIGTERM has cleaned up, which does not say that it has done its work.
 */
function verdictOn({ stopping, input }: PlacedJob, answer: AttemptOutcome): AttemptOutcome {
  if (stopping === undefined) return answer;
  if (stopping.is === 'cancelled') {
    const counts = answer.is === 'succeeded' && input.is !== 'command';
    return counts ? answer : { is: 'cancelled' };
  }
  const { error, retryable } = stopping;
  return { is: 'failed', failure: { reason: 'timed_out', retryable }, error };
}

const sinceBegin = ({ begunAt }: PlacedJob): Milliseconds =>
  performance.now() - (begunAt ?? performance.now());
