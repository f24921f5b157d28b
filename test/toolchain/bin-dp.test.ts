import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Checkout } from './checkout.ts';

const EARLIER = new Date(2020, 0, 1);

/** Its Node only says what it was given. */
function checkoutWithSources(): Checkout {
  return new Checkout()
    .take('bin/dp')
    .write('package-lock.json', '{}')
    .write('src/cli/main.ts', '')
    .program('node_modules/.bin/node', 'printf "%s|" "$@"');
}

test('bin/dp runs the sources on the project’s own Node, arguments untouched', () => {
  using checkout = checkoutWithSources();
  const { out } = checkout.run('bin/dp', 'run', 'a b', '$HOME', '');
  expect(out).toBe(`${checkout.folder}/src/cli/main.ts|run|a b|$HOME||`);
});

test('bin/dp prefers a bundle that is newer than all it is made of', () => {
  using checkout = checkoutWithSources();
  for (const made of ['package-lock.json', 'src/cli/main.ts', 'src/cli', 'src']) {
    utimesSync(join(checkout.folder, made), EARLIER, EARLIER);
  }
  checkout.write('dist/dp.cjs', '');
  expect(checkout.run('bin/dp', 'plan').out).toBe(`${checkout.folder}/dist/dp.cjs|plan|`);
});

test('bin/dp leaves a bundle that is older than a source', () => {
  using checkout = checkoutWithSources().write('dist/dp.cjs', '');
  utimesSync(join(checkout.folder, 'dist/dp.cjs'), EARLIER, EARLIER);
  expect(checkout.run('bin/dp', 'plan').out).toBe(`${checkout.folder}/src/cli/main.ts|plan|`);
});

test('bin/dp finds its checkout through symbolic links, relative ones too', () => {
  using checkout = checkoutWithSources()
    .link('elsewhere/dp', '../bin/dp')
    .link('elsewhere/deep/dp', '../dp');
  expect(checkout.run('elsewhere/deep/dp').out).toBe(`${checkout.folder}/src/cli/main.ts|`);
});

test('bin/dp says what to do when nothing is installed', () => {
  using checkout = new Checkout().take('bin/dp').write('src/cli/main.ts', '');
  const { code, err } = checkout.run('bin/dp', 'run');
  expect(code).toBe(70);
  expect(err).toBe(`dp: nothing is installed yet; run: ${checkout.folder}/bin/setup\n`);
});
