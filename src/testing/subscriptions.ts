import type { Broker, SubscribeOptions, Subscription } from '../events/broker.ts';
import type { Event } from '../model/event.ts';

export const BLOCK_ONE: SubscribeOptions = { capacity: 1, overflow: 'block' };

let made = 0;
export function event(topic: string, data: unknown = null): Event {
  return { v: 1, id: `e${++made}`, topic, time: 0, data };
}

/** The data of everything that the subscription still gives. */
export async function rest(subscription: Subscription): Promise<unknown[]> {
  return Array.fromAsync(subscription, ({ data }) => data);
}

/** The data of the next event; the subscription stays open. */
export async function nextOf(subscription: Subscription): Promise<unknown> {
  const next: IteratorResult<Event, unknown> = await subscription[Symbol.asyncIterator]().next();
  return next.done === true ? undefined : next.value.data;
}

export async function publishAll(
  broker: Broker,
  topic: string,
  data: readonly unknown[],
): Promise<void> {
  for (const one of data) await broker.publish(topic, event(topic, one));
}

/** Lets everything run that waits for nothing but its turn. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
