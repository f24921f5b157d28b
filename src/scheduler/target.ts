/** What a firing of a trigger leads to. */
import type { Instant, RunId } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { Overlap } from './overlap.ts';

export type Target<Fired, Source, T extends object> =
  | TopicTarget<Fired, T>
  | RunTarget<Fired, Source>;

/** Publishes an event on the topic. `data` may be left out where it can be null. */
export type TopicTarget<Fired, T extends object> = {
  [K in keyof T & string]: null extends T[K]
    ? { readonly topic: K; readonly data?: (fired: Fired) => T[K] }
    : { readonly topic: K; readonly data: (fired: Fired) => T[K] };
}[keyof T & string];

/** Starts a run. `overlap`: while an earlier run of the trigger goes on; default `skip`. */
export interface RunTarget<Fired, Source> {
  readonly run: Source;
  readonly params?: (fired: Fired) => JsonObject;
  readonly overlap?: Overlap;
}

/** What starts runs: a project. */
export interface RunStarter<Source> {
  start(
    source: Source,
    options: { readonly params?: JsonObject; readonly at?: Instant },
  ): Promise<StartedRun>;
}

export interface StartedRun {
  readonly runId: RunId;
  /** Settles when the run has ended. */
  readonly ended: Promise<unknown>;
  cancel(reason: string): void;
}

/** What followed a firing; `waiting`: its run starts when the running ones have ended. */
export type FiringOutcome =
  | { readonly outcome: 'fired'; readonly runId?: RunId }
  | { readonly outcome: 'skipped' | 'waiting' };
