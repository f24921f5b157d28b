import { describe, expect, test } from 'vitest';
import { asJson, checkFigure, Publications } from '../../../src/executor/worker/publishable.ts';

const MIB = 2 ** 20;
const publishable = (data: unknown): unknown => new Publications().accept(data);
const tooMuch = expect.objectContaining({ code: 'DP6109' });

describe('the data of an event', () => {
  test('may take 1 MiB as JSON, in bytes', () => {
    const largest = 'x'.repeat(MIB - 2);
    expect(publishable(largest)).toBe(largest);
    expect(() => publishable(`${largest}x`)).toThrow(tooMuch);
    expect(() => publishable('é'.repeat(MIB / 2))).toThrow(tooMuch);
    expect(() => publishable('\0'.repeat(MIB / 6 + 1))).toThrow(tooMuch);
  });

  test('is refused however the much of it is spread', () => {
    const name = 'x'.repeat(10_000);
    expect(() => publishable(Array.from({ length: 200 }, () => name))).toThrow(tooMuch);
    const members = Array.from({ length: 200 }, (_, index) => [`${name}${index}`, 1]);
    expect(() => publishable(Object.fromEntries(members))).toThrow(tooMuch);
    expect(() => publishable(Array.from({ length: MIB }, () => 1))).toThrow(tooMuch);
    expect(() => publishable({ toJSON: () => 'x'.repeat(MIB) })).toThrow(tooMuch);
  });

  test('is not read to its end when it is too much', () => {
    const list: number[] = [];
    list[4_294_967_294] = 1;
    expect(() => publishable({ list })).toThrow(tooMuch);
    let doubled: unknown = ['x'.repeat(1_000)];
    for (let level = 0; level < 50; level++) doubled = [doubled, doubled];
    expect(() => publishable(doubled)).toThrow(tooMuch);
  });

  test('has no Date that JSON would replace with null', () => {
    expect(publishable([new Date(0)])).toEqual(['1970-01-01T00:00:00.000Z']);
    expect(() => publishable([new Date(NaN)])).toThrow('data[0] is an invalid Date');
  });

  test('has no holes', () => {
    expect(() => publishable(Array(2))).toThrow('data[0] is undefined');
  });
});

describe('all that an attempt publishes', () => {
  test.each([
    ['half a million small events', {}, 500_000, 524_288],
    ['the largest events', 'x'.repeat(MIB - 2), 125, 128],
  ])('may be %s, and is not without end', (_what, data, enough, tooMany) => {
    const publications = new Publications();
    let count = 0;
    expect(() => {
      for (; count <= tooMany; count++) publications.accept(data);
    }).toThrow(expect.objectContaining({ code: 'DP6111' }));
    expect(count).toBeGreaterThan(enough);
    expect(publications.acceptProgress()).toBe(false);
  });
});

test('a value for another pipeline may be of any size', () => {
  const long = 'x'.repeat(2 * MIB);
  expect(asJson([long], 'rows')).toEqual([long]);
});

test.each([
  ['half', 'done is a string, not a finite number'],
  [{ done: 1 }, 'done is an object, not a finite number'],
  [[2], 'done is a list, not a finite number'],
  [null, 'done is null, not a finite number'],
  [undefined, 'done is undefined, not a finite number'],
  [2n, 'done is a BigInt, not a finite number'],
  [Infinity, 'done is Infinity, not a finite number'],
])('%o is no figure of a progress report', (value, message) => {
  expect(() => checkFigure(value, 'done')).toThrow(
    expect.objectContaining({ code: 'DP6108', message }),
  );
});
