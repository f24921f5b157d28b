import type { ResourceLimits } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { Mebibytes } from '../../model/ids.ts';

export interface ThreadOptions {
  /** Most threads at once. */
  readonly size: number;
  /** File of the worker's entry; exports `serve`. */
  readonly workerFile: string;
  /** The whole environment of the threads. */
  readonly env: Readonly<Record<string, string>>;
  /** Heap of one thread; a task that needs more crashes, and dp does not. Absent: V8's own choice, by the machine's memory. */
  readonly heapMiB?: Mebibytes;
}

/** The threads of one run, on piscina. Begun ahead, a thread starts up while the plan is still being made. */
export class Threads {
  readonly #options: ThreadOptions;
  #piscina: Promise<Piscina> | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /** The pool, with one thread on its way. Nothing is loaded before it is first asked for. */
  begin(): Promise<Piscina> {
    return (this.#piscina ??= this.#start());
  }

  /** Threads like these, whose heaps are limited. */
  withHeap(heapMiB: Mebibytes): Threads {
    return new Threads({ ...this.#options, heapMiB });
  }

  async close(): Promise<void> {
    const piscina = await this.#piscina;
    await piscina?.destroy();
  }

  async #start(): Promise<Piscina> {
    const { Piscina } = await import('piscina');
    const { size, workerFile, env, heapMiB } = this.#options;
    const piscina = new Piscina({
      filename: workerFile,
      name: 'serve',
      minThreads: 1,
      maxThreads: size,
      idleTimeout: Infinity,
      // A served run is one long piscina task; messages go over a port of ours.
      atomics: 'disabled',
      env: { ...env },
      recordTiming: false,
      ...(heapMiB === undefined ? {} : { resourceLimits: limitsOf(heapMiB) }),
    });
    // Of a thread that serves nobody: what a task left behind, or a start that fails again for whoever is served next.
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
