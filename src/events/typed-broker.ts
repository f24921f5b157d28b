/** The broker of a program: data goes in on a topic, and comes out as events whose data has the type of the topic. */
import { randomUUID } from 'node:crypto';
import type { Event } from '../model/event.ts';
import type { Broker, SubscribeOptions, Subscription } from './broker.ts';
import { MemoryBroker } from './memory.ts';
import type { EventOf, Topics } from './topic-types.ts';

export interface Publisher<T extends object = Topics> {
  /** Carries the topics in its type alone, so that they are known where a publisher is passed on; nothing exists at run time. */
  readonly '~topics'?: T;
  /**
   * Makes the event and hands it over. Returns a promise only when a `block` subscriber is full: it settles when there is room.
   * Throws DP6101 for a malformed topic, DP6102 after close.
   */
  publish<K extends keyof T & string>(topic: K, data: T[K]): void | Promise<void>;
}

export interface Consumer<T extends object = Topics> {
  /**
   * In a pattern `*` matches exactly one segment, `**` any number, none included.
   * Throws DP6101 for a malformed pattern, DP6102 after close, DP6106 for an impossible capacity.
   */
  subscribe<const P extends string>(
    pattern: P,
    options?: SubscribeOptions,
  ): Subscription<EventOf<T, P>>;
}

export interface TypedBroker<T extends object = Topics>
  extends Publisher<T>, Consumer<T>, AsyncDisposable {
  /** Hands over an event from elsewhere as it is. Throws DP6101 when its topic is malformed. */
  forward(event: Event): void | Promise<void>;
  /** Settles every waiting reader and publisher; events that subscriptions hold can still be read. */
  close(): Promise<void>;
}

export interface TypedBrokerOptions {
  /** Delivers the events. Absent: within this process. The broker closes it. */
  readonly adapter?: Broker;
}

/** The types of the topics are a promise of the program: what `forward` lets in is not compared with them. */
export function createBroker<T extends object = Topics>({
  adapter = new MemoryBroker(),
}: TypedBrokerOptions = {}): TypedBroker<T> {
  return {
    publish: (topic, data) =>
      adapter.publish(topic, { v: 1, id: randomUUID(), topic, time: Date.now(), data }),
    // The cast states the promise of the program.
    subscribe: <P extends string>(pattern: P, options?: SubscribeOptions) =>
      adapter.subscribe(pattern, options) as Subscription<EventOf<T, P>>,
    forward: (event) => adapter.publish(event.topic, event),
    close: () => adapter.close(),
    [Symbol.asyncDispose]: () => adapter.close(),
  };
}
