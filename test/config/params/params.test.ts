import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compileExpressions } from '../../../src/config/expressions/compiled-expressions.ts';
import { expressionJson } from '../../../src/app/planning/expression-json.ts';
import { holdsExpression } from '../../../src/config/expressions/template.ts';
import { type GivenParams, resolveParams } from '../../../src/config/params/params.ts';
import type { Scope } from '../../../src/model/expression.ts';
import { pipelineFrom } from '../reading.ts';

const PARAMS = `
  year: { type: integer, minimum: 1987, default: 2001 }
  source: { type: string }
  ratio: { type: number, default: 0.5 }
  dry: { type: boolean, default: false }
  tags: { type: array, items: { type: string }, default: [] }
  limits: { type: object, properties: { rows: { type: integer } }, additionalProperties: false, default: {} }
  either: { type: [integer, string], default: 1 }
  open: { default: null }
  level: { enum: [low, high, 3], default: low }
  day: { type: string, format: date, default: 2024-01-01 }
`;

const SCOPE: Scope = {
  params: {},
  env: {},
  run: { id: '', pipeline: 'p', time: new Date('2026-12-02T01:30:00Z') },
  tasks: {},
};

async function resolve(given: GivenParams, params = PARAMS): ReturnType<typeof resolveParams> {
  const declared = params === '' ? '' : `params:${params}\n`;
  const pipeline = await pipelineFrom(`name: p\n${declared}tasks: { a: }\n`);
  const expressions = await compileExpressions(pipeline);
  return await resolveParams(pipeline, given, ({ default: written = null }) =>
    holdsExpression(written) ? expressionJson(expressions.render(written, SCOPE), 'it') : undefined,
  );
}

/** What becomes of one parameter given as text, or what is said against it. */
async function outcome(name: string, text: string): Promise<unknown> {
  const others = name === 'source' ? [] : [['source', 'x'] as const];
  const { values, diagnostics } = await resolve([...others, [name, text]]);
  if (diagnostics.length === 0) return values[name];
  return diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ');
}

describe('a default that holds an expression', () => {
  test.each([
    ["\"${date(run.time - duration('24h'), 'yyyy-MM-dd')}\"", 'string', '2026-12-01'],
    ['"${run.time.getFullYear()}"', 'integer', 2026],
    ['"${run.time}"', 'string', '2026-12-02T01:30:00.000Z'],
    ['["${run.pipeline}", { at: "in ${run.pipeline}" }]', 'array', ['p', { at: 'in p' }]],
  ])('%s gives its value, unless another is given', async (written, type, value) => {
    const params = ` { x: { type: ${type}, default: ${written} } }`;
    expect(await resolve([], params)).toEqual({ values: { x: value }, diagnostics: [] });
    const given = type === 'integer' ? 1 : type === 'array' ? [] : 'given';
    expect((await resolve({ json: { x: given } }, params)).values).toEqual({ x: given });
  });

  test('has to fit the schema when it is known', async () => {
    const params =
      ' { year: { type: integer, maximum: 2000, default: "${run.time.getFullYear()}" } }';
    const { diagnostics } = await resolve([], params);
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'DP2004 parameter "year" must be at most 2000, and its default gives "2026"',
    ]);
  });
});

describe('text becomes what the schema says', () => {
  test.each<[string, string, unknown]>([
    ['year', '1999', 1999],
    ['year', '2e3', 2000],
    ['ratio', '-0.25', -0.25],
    ['ratio', '2', 2],
    ['dry', 'true', true],
    ['tags', '["a","b"]', ['a', 'b']],
    ['limits', '{"rows": 3}', { rows: 3 }],
    ['either', '5', 5],
    ['either', 'five', 'five'],
    ['open', '5', '5'],
    ['open', '', ''],
    ['level', 'high', 'high'],
    ['level', '3', 3],
    ['day', '2024-02-29', '2024-02-29'],
    ['source', '1e5', '1e5'],
    ['source', '', ''],
    ['source', 'true', 'true'],
    ['source', ' "quoted" ', ' "quoted" '],
    ['source', '9007199254740993', '9007199254740993'],
  ])('%s=%s', async (name, text, value) => {
    expect(await outcome(name, text)).toEqual(value);
  });

  test.each([
    ['year', '1986', 'DP2004 parameter "year" must be at least 1987, not "1986"'],
    ['year', 'abc', 'DP2004 parameter "year" must be an integer, not "abc"'],
    ['year', '1.5', 'DP2004 parameter "year" must be an integer, not "1.5"'],
    ['year', '', 'DP2004 parameter "year" must be an integer, not ""'],
    ['year', ' 1999', 'DP2004 parameter "year" must be an integer, not " 1999"'],
    ['year', '0x7cf', 'DP2004 parameter "year" must be an integer, not "0x7cf"'],
    [
      'year',
      '123456789012345678901234567890',
      'DP2004 parameter "year" must be an integer, not "123456789012345678901234567890"',
    ],
    ['ratio', 'NaN', 'DP2004 parameter "ratio" must be a number, not "NaN"'],
    ['ratio', '1e400', 'DP2004 parameter "ratio" must be a number, not "1e400"'],
    ['dry', 'yes', 'DP2004 parameter "dry" must be a boolean, not "yes"'],
    ['tags', '["a",1]', 'DP2004 parameter "tags" must be a text at /1, not "[\\"a\\",1]"'],
    ['tags', 'a,b', 'DP2004 parameter "tags" must be an array, not "a,b"'],
    ['limits', '{"row": 3}', 'DP2004 parameter "limits" must not have "row", not "{\\"row\\": 3}"'],
    ['level', 'mid', 'DP2004 parameter "level" must be one of "low", "high", 3, not "mid"'],
    ['day', '2024-02-30', 'DP2004 parameter "day" must be a date, not "2024-02-30"'],
  ])('%s=%s is refused', async (name, text, told) => {
    expect(await outcome(name, text)).toBe(told);
  });
});

