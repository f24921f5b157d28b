import { setTimeout as sleep } from 'node:timers/promises';

/** Settles once it is so. Asks again and again, as for a file that another process makes. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(10);
}
