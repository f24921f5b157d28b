/** Starts runners when there is work and fewer than wanted live. They outlive the daemon; those of an earlier one count, too. */
import type { Clock } from '../../lib/clock.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { RunStore } from '../../store/run-store.ts';
import { crashedRuns } from './crashed-runs.ts';

/** A runner that this daemon started. */
export interface StartedRunner {
  readonly pid: number | undefined;
  /** Settles with true when the process ended by itself, as one does that has no work; never rejects. */
  readonly ended: Promise<boolean>;
}

export interface RunnerPoolOptions {
  readonly store: Pick<RunStore, 'queue' | 'list' | 'processes'>;
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly most: number;
  readonly start: () => StartedRunner;
  readonly hear: (news: RunnerPoolNews) => void;
  /** Called when a runner has ended. */
  readonly ring: () => void;
}

export type RunnerPoolNews =
  | { readonly is: 'runner_started'; readonly pid: number | undefined }
  | { readonly is: 'runner_died'; readonly pid: number | undefined };

/** A runner that dies at once is not started again at once. */
const FIRST_PAUSE_MS: Milliseconds = 250;
const LONGEST_PAUSE_MS: Milliseconds = 60_000;
/** A runner that lived for this long did not die of its start. */
const SETTLED_MS: Milliseconds = 10_000;

export class RunnerPool {
  readonly #options: RunnerPoolOptions;
  readonly #children = new Set<StartedRunner>();
  #pauseMs = FIRST_PAUSE_MS;
  #pausedUntil = 0;

  constructor(options: RunnerPoolOptions) {
    this.#options = options;
  }

  /** Returns whether anything is to be begun or resumed; then it starts the runners that are missing. */
  look(): boolean {
    const { store, most, clock } = this.#options;
    const hasWork = store.queue.waiting() > 0 || crashedRuns(store).length > 0;
    if (!hasWork || clock.elapsed() < this.#pausedUntil) return hasWork;
    // A child that is being started may not be on record yet.
    const pids = new Set([...this.#children].map(({ pid }) => pid));
    for (const { kind, owner } of store.processes.list())
      if (kind === 'runner') pids.add(owner.pid);
    for (let living = pids.size; living < most; living++) this.#start();
    return true;
  }

  #start(): void {
    const { start, hear, ring, clock } = this.#options;
    const since = clock.elapsed();
    const runner = start();
    this.#children.add(runner);
    hear({ is: 'runner_started', pid: runner.pid });
    const ended = (byItself: boolean): void => {
      this.#children.delete(runner);
      if (!byItself) {
        hear({ is: 'runner_died', pid: runner.pid });
        this.#pause(clock.elapsed() - since >= SETTLED_MS);
      }
      ring();
    };
    void runner.ended.then(ended);
  }

  #pause(wasSettled: boolean): void {
    this.#pauseMs = wasSettled
      ? 0
      : Math.min(Math.max(this.#pauseMs * 2, FIRST_PAUSE_MS), LONGEST_PAUSE_MS);
    this.#pausedUntil = this.#options.clock.elapsed() + this.#pauseMs;
  }
}
