/** Worker threads of one environment: runs borrow them one by one, and a thread serves one run at a time. */
import type { ResourceLimits } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { Mebibytes } from '../../model/ids.ts';

export interface ThreadOptions {
  /** Greatest number of threads at once. */
  readonly size: number;
  /** File of the worker's entry; exports `serve`. */
  readonly workerFile: string;
  /** The whole environment of the threads. */
  readonly env: Readonly<Record<string, string>>;
  /** Heap of one thread; a task that needs more crashes, and dp does not. Absent: V8's own choice, by the machine's memory. */
  readonly heapMiB?: Mebibytes;
  /** Folder in which Node keeps compiled code. The threads have no variable that names it; the bundle's entry takes it from their data. */
  readonly compileCache?: string | undefined;
}

/** A run that borrows threads. */
export interface Borrower {
  /** Releases an idle thread, and settles when it is free or gone; returns undefined when every thread is busy. */
  spare(): Promise<void> | undefined;
}

/** Begun ahead, a thread starts up while the plan is still being made. */
export class Threads {
  readonly #options: ThreadOptions;
  readonly #borrowers = new Set<Borrower>();
  /** Further threads with a limited heap, by that limit. */
  readonly #limited = new Map<Mebibytes, Threads>();
  #piscina: Promise<Piscina> | undefined;
  #lent = 0;
  readonly #waiting = new Set<() => void>();

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /** Returns the pool, in which one thread is starting up. No library is loaded before the first call. */
  begin(): Promise<Piscina> {
    return (this.#piscina ??= this.#start());
  }

  /** Returns threads with the same environment and a limited heap. They are closed together with these. */
  withHeap(heapMiB: Mebibytes): Threads {
    let threads = this.#limited.get(heapMiB);
    if (threads === undefined) {
      threads = new Threads({ ...this.#options, heapMiB });
      this.#limited.set(heapMiB, threads);
    }
    return threads;
  }

  /** Registers a borrower: until `leave`, other borrowers may ask it for a thread. */
  join(borrower: Borrower): void {
    this.#borrowers.add(borrower);
  }

  leave(borrower: Borrower): void {
    this.#borrowers.delete(borrower);
  }

  /** Calls `serve` when there is a thread for it; the thread is free again when that settles. */
  async lend<T>(
    borrower: Borrower,
    signal: AbortSignal,
    serve: (piscina: Piscina) => Promise<T>,
  ): Promise<T> {
    const piscina = await this.begin();
    await this.#room(borrower, signal, piscina);
    try {
      return await serve(piscina);
    } finally {
      this.#lent--;
      const [next] = this.#waiting;
      next?.();
    }
  }

  async close(): Promise<void> {
    const piscina = await this.#piscina;
    await Promise.all([...this.#limited.values()].map((threads) => threads.close()));
    await piscina?.destroy();
  }

  /** A thread that serves nobody comes first, then one that its borrower can spare, then a new one: starting it takes longest. */
  async #room(borrower: Borrower, signal: AbortSignal, piscina: Piscina): Promise<void> {
    while (this.#lent >= piscina.threads.length) {
      const spared = this.#spareOf(borrower);
      if (spared === undefined && this.#lent < this.#options.size) break;
      await (spared ?? this.#nextFree(signal));
      if (signal.aborted) break;
    }
    this.#lent++;
  }

  #spareOf(borrower: Borrower): Promise<void> | undefined {
    for (const other of this.#borrowers) {
      const spared = other === borrower ? undefined : other.spare();
      if (spared !== undefined) return spared;
    }
    return undefined;
  }

  /** Settles when a borrower gives a thread back, or the signal aborts. */
  async #nextFree(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.#waiting.delete(resolve);
  }

  async #start(): Promise<Piscina> {
    const { Piscina } = await import('piscina');
    const { size, workerFile, env, heapMiB, compileCache } = this.#options;
    const piscina = new Piscina({
      filename: workerFile,
      name: 'serve',
      minThreads: 1,
      maxThreads: size,
      idleTimeout: Infinity,
      // A served run is one long piscina task; messages go over dp's own port.
      atomics: 'disabled',
      env: { ...env },
      workerData: { compileCache },
      recordTiming: false,
      ...(heapMiB === undefined ? {} : { resourceLimits: limitsOf(heapMiB) }),
    });
    // Ignores the error of a thread that serves nobody: an earlier task left it behind, or the start fails again for the next job, which reports it.
    piscina.on('error', () => undefined);
    return piscina;
  }
}

/**
 * A thread that reaches its limit is stopped while Node grants it 16 MiB more. What one collection moves out of the
 * young generation has to stay far below that: beyond it V8 would end the whole process.
 */
const limitsOf = (heapMiB: Mebibytes): ResourceLimits => ({
  maxOldGenerationSizeMb: heapMiB,
  maxYoungGenerationSizeMb: 12,
});
