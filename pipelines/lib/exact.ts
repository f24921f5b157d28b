/**
 * The fraction as text with `places` decimals, half rounded up (away from zero). Computed on integers,
 * so no binary fraction can tip a half the wrong way. Throws a RangeError for no integers, and for division by zero.
 */
export function decimals(
  numerator: number | bigint,
  denominator: number | bigint,
  places: number,
): string {
  const [above, below] = [BigInt(numerator), BigInt(denominator)];
  const negative = above < 0n !== below < 0n;
  const scaled = (2n * abs(above) * 10n ** BigInt(places) + abs(below)) / (2n * abs(below));
  const digits = scaled.toString().padStart(places + 1, '0');
  const sign = negative && scaled > 0n ? '-' : '';
  return places === 0
    ? sign + digits
    : `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

export function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

/** Whether a number is whole and small enough that nothing was rounded off it. */
export function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);
