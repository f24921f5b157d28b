/** Functions on worker threads; while attempts are short, threads are sent more of them than they can begin. */
import { Fault } from '../../model/fault.ts';
import type { Mebibytes } from '../../model/ids.ts';
import { assignmentFor } from '../ports/assignment.ts';
import {
  crashOf,
  outcomeOf,
  type CrewListener,
  type Order,
  type Placed,
  type WorkerDeath,
} from '../ports/crew.ts';
import { WorkerPool, type WorkerSlot } from './pool.ts';
import type { Assignment, FromWorker, Session } from '../ports/protocol.ts';
import type { Threads } from './threads.ts';
import type { Given } from '../ports/workforce.ts';

export interface ThreadCrewOptions {
  /** Most threads of a kind at once. */
  readonly size: number;
  readonly threads: Threads;
  readonly session: Session;
  /** Of the next worker. */
  readonly nextNumber: () => number;
  readonly listener: CrewListener;
}

/** Assignments sent ahead to one thread, while attempts are shorter than the way to the main thread and back. */
const AHEAD = 32;
const SHORT_MS = 1;
/** A thread that sits longer on one attempt gives back what was sent ahead. */
const RECALL_AFTER_MS = 5;

export class ThreadCrew {
  readonly #options: ThreadCrewOptions;
  readonly #listener: CrewListener;
  readonly #pool: WorkerPool;
  /** Threads with a limit to their heap, by that limit. */
  readonly #limited = new Map<Mebibytes, WorkerPool>();
  /** Of the last attempts, the newer the weightier. */
  #meanMs = Infinity;
  #recallTimer: NodeJS.Timeout | undefined;

  constructor(options: ThreadCrewOptions) {
    this.#options = options;
    this.#listener = options.listener;
    this.#pool = this.#poolOn(options.threads);
  }

  /** Threads with something to do. */
  get busy(): number {
    let busy = this.#pool.busy;
    for (const pool of this.#limited.values()) busy += pool.busy;
    return busy;
  }

  /** Attempts are so short that one more in a thread's line pays. */
  get hasRoomAhead(): boolean {
    if (this.#meanMs >= SHORT_MS) return false;
    for (const slot of this.#pool.slots) if (slot.held.length > 0 && hasLineFree(slot)) return true;
    return false;
  }

  /** `ahead`: every place is taken, so it goes to the shortest line. */
  place(order: Order, given: Given, ahead: boolean): Placed {
    const { memory } = order.attempt.task.settings;
    const slot = ahead ? this.#shortestLine() : this.#poolFor(memory).idleSlot();
    if (slot === undefined) throw new Fault('DP9001', 'an attempt was started without room');
    const assignment = slot.hold(assignmentFor(order, given, this.#options.session.run));
    const send = (): void => {
      slot.post(assignment);
      this.#armRecall();
    };
    return { station: slot, begins: slot.held[0] === assignment, send };
  }

  /** Takes back what was sent ahead and has not begun. */
  recallAll(): void {
    for (const slot of this.#pool.slots)
      for (const { token } of slot.recall()) this.#listener.takenBack(token);
  }

  async close(): Promise<void> {
    clearTimeout(this.#recallTimer);
    const pools = [this.#pool, ...this.#limited.values()];
    await Promise.all(pools.map((pool) => pool.close()));
  }

  #poolFor(memory: Mebibytes | null): WorkerPool {
    if (memory === null) return this.#pool;
    let pool = this.#limited.get(memory);
    if (pool === undefined) {
      pool = this.#poolOn(this.#options.threads.withHeap(memory));
      this.#limited.set(memory, pool);
    }
    return pool;
  }

  #poolOn(threads: Threads): WorkerPool {
    const { size, session, nextNumber } = this.#options;
    return new WorkerPool({
      size,
      threads,
      session,
      nextNumber,
      listener: {
        answered: (slot, message) => this.#answered(slot, message),
        died: (running, waiting, death) => this.#died(running, waiting, death),
      },
    });
  }

  #shortestLine(): WorkerSlot | undefined {
    let best: WorkerSlot | undefined;
    for (const slot of this.#pool.slots) {
      if (slot.held.length === 0 || !hasLineFree(slot)) continue;
      if (best === undefined || slot.held.length < best.held.length) best = slot;
    }
    return best;
  }

  #answered(slot: WorkerSlot, message: FromWorker): void {
    const listener = this.#listener;
    switch (message.is) {
      case 'serving': {
        const [running] = slot.held;
        if (running !== undefined) listener.served(running.token);
        return;
      }
      case 'progress':
      case 'published':
        listener.said(message.token, message);
        return;
      case 'crashed':
        return;
      case 'succeeded':
      case 'failed':
        break;
    }
    const { token, durationMs } = message;
    listener.ended(token, outcomeOf(message), durationMs);
    this.#meanMs = this.#meanMs === Infinity ? durationMs : this.#meanMs * 0.9 + durationMs * 0.1;
    // What was sent ahead to the thread has its turn now.
    const [next] = slot.held;
    if (next !== undefined) listener.begun(next.token);
  }

  #died(running: Assignment | undefined, waiting: readonly Assignment[], death: WorkerDeath): void {
    const listener = this.#listener;
    if (death.atStart && death.is !== 'killed') {
      const message = `a worker thread could not serve: ${death.message}`;
      listener.failed(new Fault('DP9001', message, { cause: death.cause }));
      return;
    }
    for (const { token } of waiting) listener.takenBack(token);
    // Without a running attempt, what an earlier one left behind ended the thread: it hurts nobody.
    if (running === undefined) return;
    listener.begun(running.token);
    listener.ended(running.token, crashOf(death));
  }

  /** Gives a thread's line back when its first attempt turns out to be long. */
  #armRecall(): void {
    if (this.#recallTimer !== undefined) return;
    if (![...this.#pool.slots].some((slot) => slot.held.length > 1)) return;
    this.#recallTimer = setTimeout(() => {
      this.#recallTimer = undefined;
      this.#recallStuck();
      this.#armRecall();
    }, RECALL_AFTER_MS);
  }

  #recallStuck(): void {
    for (const slot of this.#pool.slots) {
      if (slot.held.length < 2 || performance.now() - slot.turnBegan < RECALL_AFTER_MS) continue;
      this.#meanMs = Infinity;
      for (const { token } of slot.recall()) this.#listener.takenBack(token);
    }
  }
}

/** A thread that is starting up would keep what others could have done. */
const hasLineFree = ({ held, isServing }: WorkerSlot): boolean => isServing && held.length < AHEAD;
