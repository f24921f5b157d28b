/** Tasks that wait for an event: an attempt occupies no slot, and the event that ends it is its result. */
import type { IoManager } from '../../io/io-manager.ts';
import type { Clock } from '../../lib/clock.ts';
import { Fault, impossible } from '../../model/fault.ts';
import type { EventBus } from '../../store/event-bus.ts';
import type { Session } from '../ports/protocol.ts';
import type { Job, Placement, WorkerListener, WorkerPool } from '../ports/worker.ts';
import type { AttemptOutcome } from '../ports/workforce.ts';
import type { Redaction } from '../worker/redaction.ts';
import { holdsSecret } from '../worker/secret-in-result.ts';
import { timeoutError } from '../worker/task-error.ts';
import { BusWatch } from './bus-watch.ts';
import { EventWait, type WaitEnding } from './event-wait.ts';

export interface WaitPoolOptions {
  readonly session: Pick<Session, 'run'>;
  readonly bus: Pick<EventBus, 'read'>;
  readonly clock: Clock;
  readonly io: Pick<IoManager, 'save'>;
  readonly redaction: Redaction;
  readonly listener: WorkerListener;
}

export class WaitPool implements WorkerPool {
  readonly busy = 0;
  readonly #options: WaitPoolOptions;
  readonly #watch: BusWatch;
  readonly #running = new Map<EventWait, Promise<void>>();

  constructor(options: WaitPoolOptions) {
    const { bus, clock, listener } = options;
    this.#options = options;
    this.#watch = new BusWatch(bus, clock, (error) => listener.failed(error));
  }

  accepts({ input }: Job): boolean {
    return input.is === 'wait';
  }

  place(job: Job): Placement {
    const { input } = job;
    if (input.is !== 'wait') throw new Fault('DP9001', `a ${input.is} was started as a wait`);
    const wait = new EventWait(input.wait);
    const stop = (): void => wait.stop();
    const send = (): void => {
      const { listener } = this.#options;
      const carried = wait.ended
        .then((ending) => this.#outcomeOf(ending, job))
        .then((outcome) => listener.ended(job.token, outcome))
        .catch((error: unknown) => listener.failed(error))
        .finally(() => {
          this.#watch.remove(wait); // it may have been stopped before it was sent
          this.#running.delete(wait);
        });
      this.#running.set(wait, carried);
      this.#watch.add(wait);
    };
    const worker = {
      number: 0,
      isServing: true,
      stop: () => {
        stop();
        return { clear: () => undefined };
      },
      kill: stop,
    };
    return { worker, begins: true, send };
  }

  async close(): Promise<void> {
    for (const wait of this.#running.keys()) wait.stop();
    await Promise.all(this.#running.values());
  }

  async #outcomeOf(ending: WaitEnding, { attempt, resultId }: Job): Promise<AttemptOutcome> {
    const { session, io, redaction } = this.#options;
    const { name: task, work } = attempt.task;
    switch (ending.is) {
      case 'received': {
        const { event } = ending;
        const { ref, inline } = await io.save({ run: session.run, task, id: resultId }, event);
        return {
          is: 'succeeded',
          output: ref,
          ...(inline === undefined ? {} : { inline }),
          ...(holdsSecret(event, redaction) ? { holdsSecret: true } : {}),
        };
      }
      case 'late': {
        const limit = work.is === 'wait' ? work.timeout : null;
        const topics = work.is === 'wait' ? work.event : '';
        const message = `no event on ${topics} came within ${limit} s${ending.passedOver}`;
        const error = timeoutError('DP6130', message);
        return { is: 'failed', failure: { reason: 'timed_out', retryable: false }, error };
      }
      case 'stopped':
        return {
          is: 'failed',
          failure: { reason: 'failed', retryable: true },
          error: { name: 'WaitStopped', message: 'the wait was stopped' },
        };
      default:
        return impossible(ending);
    }
  }
}
