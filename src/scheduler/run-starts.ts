import { overlapStep } from './overlap.ts';
import type { FiringOutcome, RunStarter, RunTarget, StartedRun } from './target.ts';

/** Starts the runs of one trigger, as its overlap policy says. */
export class RunStarts<Fired, Source> {
  readonly #target: RunTarget<Fired, Source>;
  readonly #project: RunStarter<Source>;
  readonly #again: (fired: Fired) => void;
  readonly #runs = new Set<StartedRun>();
  /** Number of runs that are running or being started. */
  #busy = 0;
  #waiting: { readonly fired: Fired } | undefined;

  /** `again` carries out the firing that waited. */
  constructor(
    target: RunTarget<Fired, Source>,
    project: RunStarter<Source>,
    again: (fired: Fired) => void,
  ) {
    this.#target = target;
    this.#project = project;
    this.#again = again;
  }

  async reach(fired: Fired): Promise<FiringOutcome> {
    const step = overlapStep(this.#target.overlap ?? 'skip', this.#busy);
    if (step === 'start') return this.#start(fired);
    if (step === 'skip') return { outcome: 'skipped' };
    this.#waiting = { fired };
    if (step === 'cancel_and_wait') this.#cancelRuns();
    return { outcome: 'waiting' };
  }

  async #start(fired: Fired): Promise<FiringOutcome> {
    const { run: source, params } = this.#target;
    this.#busy++;
    try {
      const run = await this.#project.start(source, {
        ...(params && { params: params(fired) }),
        ...(isTick(fired) && { at: fired.planned.getTime() }),
      });
      this.#keep(run);
      return { outcome: 'fired', runId: run.runId };
    } catch (error) {
      this.#free();
      throw error;
    }
  }

  #keep(run: StartedRun): void {
    this.#runs.add(run);
    const end = (): void => {
      this.#runs.delete(run);
      this.#free();
    };
    run.ended.then(end, end);
    // A newer firing may have come while the run was being started.
    if (this.#waiting !== undefined && this.#target.overlap === 'cancel_running')
      this.#cancelRuns();
  }

  #cancelRuns(): void {
    for (const run of this.#runs) run.cancel('a newer firing of its trigger takes its place');
  }

  #free(): void {
    this.#busy--;
    const waiting = this.#waiting;
    if (waiting === undefined || this.#busy > 0) return;
    this.#waiting = undefined;
    this.#again(waiting.fired);
  }
}

/** The run of a tick works for the moment that was planned. */
function isTick(fired: unknown): fired is { readonly planned: Date } {
  return (
    typeof fired === 'object' &&
    fired !== null &&
    'planned' in fired &&
    fired.planned instanceof Date
  );
}
