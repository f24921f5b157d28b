import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDuration } from '../../src/model/duration.ts';

test('a number is seconds', () => {
  expect(parseDuration(90)).toBe(90);
  expect(parseDuration(0.5)).toBe(0.5);
  expect(parseDuration('90')).toBe(90);
  expect(parseDuration(' 1.5 ')).toBe(1.5);
});

test('units stand from large to small, each once', () => {
  expect(parseDuration('1m30s')).toBe(90);
  expect(parseDuration('7d')).toBe(604_800);
  expect(parseDuration('1h2m3s')).toBe(3_723);
  expect(parseDuration('1.5h')).toBe(5_400);
  for (const bad of ['30s1m', '1s1s', '1m1m']) expect(parseDuration(bad)).toBeUndefined();
});

test('milliseconds are not minutes', () => {
  expect(parseDuration('250ms')).toBe(0.25);
  expect(parseDuration('2m')).toBe(120);
});

test('what is no length of time is undefined', () => {
  const texts = ['', ' ', 's', '-1s', '1 s', '1w', '1s ago', 'x1s', '1e3', '+1', '.5s', '1.s'];
  const values = [...texts, -1, NaN, Infinity, null, true, {}, [1]];
  for (const value of values) expect([value, parseDuration(value)]).toEqual([value, undefined]);
});

test('the same length in other units is the same', () => {
  fc.assert(
    fc.property(fc.nat({ max: 1_000 }), fc.nat({ max: 59 }), (minutes, seconds) => {
      expect(parseDuration(`${minutes}m${seconds}s`)).toBe(parseDuration(minutes * 60 + seconds));
    }),
  );
});
