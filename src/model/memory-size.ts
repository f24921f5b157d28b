import type { Mebibytes } from './ids.ts';

/** Smallest amount that fits an empty worker; the upper limit catches typing errors. */
export const LEAST_MEMORY: Mebibytes = 128;
export const MOST_MEMORY: Mebibytes = 1024 * 1024;

/** Completes "… must be". */
export const MEMORY_EXPECTED = `an amount of memory from ${LEAST_MEMORY}MiB to 1024GiB, such as "512MiB", "2GiB" or a number of MiB`;

/** Parses an amount of memory: MiB as a number, `512MiB`, `1.5GiB`. Returns undefined when it is none, or out of range. */
export function parseMemory(written: unknown): Mebibytes | undefined {
  const mebibytes = mebibytesIn(written);
  if (mebibytes === undefined) return undefined;
  const whole = Math.round(mebibytes);
  return whole >= LEAST_MEMORY && whole <= MOST_MEMORY ? whole : undefined;
}

/** Returns a hint for units of other tools, or bytes. */
export function memoryHint(written: unknown): string | undefined {
  if (typeof written === 'number' && written > MOST_MEMORY) {
    return `a number is of MiB: write ${Math.round(written / 2 ** 20)}`;
  }
  if (typeof written !== 'string') return undefined;
  const [, amount, unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([mg])i?b?\s*$/i.exec(written) ?? [];
  if (amount === undefined || mebibytesIn(written) !== undefined) return undefined;
  return `write "${amount}${unit.toUpperCase()}iB"`;
}

function mebibytesIn(written: unknown): Mebibytes | undefined {
  if (typeof written === 'number') return written;
  if (typeof written !== 'string') return undefined;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([MG])iB$/.exec(written.trim()) ?? [];
  if (amount === undefined) return undefined;
  return Number(amount) * (unit === 'G' ? 1024 : 1);
}
