import { expect, test } from 'vitest';
import { Checkout } from '../toolchain/checkout.ts';

/** The programs of a small system, beside those that a test adds in `bin`. */
function system(): Checkout {
  const checkout = new Checkout().take('test/servers/setup');
  for (const name of ['dirname', 'mkdir', 'mv', 'sh', 'tail'])
    checkout.link(`bin/${name}`, `/usr/bin/${name}`);
  return checkout
    .program('bin/id', 'echo 0')
    .program('bin/mvn', 'for last; do :; done; mkdir -p "${last#*=}"');
}

const setUp = (checkout: Checkout, ...parts: readonly string[]) =>
  checkout.runWith(
    { PATH: `${checkout.folder}/bin`, HOME: checkout.folder },
    'test/servers/setup',
    ...parts,
  );

test('nothing is said or installed where everything is there', () => {
  using checkout = system();
  for (const name of [
    'chromium-browser',
    'fish',
    'groff',
    'java',
    'redis-server',
    'script',
    'strace',
    'zsh',
  ])
    checkout.program(`bin/${name}`, '');
  checkout.write('.cache/dp-test-servers/kafka-4.1.0/kafka.jar', '');
  expect(setUp(checkout)).toEqual({ code: 0, out: '', err: '' });
});

test('what is missing is installed, after the index is fetched where it has to be', () => {
  using checkout = system();
  checkout.program('bin/script', '').program(
    'bin/apt-get',
    `for last; do :; done
case "$*" in
  *update) : >"$0.fresh" ;;
  *) [ -e "$0.fresh" ] || exit 100; : >"\${0%/*}/$last.installed" ;;
esac`,
  );
  expect(setUp(checkout)).toEqual({
    code: 0,
    out: `${['chromium', 'fish', 'groff-base', 'openjdk-17-jre-headless', 'kafka', 'redis-server', 'strace', 'zsh'].map((part) => `installing ${part}`).join('\n')}\n`,
    err: '',
  });
  expect(checkout.has('bin/chromium.installed')).toBe(true);
  expect(checkout.has('bin/strace.installed')).toBe(true);
  expect(checkout.has('.cache/dp-test-servers/kafka-4.1.0')).toBe(true);
});

test('what cannot be installed is told, and the others are installed', () => {
  using checkout = system();
  checkout.program(
    'bin/apt-get',
    'case "$*" in *update | *strace) ;; *) echo "no disk"; exit 100 ;; esac',
  );
  const { code, out, err } = setUp(checkout, 'chromium', 'strace');
  expect(code).toBe(1);
  expect(out).toBe('installing chromium\ninstalling strace\n');
  expect(err).toContain('no disk\n');
  expect(err).toMatch(/test\/servers\/setup: apt-get could not install chromium\n$/);
});

test('who may not install is told what to run, and a system without apt-get what to install', () => {
  using checkout = system();
  expect(setUp(checkout, 'strace')).toMatchObject({
    code: 1,
    err: 'test/servers/setup: this system has no apt-get; install by hand: strace\n',
  });
  checkout.program('bin/apt-get', '').program('bin/id', 'echo 1000');
  expect(setUp(checkout, 'strace')).toMatchObject({
    code: 1,
    err: 'test/servers/setup: only root can install; run as root: apt-get install strace\n',
  });
});

test('a part that does not exist is refused with the names of those that do', () => {
  using checkout = system();
  expect(setUp(checkout, 'strase')).toMatchObject({
    code: 2,
    err: 'test/servers/setup: there is no part strase; the parts are: chromium fish groff kafka redis script strace zsh\n',
  });
});
