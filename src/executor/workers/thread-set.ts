/** The worker threads of one size that serve a run, borrowed one by one. */
import type { Session, Assignment, FromWorker } from '../ports/protocol.ts';
import type { WorkerDeath } from '../ports/worker.ts';
import { ThreadWorker } from './thread-worker.ts';
import type { Borrower, Threads } from './threads.ts';

export interface ThreadSetOptions {
  /** Most threads at once. */
  readonly size: number;
  readonly threads: Threads;
  readonly session: Session;
  /** Gives the number of the next worker. */
  readonly nextNumber: () => number;
  readonly listener: ThreadSetListener;
}

export interface ThreadSetListener {
  answered(worker: ThreadWorker, message: FromWorker): void;
  /** The thread is gone. `running` was under way; `waiting` had not begun. */
  died(running: Assignment | undefined, waiting: readonly Assignment[], death: WorkerDeath): void;
}

export class ThreadSet implements Borrower {
  readonly #options: ThreadSetOptions;
  readonly #workers = new Set<ThreadWorker>();
  /** Workers that are being let go of included: each promise settles when the thread is free or gone. */
  readonly #served = new Map<ThreadWorker, Promise<void>>();

  constructor(options: ThreadSetOptions) {
    this.#options = options;
    options.threads.join(this);
  }

  get workers(): ReadonlySet<ThreadWorker> {
    return this.#workers;
  }

  /** Number of threads with something to do. */
  get busy(): number {
    let busy = 0;
    for (const { held } of this.#workers) if (held.length > 0) busy++;
    return busy;
  }

  /** A thread with nothing to do, started when there is room for one more; undefined when all are busy. */
  idle(): ThreadWorker | undefined {
    for (const worker of this.#workers) if (worker.held.length === 0) return worker;
    return this.#workers.size < this.#options.size ? this.#start() : undefined;
  }

  /** Ends a thread that is not to be used again, and returns what had not begun in it. */
  retire(worker: ThreadWorker): readonly Assignment[] {
    this.#workers.delete(worker);
    return worker.retire();
  }

  spare(): Promise<void> | undefined {
    for (const [worker, served] of this.#served) {
      if (worker.held.length > 0) continue;
      if (this.#workers.delete(worker)) worker.end();
      return served;
    }
    return undefined;
  }

  /** Gives every thread back; what still runs in one is killed. */
  async close(): Promise<void> {
    for (const worker of this.#workers) worker.end();
    this.#workers.clear();
    await Promise.all(this.#served.values());
    this.#options.threads.leave(this);
  }

  #start(): ThreadWorker {
    const worker = new ThreadWorker(this.#options.nextNumber(), (message) =>
      this.#options.listener.answered(worker, message),
    );
    this.#workers.add(worker);
    this.#served.set(worker, this.#follow(worker));
    return worker;
  }

  /** Never rejects: how a thread ends is news. */
  async #follow(worker: ThreadWorker): Promise<void> {
    const { threads, session } = this.#options;
    const death = await worker.run(session, (signal, serve) => threads.lend(this, signal, serve));
    this.#workers.delete(worker);
    this.#served.delete(worker);
    if (death === undefined) return;
    const [running, waiting] = worker.leftBehind();
    this.#options.listener.died(running, waiting, death);
  }
}
