/** One attempt at a function task, on the worker's side: arguments in, the stored result or the error out. */
import { createFilesystemIo, decodeInline } from '../io/filesystem.ts';
import type { IoManager, Saved } from '../io/io-manager.ts';
import type { ResultAddress } from '../model/result.ts';
import { loadTask } from '../registry/load-task.ts';
import { installLoader } from '../registry/loader.ts';
import type { TaskContext } from '../registry/task-context.ts';
import { isNonRetryable, retryAfter } from '../registry/task-errors.ts';
import { AttemptLog, captureOutput } from './attempt-log.ts';
import type { Argument, Assignment, FromWorker, Session } from './protocol.ts';
import { describeError } from './task-error.ts';

/** Between two progress messages of one attempt. */
const PROGRESS_EVERY_MS = 100;

export class AttemptRunner {
  readonly #session: Session;
  readonly #tell: (message: FromWorker) => void;
  readonly #io: IoManager;
  #running: { readonly token: number; readonly stop: AbortController } | undefined;
  #log: AttemptLog | undefined;

  constructor(session: Session, tell: (message: FromWorker) => void) {
    this.#session = session;
    this.#tell = tell;
    this.#io = createFilesystemIo({ root: session.stateFolder });
    installLoader(session);
    // What a task left behind may still print after its end; it goes to the next one's log or nowhere.
    captureOutput((text) => this.#log?.write(text));
  }

  abort(token: number, reason: string): void {
    if (this.#running?.token === token) this.#running.stop.abort(new Error(reason));
  }

  async run(assignment: Assignment): Promise<void> {
    const { token } = assignment;
    const stop = new AbortController();
    const log = new AttemptLog(this.#session, assignment);
    this.#running = { token, stop };
    this.#log = log;
    const began = performance.now();
    try {
      const { ref: output, inline } = await this.#perform(assignment, stop.signal, log);
      const durationMs = performance.now() - began;
      this.#tell({
        is: 'succeeded',
        token,
        output,
        durationMs,
        ...(inline === undefined ? {} : { inline }),
      });
    } catch (error) {
      const durationMs = performance.now() - began;
      const retryAfterMs = retryAfter(error, Date.now());
      this.#tell({
        is: 'failed',
        token,
        error: describeError(error),
        retryable: !isNonRetryable(error),
        durationMs,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      });
    } finally {
      this.#running = undefined;
      this.#log = undefined;
      log.close();
    }
  }

  async #perform(assignment: Assignment, signal: AbortSignal, log: AttemptLog): Promise<Saved> {
    const task = await loadTask(assignment.module, assignment.function);
    const values: Record<string, unknown> = {};
    for (const [parameter, argument] of Object.entries(assignment.arguments)) {
      values[parameter] = await this.#valueOf(argument);
    }
    const output = await task.fn(values, this.#context(assignment, signal, log));
    return this.#keep(assignment, output, signal);
  }

  async #valueOf(argument: Argument): Promise<unknown> {
    if (argument.is === 'value') return argument.value;
    return argument.inline === undefined
      ? this.#io.load(argument.ref)
      : decodeInline(argument.ref, argument.inline);
  }

  async #keep(assignment: Assignment, output: unknown, signal: AbortSignal): Promise<Saved> {
    if (output === undefined) return { ref: { is: 'void' } };
    const address: ResultAddress = {
      run: this.#session.run,
      task: assignment.task,
      id: assignment.resultId,
    };
    if (isStream(output) || (assignment.streamOutput && isIterable(output))) {
      return this.#io.saveStream(address, output, { signal });
    }
    return this.#io.save(address, output);
  }

  #context(assignment: Assignment, signal: AbortSignal, log: AttemptLog): TaskContext {
    const { run, params, env } = this.#session;
    const { token, task, attempt, key } = assignment;
    let toldAt = 0;
    return {
      runId: run,
      task,
      attempt,
      signal,
      params,
      env: Object.fromEntries(env.map((name) => [name, process.env[name]])),
      key,
      get log() {
        return log.logger;
      },
      publish: (topic, data) => this.#tell({ is: 'published', token, topic, data }),
      progress: (done, total) => {
        const now = performance.now();
        if (now - toldAt < PROGRESS_EVERY_MS && done !== total) return;
        toldAt = now;
        this.#tell({ is: 'progress', token, done, total: total ?? null });
      },
    };
  }
}

/** Generators, sync or async, and whatever else can only be iterated over time. */
function isStream(output: unknown): output is AsyncIterable<unknown> | Iterable<unknown> {
  if (typeof output !== 'object' || output === null) return false;
  return Symbol.asyncIterator in output || ('next' in output && Symbol.iterator in output);
}

function isIterable(output: unknown): output is Iterable<unknown> {
  return typeof output === 'object' && output !== null && Symbol.iterator in output;
}
