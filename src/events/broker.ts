/**
 * Events: facts come in on a topic, and go out to every subscriber whose pattern matches.
 * The broker never stores or changes an event, and no subscriber can harm another or the publisher.
 */
import type { Event } from '../model/event.ts';

export interface Broker extends AsyncDisposable {
  /**
   * Hands the event to every matching subscription, in order per publisher and topic.
   * In memory it returns a promise only when a `block` subscriber is full: it settles when there is room. On a server it settles when
   * the server has the event, and rejects when the server refuses it or the broker is closed before.
   * Throws on an invalid topic (empty segment, wildcard) and after close.
   */
  publish(topic: string, event: Event): void | Promise<void>;
  /** In a pattern `*` matches exactly one segment, `**` any number, none included. The subscription ends when `signal` aborts or the broker closes. */
  subscribe(pattern: string, options?: SubscribeOptions): Subscription;
  /** Resolves with the position behind the newest event that the server has, for `from`; undefined in memory. */
  lastPosition(): Promise<string | undefined>;
  /** Settles every waiting consumer and publisher; events already queued can still be read. */
  close(): Promise<void>;
}

export interface SubscribeOptions {
  readonly signal?: AbortSignal;
  /** Greatest number of events held for a slow reader; default 1,024. With `durable`, `from` or `block` a server holds the others. */
  readonly capacity?: number;
  /** The policy for a full queue: the publisher waits, the oldest event is dropped and counted, or the subscription ends with an error. Default `drop_oldest`. */
  readonly overflow?: 'block' | 'drop_oldest' | 'fail';
  /**
   * Name under which a server remembers what was handled. All subscriptions with the name share the events, each of which is handled
   * at least once: it counts as handled when its reader asks for the next. `overflow` does not apply.
   */
  readonly durable?: string;
  /**
   * Where to begin: with the oldest event that the server keeps, behind the newest (default), or behind a position that a
   * subscription gave. A durable subscriber begins there the first time only. `overflow` does not apply to what is kept.
   */
  readonly from?: 'start' | 'end' | (string & {});
}

/**
 * A subscription receives events from the moment it is made. Leaving the loop, disposing of it or aborting its signal ends it and
 * discards the events it held; after `fail` the held events can be read before the error (DP6103).
 */
export interface Subscription<E extends Event = Event> extends AsyncIterable<E>, Disposable {
  /** Number of events lost so far, to `drop_oldest` or because a server removed them before they were read. The reader learns of the loss here, and not by one more event. */
  readonly dropped: number;
  /** Position of the event that was read last, for the option `from`; undefined in memory, and for a subscription that only receives events from now on. */
  readonly position: string | undefined;
}
