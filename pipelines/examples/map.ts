import { task } from 'dp';

export const months = task((): number[] => Array.from({ length: 12 }, (_, index) => index + 1));

/** Called once for each month; `month` is the element. */
export const days = task(({ month, year }: { month: number; year: number }): number =>
  new Date(Date.UTC(year, month, 0)).getUTCDate(),
);

export const total = task(({ perMonth }: { perMonth: number[] }): number =>
  perMonth.reduce((sum, days) => sum + days, 0),
);

export const report = task(
  { tags: ['report'] },
  ({ total, perMonth }: { total: number; perMonth: number[] }): string =>
    `${total} days: ${perMonth.join(' ')}`,
);
