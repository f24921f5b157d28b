import { Worker } from 'node:worker_threads';
import type { Place } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { ImportMessage, ImportRequest, ModuleOutcome } from './discovery-messages.ts';
import { doesNotLoad, importFault, start } from '../loader/import-fault.ts';
import type { ImportInputs } from './import-inputs.ts';

export interface ImportThreadOptions {
  readonly workerFile: string;
  readonly timeoutMs: Milliseconds;
  readonly env: NodeJS.ProcessEnv;
}

export interface ImportedModules {
  /** Outcome of each module, in the order of the request. */
  readonly outcomes: readonly ModuleOutcome[];
  /** The inputs of the outcome; undefined when a thread had to be ended, as they are unknown then. */
  readonly inputs: ImportInputs | undefined;
}

/** Imports modules one after another in a thread; if one ends the thread, the rest is imported in a new one. */
export async function importInThreads(
  request: ImportRequest,
  options: ImportThreadOptions,
): Promise<ImportedModules> {
  const outcomes: ModuleOutcome[] = [];
  for (;;) {
    const modules = request.modules.slice(outcomes.length);
    const thread = new ImportThread({ ...request, modules }, options);
    const ended = await thread.finish();
    outcomes.push(...thread.outcomes);
    if (ended.is === 'done') {
      const alone = modules.length === request.modules.length;
      return { outcomes, inputs: alone ? ended.inputs : undefined };
    }
    outcomes.push(failed(ended.module, ended.fault));
    if (outcomes.length === request.modules.length) return { outcomes, inputs: undefined };
  }
}

function failed(module: string, { diagnostics }: Fault): ModuleOutcome {
  return { module, tasks: [], diagnostics, files: [] };
}

type Ended =
  | { readonly is: 'done'; readonly inputs: ImportInputs }
  /** The thread ended while it imported this module. */
  | { readonly is: 'down'; readonly module: string; readonly fault: Fault };

class ImportThread {
  readonly outcomes: ModuleOutcome[] = [];
  readonly #worker: Worker;
  readonly #timeoutMs: Milliseconds;
  readonly #settle = Promise.withResolvers<Ended>();
  #importing: string | undefined;
  #exiting: { readonly code: string; readonly at: Place | undefined } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(request: ImportRequest, { workerFile, timeoutMs, env }: ImportThreadOptions) {
    this.#timeoutMs = timeoutMs;
    this.#worker = new Worker(workerFile, {
      workerData: request,
      env,
      // Text that modules print at import is not part of dp's output.
      stdout: true,
      stderr: true,
      execArgv: [],
    });
    this.#worker.stdout.resume();
    this.#worker.stderr.resume();
    this.#worker.on('message', (message: ImportMessage) => this.#hear(message));
    this.#worker.on('error', (error) => this.#wentDown((module) => importFault(error, module)));
    this.#worker.on('exit', () => this.#wentDown((module) => this.#whyExited(module)));
  }

  /** Returns when the thread has ended; throws when it ended before the first module, which is a defect of dp. */
  async finish(): Promise<Ended> {
    try {
      return await this.#settle.promise;
    } finally {
      clearTimeout(this.#timer);
      await this.#worker.terminate();
    }
  }

  #hear(message: ImportMessage): void {
    switch (message.is) {
      case 'importing':
        this.#importing = message.module;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
          this.#wentDown((module) => tooLong(module, `within ${this.#timeoutMs / 1000} s`));
        }, this.#timeoutMs);
        return;
      case 'imported':
        this.outcomes.push(message.outcome);
        return;
      case 'exiting':
        this.#exiting = message;
        return;
      case 'done':
        this.#importing = undefined;
        this.#settle.resolve({ is: 'done', inputs: message.inputs });
    }
  }

  #wentDown(why: (module: string) => Fault): void {
    const module = this.#importing;
    this.#importing = undefined;
    if (module !== undefined) this.#settle.resolve({ is: 'down', module, fault: why(module) });
    else this.#settle.reject(why('discovery'));
  }

  #whyExited(module: string): Fault {
    if (this.#exiting === undefined) return tooLong(module, 'as it waits for what never comes');
    const { code: given, at = start(module) } = this.#exiting;
    return Fault.of([doesNotLoad(module, `it called process.exit(${given})`, at)]);
  }
}

function tooLong(module: string, how: string): Fault {
  const message = `importing "${module}" does not end ${how}`;
  const hint = 'task modules should do no work at import time: move it into a task';
  return Fault.of([{ code: 'DP3007', severity: 'error', message, at: start(module), hint }]);
}
