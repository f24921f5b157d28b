/** Addresses of brokers, and how long clients wait before they connect again. */
import { expect, test } from 'vitest';
import { parseBrokerUrl, withoutPassword } from '../../src/events/broker-url.ts';
import { reconnectDelay } from '../../src/events/reconnect-delay.ts';
import type { Fault } from '../../src/model/fault.ts';

const GRAMMAR = {
  schemes: ['test', 'tests'],
  example: 'test://HOST:1',
  defaultPort: 7,
  parameters: ['size'],
};

test.each([
  ['test://host', { scheme: 'test', hosts: [{ host: 'host', port: 7 }], path: '' }],
  [
    'TESTS://host:9/a%20b?size=3',
    { scheme: 'tests', path: 'a b', hosts: [{ host: 'host', port: 9 }] },
  ],
  [
    'test://[::1]:9,b',
    {
      hosts: [
        { host: '::1', port: 9 },
        { host: 'b', port: 7 },
      ],
    },
  ],
  ['test://me:p%40s@host', { user: 'me', password: 'p@s', shown: 'test://me:***@host' }],
])('%s is read', (text, expected) => {
  expect(parseBrokerUrl(text, GRAMMAR)).toMatchObject(expected);
});

test.each([
  ['nothing', 'is no URL of a server'],
  ['other://host', 'has the scheme other, not test or tests'],
  ['test://host:0', 'has the port 0, which no server can have'],
  ['test://a:b:c', 'which is not HOST or HOST:PORT'],
  ['test://host?color=1', 'has an unknown parameter "color"; there are size'],
  ['test://u:50%@host', 'begins no escape'],
])('%s is refused', (text, problem) => {
  expect(() => parseBrokerUrl(text, GRAMMAR)).toThrow(problem);
});

test('no fault shows a password, also of an address that is malformed', () => {
  let shown = '';
  try {
    parseBrokerUrl('other://me:hunter2@host', GRAMMAR);
  } catch (error) {
    shown = (error as Fault).message;
  }
  expect(shown).toContain('me:***@host');
  expect(withoutPassword('junk redis://u:a@b:c@host')).toBe('junk redis://u:***@host');
});

test('the pauses between attempts double up to a limit, and half of each is random', () => {
  expect([1, 2, 3, 7, 8, 1_000].map((attempt) => reconnectDelay(attempt, 0))).toEqual([
    25, 50, 100, 1_600, 2_500, 2_500,
  ]);
  expect(reconnectDelay(1, 0.999)).toBe(50);
  expect(reconnectDelay(50, 0.999)).toBe(4_998);
});
