import { delay, systemClock } from '../lib/clock.ts';

/** A server that answers at all has answered by then. */
const PATIENCE_MS = 5_000;

/** Waits for a last exchange with a server, but not for ever: one that is away is given up. Never rejects. */
export async function settledInTime(work: Promise<unknown>): Promise<void> {
  const isOver = new AbortController();
  await Promise.race([work.catch(() => {}), delay(systemClock, PATIENCE_MS, isOver.signal)]);
  isOver.abort();
}

/** Closes a client; one without a connection has nothing to say to its server, and is not waited for. */
export async function closeInTime(
  client: { isConnected(): boolean },
  close: () => Promise<unknown>,
): Promise<void> {
  const isConnected = client.isConnected();
  const closing = settledInTime(close());
  if (isConnected) await closing;
}
