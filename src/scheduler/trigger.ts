import type { Clock } from '../lib/clock.ts';
import type { Instant } from '../model/ids.ts';

/** What starts something. Any object of this shape is a trigger: a file watcher, a handler of HTTP requests. */
export interface Trigger<Fired = unknown> {
  /** Listens until the signal aborts. Settles when it listens; throws a Fault when it cannot. */
  start(firing: Firing<Fired>): void | Promise<void>;
  /** Returns the next instant at which it fires; undefined when no clock decides that. */
  next?(now: Instant): Instant | undefined;
}

/** What a scheduler gives a trigger that it starts. */
export interface Firing<Fired> {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Settles once it is decided what follows, and never rejects: the scheduler reports what goes wrong. */
  readonly fire: (fired: Fired) => Promise<void>;
  /** The instant passed without a firing, because this process could not act in time. */
  readonly missed: (at: Instant) => void;
  /** The trigger can no longer listen. */
  readonly failed: (error: unknown) => void;
}
