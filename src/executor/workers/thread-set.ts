/** The worker threads of one size that serve a run. */
import type { Session, Assignment, FromWorker } from '../ports/protocol.ts';
import type { WorkerDeath } from '../ports/worker.ts';
import { ThreadWorker } from './thread-worker.ts';
import type { Threads } from './threads.ts';

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

export class ThreadSet {
  readonly #options: ThreadSetOptions;
  readonly #workers = new Set<ThreadWorker>();

  constructor(options: ThreadSetOptions) {
    this.#options = options;
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

  /** Ends every thread; what still runs in one is killed. */
  async close(): Promise<void> {
    for (const worker of this.#workers) worker.end();
    await this.#options.threads.close();
  }

  #start(): ThreadWorker {
    const worker = new ThreadWorker(this.#options.nextNumber(), (message) =>
      this.#options.listener.answered(worker, message),
    );
    this.#workers.add(worker);
    void this.#follow(worker);
    return worker;
  }

  /** Never rejects: how a thread ends is news. */
  async #follow(worker: ThreadWorker): Promise<void> {
    const death = await worker.run(this.#options.threads.begin(), this.#options.session);
    this.#workers.delete(worker);
    if (death === undefined) return;
    const [running, waiting] = worker.leftBehind();
    this.#options.listener.died(running, waiting, death);
  }
}
