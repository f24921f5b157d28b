import type { Engine } from '../app/engine.ts';
import { findResult } from '../app/project/find-result.ts';
import { topicMatches } from '../events/topics.ts';
import type { Event } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { RunId, TaskName } from '../model/ids.ts';
import type { RunSummary } from '../model/run.ts';

/** @internal */
interface EmbeddedRunParts {
  readonly engine: Engine;
  /** Settles when the run has ended. */
  readonly ended: Promise<unknown>;
  readonly cancel: (reason: string) => void;
  /** Aborts when the project closes. */
  readonly closing: AbortSignal;
  readonly signal?: AbortSignal;
}

/** A run of this program's project. */
export class ProjectRun {
  readonly runId: RunId;
  /**
   * Resolves when the run has ended, however it ended: `status` says how. Rejects only when the disk or the state failed, DP8xxx,
   * or when the process of a run that another one executes has died, DP6004.
   */
  readonly ended: Promise<RunSummary>;
  readonly #parts: EmbeddedRunParts;

  /** @internal */
  constructor(runId: RunId, parts: EmbeddedRunParts) {
    this.runId = runId;
    this.#parts = parts;
    this.ended = this.#end();
    // Whoever waits for it hears of its failure; a program that does not is not ended by it.
    this.ended.catch(() => undefined);
  }

  /**
   * Yields the run's events whose topics match, from the first to the last, however late this is called.
   * Ends with the run, and when the project is closed.
   */
  async *events<Data = unknown>(pattern = '**'): AsyncGenerator<Event<Data>, void> {
    const { engine, closing } = this.#parts;
    for await (const followed of engine.follow(this.runId, { signal: closing }))
      if (followed.is === 'event' && topicMatches(pattern, followed.event.topic))
        // The program says what the topics carry.
        yield followed.event as Event<Data>;
  }

  /** Waits for the end of the run and loads a task's result; a stream as an AsyncIterable. Throws DP2006, DP2008, DP7002. */
  async output<T = unknown>(task: TaskName): Promise<T> {
    await this.ended;
    using state = this.#parts.engine.reading();
    // The program says what the task returns.
    return (await state.io.load(findResult(state, this.runId, task))) as T;
  }

  /** Starts nothing more, and lets running work end within the grace period. Has no effect on a run that has ended. */
  cancel(reason = 'the program cancelled it'): void {
    try {
      this.#parts.cancel(reason);
    } catch (error) {
      if (!(error instanceof Fault && error.code === 'DP6009')) throw error;
    }
  }

  async #end(): Promise<RunSummary> {
    const { engine, ended, signal } = this.#parts;
    const cancel = (): void => this.cancel(`cancelled: ${String(signal?.reason)}`);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      await ended;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
    using state = engine.reading();
    const summary = state.store.get(this.runId);
    if (summary !== undefined) return summary;
    throw new Fault('DP2007', `run ${this.runId} was removed`);
  }
}
