/**
 * Events: facts come in on a topic, and reach everyone who subscribed to a pattern that matches.
 * It never stores, never changes an event, and no subscriber can hurt another or the publisher.
 */
import type { Event } from '../model/event.ts';

export interface Broker extends AsyncDisposable {
  /**
   * Hands the event to every matching subscription, in order per publisher and topic.
   * Returns a promise only when a `block` subscriber is full: it settles when there is room.
   * Throws on an invalid topic (empty segment, wildcard) and after close.
   */
  publish(topic: string, event: Event): void | Promise<void>;
  /** `*` is exactly one segment, `**` any number, none included. Ends when `signal` aborts or the broker closes. */
  subscribe(pattern: string, options?: SubscribeOptions): Subscription;
  /** Settles every waiting consumer and publisher; events already queued can still be read. */
  close(): Promise<void>;
}

export interface SubscribeOptions {
  readonly signal?: AbortSignal;
  /** Events held for a slow reader; default 1,024. */
  readonly capacity?: number;
  /** When full: make the publisher wait, drop the oldest (counted), or end this subscription with an error. Default `drop_oldest`. */
  readonly overflow?: 'block' | 'drop_oldest' | 'fail';
}

/**
 * Receives from the moment it is made. Breaking off the loop, letting go of it and aborting its signal end it, and what it held is gone;
 * after `fail` what it held can be read before the error (DP6103) comes.
 */
export interface Subscription extends AsyncIterable<Event>, Disposable {
  /** Events lost to `drop_oldest` so far. This is how the loss is told: to the reader it concerns, and not as one more event. */
  readonly dropped: number;
}
