import { expect, test } from 'vitest';
import { Redaction } from '../../../src/executor/worker/redaction.ts';
import { holdsSecret } from '../../../src/executor/worker/secret-in-result.ts';

const SECRET = 'pässword-1234';
const redaction = new Redaction([SECRET, '40417']);

test.each([
  ['a text', `token=${SECRET}`],
  ['an encoded text', Buffer.from(SECRET).toString('base64')],
  ['a number', { port: 40417 }],
  ['a list in an object', { a: [{ b: SECRET }] }],
  ['a name', { [SECRET]: 1 }],
  ['a Map and a Set', new Map([[1, new Set([SECRET])]])],
  ['bytes', Buffer.from(`x${SECRET}`)],
  ['a part of bytes', new Uint8Array(Buffer.from(`xx${SECRET}`)).subarray(1)],
  ['an ArrayBuffer', new Uint8Array(Buffer.from(SECRET)).buffer],
  ['an error', new Error('no', { cause: new Error(SECRET) })],
])('a secret is found in %s', (_where, result) => {
  expect(holdsSecret(result, redaction)).toBe(true);
  expect(holdsSecret(result, new Redaction(['another secret']))).toBe(false);
});

test('a secret is found behind all that is long, and across the pieces that are searched', () => {
  const long = 17 * 1024 * 1024;
  expect(holdsSecret(`${'x'.repeat(long)}${SECRET}`, redaction)).toBe(true);
  for (const at of [16 * 1024 * 1024 - 5, 16 * 1024 * 1024, long]) {
    const bytes = Buffer.alloc(long + 100, 'x');
    bytes.write(SECRET, at);
    expect(holdsSecret(bytes, redaction)).toBe(true);
  }
  expect(holdsSecret(Buffer.alloc(long, 'x'), redaction)).toBe(false);
});

test('a result that contains itself is looked at once', () => {
  const ring: unknown[] = [1, 'harmless'];
  ring.push(ring);
  expect(holdsSecret(ring, redaction)).toBe(false);
  ring.push(SECRET);
  expect(holdsSecret(ring, redaction)).toBe(true);
});

test('without secrets nothing is looked at', () => {
  const unread = {
    get text(): string {
      throw new Error('was read');
    },
  };
  expect(holdsSecret(unread, new Redaction([]))).toBe(false);
});
