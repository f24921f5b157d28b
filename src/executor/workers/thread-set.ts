/** The worker threads of one size that serve a run, borrowed one by one. */
import type { Session, Assignment, FromWorker } from '../ports/protocol.ts';
import type { WorkerDeath } from '../ports/worker.ts';
import { OrphanReaper } from './orphan-reaper.ts';
import { ThreadWorker } from './thread-worker.ts';
import type { Borrower, Threads } from './threads.ts';

export interface ThreadSetOptions {
  /** Greatest number of threads at once. */
  readonly size: number;
  readonly threads: Threads;
  readonly session: Session;
  /** Returns the number of the next worker. */
  readonly nextNumber: () => number;
  readonly listener: ThreadSetListener;
}

export interface ThreadSetListener {
  answered(worker: ThreadWorker, message: FromWorker): void;
  /** Called when the thread is gone. `running` had begun; `waiting` had not. */
  died(running: Assignment | undefined, waiting: readonly Assignment[], death: WorkerDeath): void;
}

export class ThreadSet implements Borrower {
  readonly #options: ThreadSetOptions;
  readonly #workers = new Set<ThreadWorker>();
  readonly #reaper = new OrphanReaper();
  /** All workers, those that are being released included; each promise settles when the thread is free or gone. */
  readonly #served = new Map<ThreadWorker, Promise<void>>();

  constructor(options: ThreadSetOptions) {
    this.#options = options;
    options.threads.join(this);
  }

  get workers(): ReadonlySet<ThreadWorker> {
    return this.#workers;
  }

  /** Number of threads with an assignment. */
  get busy(): number {
    let busy = 0;
    for (const { held } of this.#workers) if (held.length > 0) busy++;
    return busy;
  }

  /** Returns an idle thread, which is started when there is room for one more; undefined when all are busy. */
  idle(): ThreadWorker | undefined {
    for (const worker of this.#workers) if (worker.held.length === 0) return worker;
    return this.#workers.size < this.#options.size ? this.#start() : undefined;
  }

  /** Ends a thread that is not to be used again, and returns its assignments that had not begun. */
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

  /** Returns every thread to the supply; a thread with a running attempt is killed. */
  async close(): Promise<void> {
    for (const worker of this.#workers) worker.end();
    this.#workers.clear();
    await Promise.all(this.#served.values());
    this.#options.threads.leave(this);
    this.#reaper.close();
  }

  #start(): ThreadWorker {
    const worker = new ThreadWorker(this.#options.nextNumber(), this.#reaper, (message) =>
      this.#options.listener.answered(worker, message),
    );
    this.#workers.add(worker);
    this.#served.set(worker, this.#follow(worker));
    return worker;
  }

  /** Serves until the thread ends, and reports its death. Never rejects. */
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
