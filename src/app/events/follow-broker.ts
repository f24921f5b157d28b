/** Follows the events of a broker on a server until the signal. */
import { openBroker } from '../../events/open.ts';
import type { Event } from '../../model/event.ts';
import type { Fault } from '../../model/fault.ts';

export interface BrokerFollowing {
  /** Pattern of the topics. */
  readonly topic: string;
  /** `start`: from the oldest event that the server keeps; `end`: only what comes from now on; else behind a position of the broker. */
  readonly from: string;
  /** Hears of events that are refused, and of lost connections. */
  readonly report: (fault: Fault) => void;
  readonly signal: AbortSignal;
}

/** Throws DP6120 for a malformed address, DP6121 when the server cannot be used, DP6126 for a malformed position and the broker in memory. */
export async function* followBroker(
  address: string,
  { topic, from, report, signal }: BrokerFollowing,
): AsyncGenerator<{ readonly event: Event; readonly position: string | undefined }, void> {
  await using broker = await openBroker(address, { report });
  // The server holds what a slow reader has not read yet.
  using subscription = broker.subscribe(topic, { from, overflow: 'block', signal });
  for await (const event of subscription) yield { event, position: subscription.position };
}
