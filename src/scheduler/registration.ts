import type { Clock } from '../lib/clock.ts';
import type { FiringOutcome } from './target.ts';
import type { Firing, Trigger } from './trigger.ts';

/** What became of the last moment of a trigger. */
export type LastFiring = { readonly at: Date } & (
  | FiringOutcome
  | { readonly outcome: 'missed' }
  | { readonly outcome: 'failed'; readonly error: unknown }
);

export interface RegistrationParts<Fired> {
  readonly clock: Clock;
  readonly reach: (fired: Fired) => Promise<FiringOutcome>;
  /** Hears what goes wrong at a firing; never throws. */
  readonly report: (error: unknown) => void;
}

/** A trigger with what its firings reach. It listens from `start` to `stop`. */
export class Registration<Fired> {
  last: LastFiring | undefined;
  readonly #trigger: Trigger<Fired>;
  readonly #parts: RegistrationParts<Fired>;
  readonly #pending = new Set<Promise<void>>();
  #listening = new AbortController();

  constructor(trigger: Trigger<Fired>, parts: RegistrationParts<Fired>) {
    this.#trigger = trigger;
    this.#parts = parts;
  }

  get next(): Date | undefined {
    const next = this.#trigger.next?.(this.#parts.clock.now());
    return next === undefined ? undefined : new Date(next);
  }

  async start(): Promise<void> {
    this.#listening = new AbortController();
    await this.#trigger.start(this.#firing(this.#listening.signal));
  }

  /** Fires no more, and waits for the firings that are being carried out. */
  async stop(): Promise<void> {
    this.#listening.abort();
    await Promise.all(this.#pending);
  }

  /** Settles once it is decided what follows; what goes wrong is reported. Has no effect after `stop`. */
  async carryOut(fired: Fired): Promise<void> {
    if (this.#listening.signal.aborted) return;
    const work = this.#decide(fired);
    this.#pending.add(work);
    await work;
    this.#pending.delete(work);
  }

  async #decide(fired: Fired): Promise<void> {
    try {
      const outcome = await this.#parts.reach(fired);
      this.last = { at: this.#now(), ...outcome };
    } catch (error) {
      this.#fail(error);
    }
  }

  #firing(signal: AbortSignal): Firing<Fired> {
    return {
      signal,
      clock: this.#parts.clock,
      fire: async (fired) => {
        // It may be a firing from before a stop and a new start.
        if (!signal.aborted) await this.carryOut(fired);
      },
      missed: (at) => {
        this.last = { at: new Date(at), outcome: 'missed' };
      },
      failed: (error) => this.#fail(error),
    };
  }

  #fail(error: unknown): void {
    this.last = { at: this.#now(), outcome: 'failed', error };
    this.#parts.report(error);
  }

  #now(): Date {
    return new Date(this.#parts.clock.now());
  }
}
