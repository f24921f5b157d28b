/**
 * The broker inside one process: an event comes in with its topic, and goes out to the matching subscriptions.
 * It calls no code of subscribers: each reads at its own pace, so none can throw into another or into the publisher.
 */
import type { Event } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Broker, SubscribeOptions, Subscription } from './broker.ts';
import { MemorySubscription } from './memory-subscription.ts';
import { Routes } from './routes.ts';

export class MemoryBroker implements Broker {
  readonly #routes = new Routes<MemorySubscription>();
  readonly #subscriptions = new Set<MemorySubscription>();
  #closed = false;

  publish(topic: string, event: Event): void | Promise<void> {
    this.#refuseWhenClosed(topic);
    let waits: Promise<void>[] | undefined;
    for (const subscription of this.#routes.to(topic)) {
      const wait = subscription.offer(event);
      if (wait !== undefined) (waits ??= []).push(wait);
    }
    if (waits !== undefined) return settled(waits);
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): Subscription {
    this.#refuseWhenClosed(pattern);
    if (options.durable !== undefined || (options.from ?? 'end') !== 'end')
      throw new Fault(
        'DP6126',
        `the broker in memory keeps no events, as ${JSON.stringify(pattern)} wants`,
        {
          hint: 'use a broker on a server, or subscribe without durable and from',
        },
      );
    const subscription = new MemorySubscription(pattern, options, () => {
      this.#routes.remove(pattern, subscription);
      this.#subscriptions.delete(subscription);
    });
    this.#routes.add(pattern, subscription);
    this.#subscriptions.add(subscription);
    subscription.endOn(options.signal);
    return subscription;
  }

  lastPosition(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  close(): Promise<void> {
    this.end();
    return Promise.resolve();
  }

  /** Closes; with a failure, every subscription ends with it, after what it held. */
  end(failure?: Fault): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.finish(failure);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #refuseWhenClosed(where: string): void {
    if (this.#closed)
      throw new Fault('DP6102', `the broker is closed, at ${JSON.stringify(where)}`);
  }
}

async function settled(waits: readonly Promise<void>[]): Promise<void> {
  await Promise.all(waits);
}
