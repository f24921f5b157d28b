/** Pipelines as tasks: each attempt is a run of its own, which occupies no slot here; its tasks do. */
import type { IoManager } from '../../io/io-manager.ts';
import { Fault, impossible } from '../../model/fault.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { Timer } from '../../lib/clock.ts';
import type {
  Job,
  JobInput,
  Placement,
  JobStopReason,
  Worker,
  WorkerListener,
  WorkerPool,
} from '../ports/worker.ts';
import type { Argument, Session } from '../ports/protocol.ts';
import { asJson } from '../worker/publishable.ts';
import type { Subrun, Subruns } from '../ports/subruns.ts';
import { describeError } from '../worker/task-error.ts';
import { setLongTimeout } from '../../lib/timer.ts';
import type { AttemptOutcome } from '../ports/workforce.ts';

export interface PipelinePoolOptions {
  readonly session: Pick<Session, 'run'>;
  readonly subruns: Subruns;
  readonly io: IoManager;
  readonly listener: WorkerListener;
}

export class PipelinePool implements WorkerPool {
  readonly #options: PipelinePoolOptions;
  /** A pipeline occupies no slot: its tasks do. */
  readonly busy = 0;
  readonly #running = new Map<PipelineWorker, Promise<void>>();

  constructor(options: PipelinePoolOptions) {
    this.#options = options;
  }

  accepts({ input }: Job): boolean {
    return input.is === 'pipeline';
  }

  place(job: Job): Placement {
    const { input } = job;
    if (input.is !== 'pipeline')
      throw new Fault('DP9001', `a ${input.is} was started as a pipeline`);
    const worker = new PipelineWorker();
    const send = (): void => {
      const { listener } = this.#options;
      const carried = this.#carryOut(job, worker, input)
        .then((outcome) => listener.ended(job.token, outcome))
        .catch((error: unknown) => listener.failed(error))
        .finally(() => this.#running.delete(worker));
      this.#running.set(worker, carried);
    };
    return { worker, begins: true, send };
  }

  /** Kills the runs, and waits until they have recorded their end. */
  async close(): Promise<void> {
    for (const worker of this.#running.keys()) worker.kill();
    await Promise.all(this.#running.values());
  }

  async #carryOut(
    job: Job,
    worker: PipelineWorker,
    { named, childRunId }: Extract<JobInput, { is: 'pipeline' }>,
  ): Promise<AttemptOutcome> {
    try {
      const params = await this.#valuesOf(named);
      const { name: task } = job.attempt.task;
      const subrun = await this.#options.subruns.begin({ runId: childRunId, task, params });
      worker.take(subrun);
      return await this.#outcomeOf(job, subrun, childRunId);
    } catch (error) {
      // Parameters that do not fit now do not fit next time; a run that is held may be free then.
      const retryable = !(error instanceof Fault) || error.code === 'DP6004';
      return { is: 'failed', failure: { reason: 'failed', retryable }, error: described(error) };
    }
  }

  /** A parameter that an upstream did not supply has its default. */
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
    { attempt: { task }, resultId }: Job,
    { ended }: Subrun,
    childRunId: RunId,
  ): Promise<AttemptOutcome> {
    const ending = await ended;
    switch (ending.is) {
      case 'succeeded': {
        const isAsked = task.work.is === 'pipeline' && task.work.output !== undefined;
        if (isAsked) return { is: 'succeeded', output: ending.output ?? { is: 'void' } };
        const {
          session: { run },
          io,
        } = this.#options;
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

const failed = (message: string): AttemptOutcome => ({
  is: 'failed',
  failure: { reason: 'failed', retryable: true },
  error: { name: 'PipelineError', message, code: 'DP6001' },
});

/** Describes all errors in the parameters, not only the first. */
function described(error: unknown): ReturnType<typeof describeError> {
  const told = describeError(error);
  if (!(error instanceof Fault)) return told;
  const { name, code } = error;
  return { name, code, message: error.diagnostics.map(({ message }) => message).join('; ') };
}

class PipelineWorker implements Worker {
  readonly number = 0;
  readonly isServing = true;
  #subrun: Subrun | undefined;
  /** Cancellation that was requested before the sub-run existed. */
  #told: { readonly reason: string; readonly how: 'drain' | 'kill' } | undefined;

  take(subrun: Subrun): void {
    this.#subrun = subrun;
    if (this.#told !== undefined) subrun.cancel(this.#told.reason, this.#told.how);
  }

  stop(_job: Job, why: JobStopReason, graceMs: Milliseconds): Timer {
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
