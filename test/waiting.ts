import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than what tests wait for takes on a busy machine, shorter than their own time limit. */
const PATIENCE_MS = 25_000;

/** Settles once it is so. Asks again and again, as for a file that another process makes; the error says what did not come. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  patienceMs = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not so after ${patienceMs} ms: ${String(isSo)}`);
    await sleep(5);
  }
}
