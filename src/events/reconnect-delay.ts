const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;

/**
 * Returns how long to wait before the n-th attempt to reconnect, from 1, in milliseconds: twice as long each time, up to a limit.
 * The random half of it keeps the clients of a server that comes back from all coming at once. `random` is in [0, 1).
 */
export function reconnectDelay(attempt: number, random: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(longest / 2 + (longest / 2) * random);
}
