import { decimals } from './exact.ts';

const ENGLISH = new Intl.NumberFormat('en');
/** Stands where there is nothing to compute from. */
const NONE = '–';

/** 20000 → 20,000 */
export const grouped = (count: number): string => ENGLISH.format(count);

/** 4349 of 20000 → 21.7 % */
export const share = (part: number, whole: number): string =>
  whole === 0 ? NONE : `${decimals(part * 100, whole, 1)} %`;

/** To three decimals, half up. */
export const mean = (sum: number | bigint, count: number | bigint): string =>
  Number(count) === 0 ? NONE : decimals(sum, count, 3);
