/** Functions on worker threads; while attempts are short, threads are sent more of them than they can begin. */
import { Fault } from '../../model/fault.ts';
import type { Mebibytes } from '../../model/ids.ts';
import { assignmentFor } from '../ports/assignment.ts';
import {
  crashOf,
  outcomeOf,
  type Job,
  type Placement,
  type WorkerDeath,
  type WorkerListener,
  type WorkerPool,
} from '../ports/worker.ts';
import { ThreadSet, type ThreadSetOptions } from './thread-set.ts';
import type { ThreadWorker } from './thread-worker.ts';
import type { Assignment, FromWorker } from '../ports/protocol.ts';
import type { Threads } from './threads.ts';

export type ThreadPoolOptions = Omit<ThreadSetOptions, 'listener'> & {
  readonly listener: WorkerListener;
};

/** Assignments sent ahead to one thread, while attempts are shorter than the way to the main thread and back. */
const AHEAD = 32;
const SHORT_MS = 1;
/** A thread that runs one attempt for longer returns the assignments that were sent ahead. */
const RECALL_AFTER_MS = 5;

export class ThreadPool implements WorkerPool {
  readonly #options: ThreadPoolOptions;
  readonly #listener: WorkerListener;
  readonly #unlimited: ThreadSet;
  /** Threads with a limit to their heap, by that limit. */
  readonly #limited = new Map<Mebibytes, ThreadSet>();
  /** Mean duration of the last attempts; the newer one weighs more. */
  #meanMs = Infinity;
  #recallTimer: NodeJS.Timeout | undefined;

  constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.#unlimited = this.#setOn(options.threads);
  }

  /** Number of threads with an assignment. */
  get busy(): number {
    let busy = this.#unlimited.busy;
    for (const set of this.#limited.values()) busy += set.busy;
    return busy;
  }

  /** True while attempts are so short that queueing one more at a thread pays. */
  get hasRoomAhead(): boolean {
    if (this.#meanMs >= SHORT_MS) return false;
    for (const worker of this.#unlimited.workers)
      if (worker.held.length > 0 && hasLineFree(worker)) return true;
    return false;
  }

  accepts({ input, attempt: { task } }: Job): boolean {
    return input.is === 'function' && task.settings.isolation === 'thread';
  }

  /** Puts the job into the shortest queue when `ahead` is given and every slot is taken. */
  place(job: Job, ahead: boolean): Placement {
    const { memory } = job.attempt.task.settings;
    const worker = ahead ? this.#shortestLine() : this.#setFor(memory).idle();
    if (worker === undefined) throw new Fault('DP9001', 'an attempt was started without room');
    const assignment = worker.hold(assignmentFor(job, this.#options.session.run));
    const send = (): void => {
      worker.post(assignment);
      this.#armRecall();
    };
    return { worker, begins: worker.held[0] === assignment, send };
  }

  /** Recalls the assignments that were sent ahead and have not begun. */
  recallAll(): void {
    for (const worker of this.#unlimited.workers)
      for (const { token } of worker.recall()) this.#listener.takenBack(token);
  }

  async close(): Promise<void> {
    clearTimeout(this.#recallTimer);
    const sets = [this.#unlimited, ...this.#limited.values()];
    await Promise.all(sets.map((set) => set.close()));
  }

  #setFor(memory: Mebibytes | null): ThreadSet {
    if (memory === null) return this.#unlimited;
    let set = this.#limited.get(memory);
    if (set === undefined) {
      set = this.#setOn(this.#options.threads.withHeap(memory));
      this.#limited.set(memory, set);
    }
    return set;
  }

  #setOn(threads: Threads): ThreadSet {
    const { size, session, nextNumber } = this.#options;
    const set: ThreadSet = new ThreadSet({
      size,
      threads,
      session,
      nextNumber,
      listener: {
        answered: (worker, message) => this.#answered(set, worker, message),
        died: (running, waiting, death) => this.#died(running, waiting, death),
      },
    });
    return set;
  }

  #shortestLine(): ThreadWorker | undefined {
    let best: ThreadWorker | undefined;
    for (const worker of this.#unlimited.workers) {
      if (worker.held.length === 0 || !hasLineFree(worker)) continue;
      if (best === undefined || worker.held.length < best.held.length) best = worker;
    }
    return best;
  }

  #answered(set: ThreadSet, worker: ThreadWorker, message: FromWorker): void {
    const listener = this.#listener;
    switch (message.is) {
      case 'serving': {
        const [running] = worker.held;
        if (running !== undefined) listener.served(running.token);
        return;
      }
      case 'progress':
      case 'published':
        listener.reported(message.token, message);
        return;
      case 'child_started':
      case 'child_ended':
      case 'crashed':
        return;
      case 'succeeded':
      case 'failed':
        break;
    }
    const { token, durationMs } = message;
    const recalled = message.isSpoiled === true ? set.retire(worker) : [];
    for (const { token: waiting } of recalled) listener.takenBack(waiting);
    listener.ended(token, outcomeOf(message), durationMs);
    this.#meanMs = this.#meanMs === Infinity ? durationMs : this.#meanMs * 0.9 + durationMs * 0.1;
    // The assignments that were sent ahead to the thread have their turn now.
    const [next] = worker.held;
    if (next !== undefined) listener.begun(next.token);
  }

  #died(running: Assignment | undefined, waiting: readonly Assignment[], death: WorkerDeath): void {
    const listener = this.#listener;
    if (death.atStart && death.is !== 'killed') {
      const message = `a worker thread could not serve: ${death.message}`;
      const code = isOutOfFiles(death.message) ? 'DP8002' : 'DP9001';
      listener.failed(new Fault(code, message, { cause: death.cause }));
      return;
    }
    for (const { token } of waiting) listener.takenBack(token);
    // When no attempt is running, something that an earlier attempt left behind ended the thread, and no task is affected.
    if (running === undefined) return;
    listener.begun(running.token);
    listener.ended(running.token, crashOf(death));
  }

  /** Recalls a thread's queue when its first attempt takes long. */
  #armRecall(): void {
    if (this.#recallTimer !== undefined) return;
    if (![...this.#unlimited.workers].some((worker) => worker.held.length > 1)) return;
    this.#recallTimer = setTimeout(() => {
      this.#recallTimer = undefined;
      this.#recallStuck();
      this.#armRecall();
    }, RECALL_AFTER_MS);
  }

  #recallStuck(): void {
    for (const worker of this.#unlimited.workers) {
      if (worker.held.length < 2 || performance.now() - worker.turnBegan < RECALL_AFTER_MS)
        continue;
      this.#meanMs = Infinity;
      for (const { token } of worker.recall()) this.#listener.takenBack(token);
    }
  }
}

/** Excludes threads that are starting up, as others could begin the work sooner. */
const hasLineFree = ({ held, isServing }: ThreadWorker): boolean =>
  isServing && held.length < AHEAD;

/** Node tells it in several words, as a code or in the middle of a message. */
const isOutOfFiles = (message: string): boolean =>
  /\bE[MN]FILE\b|too many open files/i.test(message);
