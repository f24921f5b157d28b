import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson, isJsonObject, type Json } from '../../src/model/json.ts';

const anyJson = fc.jsonValue() as fc.Arbitrary<Json>;

/** The same value with the keys of every object the other way round. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => turned(item));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).toReversed();
  return Object.fromEntries(entries.map(([key, member]) => [key, turned(member)]));
}

describe('canonical JSON', () => {
  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('is the same whatever the order of keys', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test('sorts keys by code unit, numbers among them too', () => {
    expect(canonicalJson({ b: 1, a: { d: [{ z: 1, y: 2 }], c: null }, 10: 0, 9: 0, B: 0 })).toBe(
      '{"10":0,"9":0,"B":0,"a":{"c":null,"d":[{"y":2,"z":1}]},"b":1}',
    );
  });

  test('keeps a member called __proto__', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":{"a":1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  test('keeps texts as they are', () => {
    expect(canonicalJson(['"\\\n', 'é', ' '])).toBe(JSON.stringify(['"\\\n', 'é', ' ']));
  });
});