describe('values that have types already', () => {
  test('are checked, not converted', async () => {
    const { values, diagnostics } = await resolve({
      json: { source: 'x', year: 1999, tags: ['a'] },
    });
    expect(diagnostics).toEqual([]);
    expect(values).toMatchObject({ source: 'x', year: 1999, tags: ['a'], ratio: 0.5 });
  });

  test('of the wrong type are refused', async () => {
    const { diagnostics } = await resolve({ json: { source: 1, year: '1999' } });
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'parameter "source" must be a text, not "1"',
      'parameter "year" must be an integer, not "\\"1999\\""',
    ]);
  });

  test('pollute nothing', async () => {
    const json = JSON.parse(
      '{"source":"x","__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}}}',
    ) as { source: string };
    const { diagnostics } = await resolve({ json });
    expect(diagnostics.map(({ code }) => code)).toEqual(['DP2003', 'DP2003']);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

describe('names', () => {
  test('an unknown one has a nearest name', async () => {
    const { diagnostics } = await resolve([
      ['source', 'x'],
      ['yaer', '1999'],
    ]);
    expect(diagnostics).toMatchObject([
      {
        code: 'DP2003',
        message: 'pipeline "p" has no parameter "yaer"',
        hint: 'did you mean "year"?',
      },
    ]);
  });

  test('a pipeline without parameters takes none', async () => {
    const { diagnostics } = await resolve([['x', '1']], '');
    expect(diagnostics).toMatchObject([{ code: 'DP2003', hint: 'it has none' }]);
  });

  test('a missing one is requested with its place', async () => {
    const { diagnostics } = await resolve([]);
    expect(diagnostics).toMatchObject([
      {
        code: 'DP2005',
        message: 'parameter "source" is missing',
        hint: [
          { do: 'giveParameter', name: 'source', example: 'STRING' },
          'declare a default in the file',
        ],
        related: [{ at: { line: 4, column: 3 } }],
      },
    ]);
  });

  test('one given twice is refused', async () => {
    const { diagnostics } = await resolve([
      ['source', 'a'],
      ['source', 'b'],
    ]);
    expect(diagnostics).toMatchObject([
      { code: 'DP2004', message: 'parameter "source" must be given once only' },
    ]);
  });

  test('all mistakes are reported at once', async () => {
    const { diagnostics } = await resolve([
      ['year', 'x'],
      ['nope', '1'],
      ['dry', 'x'],
    ]);
    expect(diagnostics.map(({ code }) => code)).toEqual(['DP2004', 'DP2003', 'DP2004', 'DP2005']);
  });
});

/** A selection of what breaks other programs. */
const NAUGHTY = [
  '',
  'undefined',
  'null',
  'NaN',
  '-1',
  '1/0',
  '0x0',
  '1e1000',
  '\u0000',
  '\u001b[31m',
  '\u202e',
  '﷽',
  'Ω≈ç√∫˜µ≤',
  '田中さん',
  '👩‍👩‍👧',
  '<script>alert(1)</script>',
  "'; DROP TABLE runs; --",
  '$(touch /tmp/x)',
  '${params.x}',
  '%s%n',
  '../../etc/passwd',
  '{{ x }}',
  '\\',
  '\r\n',
  ' ',
  '__proto__',
  'constructor',
  'I̗̘̦͝n͇͇͙v̮̫ok̲̫̙͈i̖͙̭̹̠̞n̡̻̮̣̺g̲͈͙̭͙̬͎',
  'x'.repeat(200_000),
];

describe('naughty strings', () => {
  test.each(NAUGHTY)('%j is kept as the value of a text parameter', async (text) => {
    expect(await outcome('source', text)).toBe(text);
  });

  test.each(NAUGHTY)('%j is refused as the name of a parameter', async (name) => {
    const { diagnostics } = await resolve([
      ['source', 'x'],
      [name, '1'],
    ]);
    expect(diagnostics).toMatchObject([{ code: 'DP2003' }]);
    // oxlint-disable-next-line no-control-regex -- what must not reach a terminal
    expect(diagnostics[0]?.message).not.toMatch(/[\0-\x1f\x7f-\x9f]/);
  });
});

test('a small pipeline with an integer parameter and a path loads no library', () => {
  const room = join(import.meta.dirname, '../../../src/config');
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({
      resolve(specifier, context, next) {
        if (!/^(node:|[./])/.test(specifier)) loaded.push(specifier);
        return next(specifier, context);
      },
    });
    const { parsePipeline } = await import('${room}/parse.ts');
    const { resolveParams } = await import('${room}/params/params.ts');
    const text = process.argv[1];
    const { pipeline } = await parsePipeline(new TextEncoder().encode(text), '/p.yaml', '/');
    const { values } = await resolveParams(pipeline, [['year', '3']]);
    console.log(JSON.stringify({ values, loaded }));`;
  const text = `name: p
params: { year: { type: integer, minimum: 1, default: 2 } }
tasks: { a: { with: { y: "\${params.year}" } } }
`;
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', script, text],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ values: { year: 3 }, loaded: [] });
});

test('a pattern that would take for ever is stopped and reported', async () => {
  const declared = '\n  p: { type: string, pattern: "^(a+)+$", default: a }';
  const { diagnostics } = await resolve([['p', `${'a'.repeat(40)}!`]], declared);
  expect(diagnostics.map(({ message }) => message)).toEqual([
    expect.stringContaining('must be checked within 1000 ms, and a pattern of its schema'),
  ]);
});
