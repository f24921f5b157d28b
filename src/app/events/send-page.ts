/** Sends events to a broker: they all go out at once, and what the broker refuses is tried again for a while. */
import type { Broker } from '../../events/broker.ts';
import { reconnectDelay } from '../../events/reconnect-delay.ts';
import { type Clock, delay } from '../../lib/clock.ts';
import type { PlacedEvent } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';

/** About half a minute: a server that is full may have room again, an event that is too large is never taken. */
const MOST_TRIES = 12;

interface Sending {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Hears of a refusal (DP6125), and of each event that is given up (DP6132). */
  readonly report: (fault: Fault) => void;
}

/** Resolves when the broker has every event that it does not refuse. Rejects when the broker was closed. */
export async function sendPage(
  broker: Pick<Broker, 'publish'>,
  page: readonly PlacedEvent[],
  { clock, signal, report }: Sending,
): Promise<void> {
  let left = page;
  for (let attempt = 1; left.length > 0; attempt++) {
    const sent = left.map(async ({ event }) => broker.publish(event.topic, event));
    const results = await Promise.allSettled(sent);
    const refused = left.flatMap((placed, i) => {
      const result = results[i];
      return result?.status === 'rejected' ? [{ placed, fault: refusal(result.reason) }] : [];
    });
    const [first] = refused;
    if (first === undefined) return;
    if (attempt === MOST_TRIES) {
      for (const { placed, fault } of refused) report(givenUp(placed, fault));
      return;
    }
    report(first.fault);
    await delay(clock, reconnectDelay(attempt, Math.random()), signal);
    signal.throwIfAborted();
    left = refused.map(({ placed }) => placed);
  }
}

/** Returns the fault with which a broker refused an event; throws any other. */
function refusal(error: unknown): Fault {
  if (error instanceof Fault && error.code === 'DP6125') return error;
  throw error;
}

const givenUp = ({ position, event }: PlacedEvent, cause: Fault): Fault =>
  new Fault('DP6132', `event ${position} on ${event.topic} was not sent: ${cause.message}`, {
    cause,
  });
