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

test('naps stay short however long the wait, and differ from waiter to waiter', () => {
  const patient = { ...patience(), random: Math.random };
  expect(() => retryWhileBusy(fail, isBusy, patient)).toThrow(Busy);
  expect(Math.max(...patient.naps.slice(-1_000))).toBeLessThan(2);
  expect(new Set(patient.naps.slice(0, 100)).size).toBeGreaterThan(90);
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

const BUSY = new Busy();

function fail(): never {
  throw BUSY;
}
