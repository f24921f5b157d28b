import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestOf, isPipelineName, isRunId, isTaskName, newRunId } from '../../src/model/ids.ts';

describe('a digest of parts', () => {
  test('differs for every two ways of cutting one text', () => {
    const anyCuts = fc.array(fc.nat({ max: 12 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), anyCuts, anyCuts, (text, one, other) => {
        const [a, b] = [cut(text, one), cut(text, other)];
        expect(digestOf(a) === digestOf(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 500 },
    );
  });

  test('differs for parts that look like the marks between them', () => {
    const anyPart = fc.option(fc.stringMatching(/^[0-9:;-]{0,5}$/), { nil: undefined });
    const anyParts = fc.array(anyPart, { maxLength: 4 });
    fc.assert(
      fc.property(anyParts, anyParts, (a, b) => {
        const same = a.length === b.length && a.every((part, i) => part === b[i]);
        expect(digestOf(a) === digestOf(b)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  test('distinguishes no text from an empty text, an empty part and an absent part', () => {
    const digests = [[], [''], [undefined], ['', ''], ['-;'], ['0:']].map((parts) =>
      digestOf(parts),
    );
    expect(new Set(digests).size).toBe(digests.length);
  });

  test('is SHA-256 of the lengths and the parts, in lower-case hexadecimal', () => {
    // printf '3:dag-;0:' | sha256sum
    expect(digestOf(['dag', undefined, ''])).toBe(
      'cd30b81a7ebf15b25fa70bccc2a213d8997041a225339fba23f04b0180d18422',
    );
  });
});

/** The text in pieces, cut before each of the places. */
function cut(text: string, places: readonly number[]): string[] {
  const borders = [0, ...places.map((place) => place % (text.length + 1)), text.length];
  const sorted = borders.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, i) => text.slice(sorted[i], end));
}

const bytes = (value: number) => (size: number) => new Uint8Array(size).fill(value);

describe('a run id', () => {
  test('has 16 characters and is one, whatever time and chance give', () => {
    const anyTime = fc.integer({ min: 0, max: 2 ** 45 - 1 });
    fc.assert(
      fc.property(anyTime, fc.integer({ min: 0, max: 255 }), (now, chance) => {
        const id = newRunId(now, bytes(chance));
        expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{16}$/);
        expect(isRunId(id)).toBe(true);
      }),
    );
  });

  test('sorts by time of creation', () => {
    const anyTime = fc.integer({ min: 0, max: 2 ** 45 - 1 });
    fc.assert(
      fc.property(anyTime, anyTime, (a, b) => {
        fc.pre(a < b);
        expect(newRunId(a, bytes(255)) < newRunId(b, bytes(0))).toBe(true);
      }),
    );
  });

  test('differs for two runs of the same moment', () => {
    const ids = Array.from({ length: 1_000 }, () => newRunId(1_760_000_000_000));
    expect(new Set(ids).size).toBe(1_000);
  });
});

describe('names', () => {
  test('of tasks, pipelines and runs never leave a folder', () => {
    const bad = ['', '.', '..', 'a/b', 'a\\b', '../x', 'a.b', 'a b', 'a\0', 'ä', ' a', 'a\n', '-a'];
    for (const name of bad) {
      expect([name, isTaskName(name), isPipelineName(name), isRunId(name)]).toEqual([
        name,
        false,
        false,
        false,
      ]);
    }
  });

  test('have at most 100 characters', () => {
    expect(isTaskName('a'.repeat(100)) && isPipelineName('a'.repeat(100))).toBe(true);
    expect(isTaskName('a'.repeat(101)) || isPipelineName('a'.repeat(101))).toBe(false);
  });

  test('of tasks may be those of JavaScript, short of the one that is no property', () => {
    expect(['byMonth', '_x', 'X1', 'constructor', 'a-b'].every(isTaskName)).toBe(true);
    expect(isTaskName('__proto__')).toBe(false);
    expect(isPipelineName('byMonth')).toBe(false);
  });
});
