/** Pipelines as tasks: each attempt is a run of its own, which holds no place here; its tasks do. */
import type { IoManager } from '../../io/io-manager.ts';
import { Fault, impossible } from '../../model/fault.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Timer } from '../../lib/clock.ts';
import type { CrewListener, Order, Placed, Station } from '../ports/crew.ts';
import type { Argument } from '../ports/protocol.ts';
import { asJson } from '../worker/publishable.ts';
import type { Subrun, Subruns } from '../ports/subruns.ts';
import { describeError } from '../worker/task-error.ts';
import { setLongTimeout } from '../../lib/timer.ts';
import type { Outcome } from '../ports/workforce.ts';

export interface PipelineCrewOptions {
  readonly run: RunId;
  readonly subruns: Subruns;
  readonly io: IoManager;
  readonly listener: CrewListener;
}

export class PipelineCrew {
  readonly #options: PipelineCrewOptions;
  readonly #running = new Map<PipelineStation, Promise<void>>();

  constructor(options: PipelineCrewOptions) {
    this.#options = options;
  }

  place(order: Order, named: Readonly<Record<string, Argument>>, childRunId: RunId): Placed {
    const station = new PipelineStation();
    const send = (): void => {
      const { listener } = this.#options;
      const carried = this.#carryOut(order, station, { named, childRunId })
        .then((outcome) => listener.ended(order.token, outcome))
        .catch((error: unknown) => listener.failed(error))
        .finally(() => this.#running.delete(station));
      this.#running.set(station, carried);
    };
    return { station, begins: true, send };
  }

  /** Kills the runs, and waits until they have put that on record. */
  async close(): Promise<void> {
    for (const station of this.#running.keys()) station.kill();
    await Promise.all(this.#running.values());
  }

  async #carryOut(
    order: Order,
    station: PipelineStation,
    work: { readonly named: Readonly<Record<string, Argument>>; readonly childRunId: RunId },
  ): Promise<Outcome> {
    try {
      const params = await this.#valuesOf(work.named);
      const { name: task } = order.attempt.task;
      const subrun = await this.#options.subruns.begin({ runId: work.childRunId, task, params });
      station.take(subrun);
      return await this.#outcomeOf(order, subrun, work.childRunId);
    } catch (error) {
      // What does not fit now does not fit next time; a run that is held may be free then.
      const retryable = !(error instanceof Fault) || error.code === 'DP6004';
      return { is: 'failed', failure: { reason: 'failed', retryable }, error: described(error) };
    }
  }

  /** What an upstream did not give is left to the default. */
  async #valuesOf(named: Readonly<Record<string, Argument>>): Promise<JsonObject> {
    const values: Record<string, Json> = {};
    for (const [name, argument] of Object.entries(named)) {
      const value = await this.#valueOf(argument);
      // A cast: that is what it makes sure of.
      if (value !== undefined) values[name] = asJson(value, name) as Json;
    }
    return values;
  }

  async #valueOf(argument: Argument): Promise<unknown> {
    switch (argument.is) {
      case 'value':
        return argument.value;
      case 'result':
        return this.#options.io.load(argument.ref);
      case 'live':
        throw new Fault('DP9001', 'a pipeline was given a stream that is still being made');
      default:
        return impossible(argument);
    }
  }

  async #outcomeOf(
    { attempt: { task }, resultId }: Order,
    { ended }: Subrun,
    childRunId: RunId,
  ): Promise<Outcome> {
    const ending = await ended;
    switch (ending.is) {
      case 'succeeded': {
        const isAsked = task.work.is === 'pipeline' && task.work.output !== undefined;
        if (isAsked) return { is: 'succeeded', output: ending.output ?? { is: 'void' } };
        const { run, io } = this.#options;
        const about = { runId: childRunId, status: 'succeeded' };
        const { ref: output, inline } = await io.save(
          { run, task: task.name, id: resultId },
          about,
        );
        return { is: 'succeeded', output, ...(inline === undefined ? {} : { inline }) };
      }
      case 'failed':
        return failed(ending.message);
      case 'cancelled':
        return failed(`run ${childRunId} was cancelled`);
      default:
        return impossible(ending);
    }
  }
}

const failed = (message: string): Outcome => ({
  is: 'failed',
  failure: { reason: 'failed', retryable: true },
  error: { name: 'PipelineError', message, code: 'DP6001' },
});

/** All that is wrong with the parameters, not only the first. */
function described(error: unknown): ReturnType<typeof describeError> {
  const told = describeError(error);
  if (!(error instanceof Fault)) return told;
  const { name, code } = error;
  return { name, code, message: error.diagnostics.map(({ message }) => message).join('; ') };
}

class PipelineStation implements Station {
  readonly worker = 0;
  readonly isServing = true;
  #subrun: Subrun | undefined;
  /** What it was told before there was a run to tell. */
  #told: { readonly reason: string; readonly how: 'drain' | 'kill' } | undefined;

  take(subrun: Subrun): void {
    this.#subrun = subrun;
    if (this.#told !== undefined) subrun.cancel(this.#told.reason, this.#told.how);
  }

  stop(_order: Order, why: 'timed_out' | 'cancelled', graceMs: Milliseconds): Timer {
    this.#tell(why === 'timed_out' ? 'the task it works for timed out' : 'cancelled', 'drain');
    return setLongTimeout(() => this.kill(), graceMs);
  }

  kill(): void {
    this.#tell('the run it works for was ended', 'kill');
  }

  #tell(reason: string, how: 'drain' | 'kill'): void {
    this.#told = { reason, how };
    this.#subrun?.cancel(reason, how);
  }
}
