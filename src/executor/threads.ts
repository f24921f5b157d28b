import type { Piscina } from 'piscina';

export interface ThreadOptions {
  /** Most threads at once. */
  readonly size: number;
  /** File of the worker's entry; exports `serve`. */
  readonly workerFile: string;
  /** The whole environment of the threads. */
  readonly env: Readonly<Record<string, string>>;
  /** Heap of one thread; a task that needs more crashes, and dp does not. Absent: V8's own choice, by the machine's memory. */
  readonly heapMiB?: number;
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
      ...(heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: heapMiB } }),
    });
    // Of a thread that serves nobody: what a task left behind, or a start that fails again for whoever is served next.
    piscina.on('error', () => undefined);
    return piscina;
  }
}
