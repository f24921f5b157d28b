import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { mistakesIn, parse } from './reading.ts';
import { testNeeding } from '../test-needing.ts';

/** Files with generic keys (`module`, `dependsOn`); the hostile part is what counts. Not part of the project. */
const CASES = join(import.meta.dirname, '../../../shared/cases/hostile');
const given = existsSync(CASES) ? readdirSync(CASES).filter((name) => name.endsWith('.yaml')) : [];

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const laughs = [
  'name: x',
  'defaults: {}',
  'tasks:',
  '  a:',
  '    with:',
  '      a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]',
  ...Array.from(
    { length: 9 },
    (_, i) => `      a${i + 1}: &a${i + 1} [${Array<string>(9).fill(`*a${i}`).join(', ')}]`,
  ),
  '',
].join('\n');

describe('a hostile file ends in diagnostics', () => {
  test.each<[string, string | Uint8Array, string | RegExp]>([
    ['aliases that multiply', laughs, /^11:\d+ DP1006 aliases repeat more than 100000 values/],
    [
      'an alias of itself',
      'name: x\ntasks:\n  a:\n    with: { x: &a [*a] }\n',
      /^4:20 DP1001 the alias "a" has no anchor before it/,
    ],
    [
      '20,000 nested brackets',
      `name: ${'['.repeat(20_000)}\n`,
      /^1:\d+ DP1006 nested more than 100 levels deep/,
    ],
    [
      '20,000 nested mappings',
      `name: ${'{a: '.repeat(20_000)}\n`,
      /^1:\d+ DP1006 nested more than 100 levels deep/,
    ],
    [
      'a block mapping 3,000 levels deep',
      Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /^1\d\d:\d+ DP1006 nested more than 100 levels deep/,
    ],
    ['20,000 lists on one line', `name: ${'- '.repeat(20_000)}\n`, /^1:\d+ DP100[16] /],
    [
      '20,000 explicit keys on one line',
      `${'? '.repeat(20_000)}a\n`,
      /^1:\d+ DP1006 nested more than 100 levels deep/,
    ],
    [
      'bytes that are no UTF-8',
      bytes(0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20, 0xff, 0xfe),
      /^1:7 DP1002 the file is not UTF-8: byte 6 does not decode/,
    ],
    [
      'a character cut in half',
      bytes(0xef, 0xbb, 0xbf, 0x61, 0x0a, 0xc3),
      /^2:1 DP1002 the file is not UTF-8: byte 5 does not decode/,
    ],
    [
      'UTF-16, little end first',
      bytes(0xff, 0xfe, 0x6e, 0),
      /^1:1 DP1002 the file is UTF-16, not UTF-8/,
    ],
    [
      'UTF-16, big end first',
      bytes(0xfe, 0xff, 0, 0x6e),
      /^1:1 DP1002 the file is UTF-16, not UTF-8/,
    ],
    [
      'UTF-16 without a mark',
      bytes(0x6e, 0, 0x61, 0),
      /^1:2 DP1001 the control character U\+0000 is not allowed in YAML/,
    ],
    [
      'an escape sequence',
      'name: \u001b[2J\n',
      /^1:7 DP1001 the control character U\+001B is not allowed in YAML/,
    ],
    [
      'a file that is too large',
      new Uint8Array(17 * 1024 * 1024),
      /^1:1 DP1006 the file has more than 16777216 bytes/,
    ],
    [
      'a tag that would run code',
      'name: p\nx: !!python/object/apply:os.system ["id"]\n',
      /^2:4 DP1006 the tag "!!python\/object\/apply:os.system" is not allowed/,
    ],
    [
      'a module outside the project',
      'name: p\nmodules: /etc/passwd\ntasks: { a: }\n',
      /^2:10 DP3003 the module "\/etc\/passwd" is an absolute path/,
    ],
    [
      'a module that is code',
      'name: p\nmodules: "data:text/javascript,process.exit(9)"\ntasks: { a: }\n',
      /^2:10 DP3003 the module .* is a URL or a built-in module/,
    ],
    [
      'a parameter that pollutes',
      'name: p\nparams: { __proto__: { admin: true } }\ntasks: { a: }\n',
      /^2:11 DP1007 "__proto__" is not allowed as a key/,
    ],
  ])('%s', async (_what, file, told) => {
    const { pipeline } = await parse(file);
    expect(pipeline).toBeUndefined();
    expect(await mistakesIn(file)).toContainEqual(expect.stringMatching(told));
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  test('100,000 mistakes are still reported in the order of the file', async () => {
    const keys = Array.from({ length: 100_000 }, (_, i) => `k${i}: 1`).join('\n');
    const mistakes = await mistakesIn(keys);
    expect(mistakes).toHaveLength(100_002);
    expect(mistakes.at(-1)).toMatch(/^100000:1 DP1004 unknown key "k99999"/);
  });

  test.runIf(given.length > 0).each(given)('%s', async (name) => {
    const mistakes = await mistakesIn(readFileSync(join(CASES, name)));
    expect(mistakes).not.toEqual([]);
    // oxlint-disable-next-line no-control-regex -- what must not reach a terminal
    expect(mistakes.join('')).not.toMatch(/[\0-\x1f\x7f-\x9f]/);
  });

  // Their keys adapted, so that nothing but the hostile part is left.
  const stillWrong: Readonly<Record<string, RegExp>> = {
    'y01-billion-laughs.yaml': /DP1006 aliases repeat/,
    'y06-dup-keys.yaml': /^4:3 DP1003/,
    'y07-merge-key.yaml': /DP1006 the merge key/,
    'y08-proto.yaml': /^3:3 DP1007 "__proto__"/,
    'y13-nul.yaml': /DP1007/,
    'y14-traversal-id.yaml': /DP1007/,
    'y15-long-id.yaml': /^3:3 DP1007/,
    'y28-cron-bad.yaml': /DP1010 .*found 8/,
    'y29-cron-never.yaml': /DP1010 .*never fires/,
    'y32-trailing-garbage.yaml': /^[45]:1 DP1001/,
  };
  test.runIf(given.length > 0).each(Object.entries(stillWrong))(
    '%s, its keys adapted',
    async (name, told) => {
      expect(await mistakesIn(adapted(readFileSync(join(CASES, name), 'utf8')))).toContainEqual(
        expect.stringMatching(told),
      );
    },
  );

  testNeeding('the shared cases beside the checkout', given.length > 0)(
    'what is not hostile about them is accepted',
    async () => {
      for (const name of ['y12-bom.yaml', 'y18-self-cycle.yaml']) {
        expect(await mistakesIn(adapted(readFileSync(join(CASES, name), 'utf8')))).toEqual([]);
      }
    },
  );
});

function adapted(yaml: string): string {
  return yaml
    .replaceAll(/\{module: [^,}]+(, )?/g, '{')
    .replaceAll('dependsOn', 'needs')
    .replace(/^schedule: (.*)$/m, 'triggers: [{ cron: $1 }]');
}

describe('a strange file means what YAML 1.2 says', () => {
  test('a byte order mark is not part of the first key', async () => {
    const { pipeline } = await parse('\ufeffname: x\ntasks: { a: }\n');
    expect(pipeline?.name).toBe('x');
    expect(pipeline?.at).toMatchObject({ line: 1, column: 7 });
  });

  test('Windows line ends change nothing', async () => {
    const { pipeline } = await parse(
      'name: x\r\ntasks:\r\n  a:\r\n    run: |\r\n      one\r\n      two\r\n',
    );
    expect(pipeline?.tasks.get('a')?.work).toMatchObject({
      command: { value: 'one\ntwo\n', at: { line: 4, column: 10 } },
    });
  });

  test('no is text, 012 is twelve, 12:30:45 and 1_000 are text', async () => {
    const { pipeline } = await parse(
      'name: no\ntasks:\n  a:\n    with: { x: [NO, on, off, yes, y, 1e3, 0o17, 0x1F, 012, 1_000, 12:30:45, ~, null, 2001-12-14, -0.5, .5] }\n',
    );
    expect(pipeline?.name).toBe('no');
    expect(pipeline?.tasks.get('a')?.with.get('x')?.value).toEqual([
      'NO',
      'on',
      'off',
      'yes',
      'y',
      1000,
      15,
      31,
      12,
      '1_000',
      '12:30:45',
      null,
      null,
      '2001-12-14',
      -0.5,
      0.5,
    ]);
  });

  test('an alias repeats a value', async () => {
    const { pipeline } = await parse(
      'name: x\ntasks:\n  a: { retry: &r { delay: 5 } }\n  b: { retry: *r }\n',
    );
    expect(pipeline?.tasks.get('b')?.settings).toEqual({ retry: { delay: 5 } });
  });
});
