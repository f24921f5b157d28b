import { expect, test } from 'vitest';
import { PATIENCE_LIMIT_MS, retryWhileBusy } from '../../src/store/lock-wait.ts';

class Busy extends Error {}
const isBusy = (error: unknown): boolean => error instanceof Busy;

/** Notes the naps, and takes no time. */
function patience() {
  const naps: number[] = [];
  return { naps, sleep: (ms: number) => void naps.push(ms), random: () => 0.5 };
}

test('what succeeds at once waits for nothing', () => {
  const patient = patience();
  expect(retryWhileBusy(() => 'done', isBusy, patient)).toBe('done');
  expect(patient.naps).toStrictEqual([]);
});

test('a lock is waited for until it is free', () => {
  let tries = 0;
  const attempt = (): string => {
    if (++tries < 1_000) throw new Busy();
    return 'done';
  };
  expect(retryWhileBusy(attempt, isBusy, patience())).toBe('done');
});

test('who has waited longer asks more often', () => {
  const patient = patience();
  expect(() => retryWhileBusy(fail, isBusy, patient)).toThrow(Busy);
  expect(patient.naps).toStrictEqual(patient.naps.toSorted((a, b) => b - a));
  expect(patient.naps[0]).toBeGreaterThan(5 * (patient.naps.at(-1) ?? 0));
});

test('a lock that is never free is given up in the end', () => {
  const patient = patience();
  expect(() => retryWhileBusy(fail, isBusy, patient)).toThrow(Busy);
  const waited = patient.naps.reduce((sum, nap) => sum + nap, 0);
  expect(Math.round(waited / 1_000)).toBe(PATIENCE_LIMIT_MS / 1_000);
});

test('any other error is thrown at once', () => {
  const patient = patience();
  expect(() => retryWhileBusy(() => JSON.parse('{'), isBusy, patient)).toThrow(SyntaxError);
  expect(patient.naps).toStrictEqual([]);
});

function fail(): never {
  throw new Busy();
}
