import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import { Checkout } from './checkout.ts';

const WITH_NODE = { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };

test('bin/setup does nothing when the installed lock file is the present one', () => {
  using checkout = new Checkout()
    .take('bin/setup')
    .write('package-lock.json', '{ "same": 1 }')
    .write('node_modules/.installed.json', '{ "same": 1 }')
    .program('tools/npm', 'echo npm was called')
    .program('tools/node', 'echo node was called');
  const { code, out, err } = checkout.runWith(
    { PATH: `${checkout.folder}/tools:/usr/bin:/bin` },
    'bin/setup',
  );
  expect({ code, out, err }).toEqual({ code: 0, out: '', err: '' });
});

test('bin/setup refuses a Node that is not the one whose hash is locked', () => {
  using checkout = new Checkout()
    .take('bin/setup', 'package.json', 'package-lock.json')
    .program('tools/npm', 'echo something else >node.tgz');
  const { code, err } = checkout.runWith(
    { PATH: `${checkout.folder}/tools:${WITH_NODE.PATH}` },
    'bin/setup',
  );
  expect(code).toBe(1);
  expect(err).toMatch(/^setup: node\S+ has the hash sha512-\S+, but sha512-\S+ is locked\n$/);
});

test('bin/setup says so when a package cannot be fetched', () => {
  using checkout = new Checkout()
    .take('bin/setup', 'package.json', 'package-lock.json')
    .program('tools/npm', 'exit 1');
  const { code, err } = checkout.runWith(
    { PATH: `${checkout.folder}/tools:${WITH_NODE.PATH}` },
    'bin/setup',
  );
  expect(code).toBe(1);
  expect(err).toMatch(/^setup: npm could not fetch node/);
});
