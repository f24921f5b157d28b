/**
 * Scheduler: triggers come in with their targets, events and runs go out.
 * It never runs a task, and keeps nothing beyond the life of its process.
 */
import type { Topics } from '../events/topic-types.ts';
import type { Publisher } from '../events/typed-broker.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import { Fault } from '../model/fault.ts';
import { type LastFiring, Registration } from './registration.ts';
import { RunStarts } from './run-starts.ts';
import type { FiringOutcome, RunStarter, Target } from './target.ts';
import type { Trigger } from './trigger.ts';

export interface Scheduler<Source = unknown, T extends object = Topics> extends AsyncDisposable {
  /** The trigger listens at once when the scheduler has started. Throws DP6201 for a name that is taken, or a target that cannot be reached. */
  register<Fired>(name: string, trigger: Trigger<Fired>, target: Target<Fired, Source, T>): void;
  /** Its runs go on. Resolves to false when there is none of this name. */
  unregister(name: string): Promise<boolean>;
  list(): readonly RegisteredTrigger[];
  /** Settles when all triggers listen. Rejects when one cannot; then none does. Starting twice is starting once. */
  start(): Promise<void>;
  /** Fires no more, and waits for what is being decided. Runs go on. */
  stop(): Promise<void>;
}

export interface RegisteredTrigger {
  readonly name: string;
  /** The next moment; absent before the start, and when no clock decides that. */
  readonly next?: Date;
  /** What became of the last moment; absent before the first. */
  readonly last?: LastFiring;
}

export interface SchedulerOptions<Source, T extends object> {
  /** Needed for targets that are topics. */
  readonly publisher?: Publisher<T>;
  /** Needed for targets that are runs. */
  readonly project?: RunStarter<Source>;
  readonly clock?: Clock;
  /** Hears what goes wrong at a firing, such as a pipeline that cannot be planned. Absent: it is a warning of the process. */
  readonly onError?: (error: unknown, trigger: string) => void;
}

export function createScheduler<Source = never, T extends object = Topics>(
  options: SchedulerOptions<Source, T>,
): Scheduler<Source, T> {
  return new TriggerScheduler(options);
}

type Registered = Pick<Registration<never>, 'start' | 'stop' | 'next' | 'last'>;

class TriggerScheduler<Source, T extends object> implements Scheduler<Source, T> {
  readonly #options: SchedulerOptions<Source, T>;
  readonly #registered = new Map<string, Registered>();
  #listening: { readonly started: Promise<void>; readonly stop: AbortController } | undefined;

  constructor(options: SchedulerOptions<Source, T>) {
    this.#options = options;
  }

  register<Fired>(name: string, trigger: Trigger<Fired>, target: Target<Fired, Source, T>): void {
    if (this.#registered.has(name))
      throw new Fault('DP6201', `a trigger "${name}" is registered already`);
    const { clock = systemClock } = this.#options;
    const report = (error: unknown): void => this.#report(error, name);
    const reach = this.#reacher(name, target, (fired) => void registration.carryOut(fired));
    const registration = new Registration(trigger, { clock, report, reach });
    this.#registered.set(name, registration);
    if (this.#listening !== undefined) this.#startLater(name, registration, this.#listening);
  }

  async unregister(name: string): Promise<boolean> {
    const registration = this.#registered.get(name);
    this.#registered.delete(name);
    await registration?.stop();
    return registration !== undefined;
  }

  list(): readonly RegisteredTrigger[] {
    return Array.from(this.#registered, ([name, { next, last }]) => ({
      name,
      ...(next && { next }),
      ...(last && { last }),
    }));
  }

  start(): Promise<void> {
    if (this.#listening === undefined) {
      const stop = new AbortController();
      const started = this.#start([...this.#registered.values()], stop.signal);
      this.#listening = { started, stop };
    }
    return this.#listening.started;
  }

  async stop(): Promise<void> {
    this.#listening?.stop.abort();
    this.#listening = undefined;
    await Promise.all([...this.#registered.values()].map((registration) => registration.stop()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #start(registered: readonly Registered[], signal: AbortSignal): Promise<void> {
    try {
      for (const registration of registered) {
        await registration.start();
        // Stopping does not know of a trigger that begins to listen only now.
        if (signal.aborted) return await registration.stop();
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Starts a trigger that was registered after the start, once the others listen. */
  #startLater(
    name: string,
    registration: Registered,
    { started, stop }: { readonly started: Promise<void>; readonly stop: AbortController },
  ): void {
    const isWanted = (): boolean =>
      !stop.signal.aborted && this.#registered.get(name) === registration;
    const begin = async (): Promise<void> => {
      await started;
      if (isWanted()) await registration.start();
      if (!isWanted()) await registration.stop();
    };
    begin().catch((error: unknown) => this.#report(error, name));
  }

  #reacher<Fired>(
    name: string,
    target: Target<Fired, Source, T>,
    again: (fired: Fired) => void,
  ): (fired: Fired) => Promise<FiringOutcome> {
    const { publisher, project } = this.#options;
    if ('run' in target) {
      if (project === undefined) throw unreachable(name, 'project');
      const starts = new RunStarts(target, project, again);
      return (fired) => starts.reach(fired);
    }
    if (publisher === undefined) throw unreachable(name, 'publisher');
    return async (fired) => {
      // Data may be left out only where it can be null.
      await publisher.publish(
        target.topic,
        target.data?.(fired) ?? (null as T[typeof target.topic]),
      );
      return { outcome: 'fired' };
    };
  }

  #report(error: unknown, name: string): void {
    const { onError } = this.#options;
    if (onError !== undefined) onError(error, name);
    else process.emitWarning(error instanceof Error ? error : String(error));
  }
}

function unreachable(name: string, needed: 'project' | 'publisher'): Fault {
  return new Fault('DP6201', `the scheduler has no ${needed}, so trigger "${name}" has no effect`, {
    hint: `give createScheduler() a \`${needed}\``,
  });
}
