import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileExpressions } from '../../../src/config/expressions/compiled-expressions.ts';
import { compileExpression } from '../../../src/config/expressions/compile-expression.ts';
import { ExpressionProblem } from '../../../src/config/expressions/expression.ts';
import { compileTemplate, splitTemplate } from '../../../src/config/expressions/template.ts';
import type { Scope } from '../../../src/model/expression.ts';
import { pipelineFrom } from '../reading.ts';

const months = [{ n: 1 }, { n: 2 }];
const scope: Scope = {
  params: { year: 2001, rate: 2, name: 'a"b', list: [1, 2, 3], deep: { a: { b: 1.5 } } },
  env: { TOKEN: 's3cret' },
  run: { id: 'r1', pipeline: 'flights', time: new Date('2026-12-02T03:00:00Z') },
  tasks: {
    clean: {
      status: 'succeeded',
      output: { months, big: 9_007_199_254_740_993n, map: new Map([['k', 1]]), at: new Date(0) },
    },
    'by-month': { status: 'skipped' },
  },
};

async function valueOf(source: string): Promise<unknown> {
  return (await compileExpression(source)).evaluate(scope);
}

async function textOf(template: string): Promise<unknown> {
  return (await compileTemplate(template))(scope);
}

describe('an expression', () => {
  test.each<[string, unknown]>([
    ['params.year', 2001],
    ['params.year > 1990 && params.name.contains("b")', true],
    ['params.year + 1', 2002],
    ['params.rate * 1.5', 3],
    ['params.year + params.deep.a.b', 2002.5],
    ['params.year / 2', 1000],
    ['params.list[1]', 2],
    ['params["deep"].a["b"]', 1.5],
    ['size(params.list)', 3],
    ['tasks.clean.output.months.filter(m, m.n > 1)', [{ n: 2 }]],
    ['tasks.clean.output.months.map(m, m.n)', [1, 2]],
    ['params.list.map(params, params + 1)', [2, 3, 4]],
    ['tasks["by-month"].status == "skipped" ? "none" : "some"', 'none'],
    ['has(params.nope)', false],
    ['run.pipeline + "-" + run.id', 'flights-r1'],
    ['env.TOKEN', 's3cret'],
    ['{"year": params.year, "list": [1, 2.5, "x"]}', { year: 2001, list: [1, 2.5, 'x'] }],
    ['duration("90s")', 90],
    ['timestamp("2024-01-01T00:00:00Z")', new Date('2024-01-01')],
    ['string(tasks.clean.output.big)', '9007199254740993'],
    ['tasks.clean.output.map.k + 1', 2],
  ])('%s', async (source, value) => {
    expect(await valueOf(source)).toEqual(value);
  });

  test('that is a path gives the very value, whatever it is', async () => {
    expect(await valueOf('tasks.clean.output.months')).toBe(months);
    expect(await valueOf('tasks.clean.output.big')).toBe(9_007_199_254_740_993n);
    expect(await valueOf('tasks.clean.output')).toBe(scope.tasks['clean']?.output);
  });

  test('gives back untouched what only passes through it', async () => {
    expect(await valueOf('true ? tasks.clean.output : null')).toBe(scope.tasks['clean']?.output);
    expect(await valueOf('[tasks.clean.output.months][0]')).toBe(months);
  });

  test('takes values that hold themselves', async () => {
    const ring: unknown[] = [1];
    ring.push(ring);
    const tasks = { a: { status: 'succeeded', output: ring } };
    const expression = await compileExpression('size(tasks.a.output) + tasks.a.output[1][0]');
    expect(expression.evaluate({ tasks })).toBe(3);
  });

  test.each([
    ['params.nope', 'there is no params.nope'],
    ['params.list[7]', 'there is no params.list[7]'],
    ['env.HOME', 'the environment variable "HOME" is not set'],
    ['tasks["by-month"].output', 'task "by-month" gave no output'],
    ['params.deep.x + 1', 'there is no x'],
    [
      'params.name + params.year',
      '+ does not take a text and a whole number; string(…) makes a text of a value',
    ],
    [
      'tasks.clean.output.big + 0',
      'it gives 9007199254740993, more than a number holds exactly; string(…) keeps every digit',
    ],
    ['type(1)', 'it gives a type, not data'],
    ['1 / (params.year - 2001)', 'division by zero'],
  ])('%s is reported: %s', async (source, why) => {
    await expect(valueOf(source)).rejects.toThrow(`\${${source}} cannot be evaluated: ${why}`);
    await expect(valueOf(source)).rejects.toMatchObject({ code: 'DP1009' });
  });

  test.each([
    'params.constructor',
    'params["__proto__"]',
    'params.list.length',
    'params.name.length',
    'params.deep.toString',
    'params.deep["constructor"].name',
    'params.year.constructor',
    'true ? params.constructor : 1',
    'constructor',
    'globalThis.process',
  ])('%s reaches no prototype', async (source) => {
    await expect(valueOf(source)).rejects.toThrow('cannot be evaluated');
  });

  test('is stopped when a regular expression would never end', async () => {
    const endless = await compileExpression('params.text.matches("(a+)+$")');
    const names = { params: { text: `${'a'.repeat(40)}b` } };
    expect(() => endless.evaluate(names)).toThrow('it took longer than 1000 ms');
  });

  test('is refused when it is larger than a person writes', async () => {
    await expect(compileExpression(Array(2000).fill('1').join('+'))).rejects.toBeInstanceOf(
      ExpressionProblem,
    );
    await expect(compileExpression(`${'('.repeat(500)}1${')'.repeat(500)}`)).rejects.toBeInstanceOf(
      ExpressionProblem,
    );
  });

  test('knows what it refers to', async () => {
    const { references } = await compileExpression(
      'params.year > 1 ? tasks["by-month"].output.x : [1].map(i, i + tasks.clean.output[0])[0]',
    );
    expect(references.map(({ path }) => path.join(' '))).toEqual([
      'params year',
      'tasks by-month output x',
      'tasks clean output',
    ]);
  });
});

describe('a complaint about an expression', () => {
  test.each([
    ['params.', 'a name is missing at the end'],
    ['(1', '")" is missing at the end'],
    ['1 +', 'the expression ends too early'],
    ['[1, .2]', '"." does not belong here'],
    ['params.year = 1', 'a comparison is written =='],
    ['params.year b', 'an operator is missing before "b"'],
    ['"a', 'a quote is never closed'],
    ['dates(1)', 'there is no function dates(…); did you mean "date"?'],
    ['date("2026-01-01", "yyyy")', 'date(…) does not take a text, a text'],
    ['"a".filter()', 'filter(…) on a text does not take no argument'],
    ['-"a"', '- does not apply to a text'],
    ['1 < "a"', '< does not take a whole number and a text'],
    ['[1] - [2]', '- does not take a list and another one'],
    ['1 && true', '&& and || join what is true or false, and one side is a whole number'],
    ['1 ? 2 : 3', 'what stands before ? is true or false, not a whole number'],
    ['"a"[0]', 'a text has no fields or elements'],
  ])('is in words: %s', async (source, words) => {
    const problem: unknown = await compileExpression(source).catch((error: unknown) => error);
    expect(problem).toBeInstanceOf(ExpressionProblem);
    expect((problem as Error).message).toContain(words);
  });
});

describe('a function of expressions', () => {
  test('does what its example in the README says', async () => {
    const examples = exampleRows();
    expect(examples.length).toBeGreaterThan(20);
    for (const { source, gives } of examples)
      expect({ source, gives: await valueOf(source) }).toEqual({ source, gives });
  });

  test.each([
    ['date(timestamp(params.name), "%Y-%m-%d")', /patterns are letters as in yyyy-MM-dd/],
    ['date(timestamp(params.name), "yyyy-mm-DDDD")', /DDDD .* write DDD, D/],
    ['date(timestamp(params.name), "yyyyTHH")', /text stands in quotes: 'T'/],
    ['date(timestamp(params.name), "yyyy\'T")', /quote is never closed/],
    ['date(timestamp(params.name), "yyyy", "Mars/Base")', /time zone "Mars\/Base"/],
  ])('is refused before it is evaluated: %s', async (source, message) => {
    await expect(compileExpression(source)).rejects.toThrow(message);
    await expect(compileExpression(source)).rejects.toBeInstanceOf(ExpressionProblem);
  });

  test.each([
    [
      'date(timestamp("2026-01-01T00:00:00Z"), params.name)',
      /a has no|text stands in quotes|quote/,
    ],
    ['[1, "a"].sort()', /one kind of them at a time/],
    ['range(1000000)', /100000 are the most/],
    ['json(params.name)', /not JSON/],
  ])('says what it needs: %s', async (source, message) => {
    await expect(valueOf(source)).rejects.toThrow(message);
  });

  test('sorts numbers of both kinds, texts and times', async () => {
    expect(await valueOf('[2, 1.5, -1].sort()')).toEqual([-1, 1.5, 2]);
    expect(await valueOf('["b", "B", "a"].sort()')).toEqual(['B', 'a', 'b']);
    expect(
      await valueOf(
        '[timestamp("2026-01-02T00:00:00Z"), timestamp("2026-01-01T00:00:00Z")].sort()[0]',
      ),
    ).toEqual(new Date('2026-01-01'));
  });
});

/** Returns the rows of the README's table of functions. */
function exampleRows(): { source: string; gives: unknown }[] {
  const text = readFileSync(new URL('../../../src/config/README.md', import.meta.url), 'utf8');
  const [, section = ''] = text.split('### Functions');
  return [...section.matchAll(/^\| `(.+?)`(?: …)? \| `(.+?)` \|$/gm)].map(
    ([, source = '', gives = '']) => ({ source, gives: JSON.parse(gives) as unknown }),
  );
}

describe('a template', () => {
  test.each<[string, unknown]>([
    ['${params.list}', [1, 2, 3]],
    ['is ${params.list}', 'is [1,2,3]'],
    ['${params.year}${params.year}', '20012001'],
    ['${params.deep}!', '{"a":{"b":1.5}}!'],
    ['at ${tasks.clean.output.at}', 'at 1970-01-01T00:00:00.000Z'],
    ['n ${tasks.clean.output.big}', 'n 9007199254740993'],
    ['m ${tasks.clean.output.map}', 'm {"k":1}'],
    ['$${params.year}', '${params.year}'],
    ['$$${params.year}', '$${params.year}'],
    ['costs $5, $$ and {{ mustache }} \\n', 'costs $5, $$ and {{ mustache }} \\n'],
    ['${"}"}', '}'],
    ["${'{' + \"'}\"}", "{'}"],
    ['${{"a": {"b": 1}}["a"]["b"]}', 1],
    ['${"""a"}b"""}', 'a"}b'],
    ['${null}', null],
    ['', ''],
  ])('%j', async (template, value) => {
    expect(await textOf(template)).toEqual(value);
  });

  test.each([
    '$',
    '${x}',
    '$${',
    '"',
    "'",
    '`',
    '\n',
    '\r\n',
    '\\',
    '{{ x }}',
    '%s',
    '\u2028',
    '😀',
    '$&',
    '$1',
    '</script>',
    'a\u0000b',
  ])('%j passes byte for byte', async (nasty) => {
    const render = await compileTemplate('<${params.x}>');
    expect(render({ params: { x: nasty } })).toBe(`<${nasty}>`);
    const whole = await compileTemplate('${params.x}');
    expect(whole({ params: { x: nasty } })).toBe(nasty);
    const computed = await compileTemplate('${params.x + params.x}');
    expect(computed({ params: { x: nasty } })).toBe(nasty + nasty);
  });

  test('50 MB pass unaltered', async () => {
    const large = 'x$\n'.repeat(17_000_000);
    const render = await compileTemplate('[${params.x}]');
    expect(render({ params: { x: large } }) === `[${large}]`).toBe(true);
  });

  test.each(['${', 'a ${b', '${"}', '${{}'])('%j is never closed', (template) => {
    expect(() => splitTemplate(template)).toThrow(
      '"${" is never closed; write "$${" if it is meant as text',
    );
  });

  test('bytes have no text', async () => {
    const render = await compileTemplate('<${params.x}>');
    expect(() => render({ params: { x: new Uint8Array(2) as never } })).toThrow(
      '${params.x} cannot be evaluated: its value cannot be written as text',
    );
  });
});

test('a text that becomes too long is a fault of its template, not of dp', async () => {
  const render = await compileTemplate('${params.x}, ${params.x}, ${params.x}');
  expect(() => render({ params: { x: 'x'.repeat(2 ** 28) } })).toThrow(
    expect.objectContaining({
      code: 'DP1009',
      message: 'the text "${params.x}, ${params.x}, ${params.x}" becomes longer than a text can be',
    }),
  );
});

describe('the expressions of a pipeline', () => {
  const yaml = `
name: p
params: { year: { type: integer } }
tasks:
  a:
  b:
    when: "\${params.year > 1990 && tasks.a.status == 'succeeded'}"
    map: { over: "\${tasks.a.output}", as: row }
    with: { x: ["\${params.year}", { y: "year \${params.year}" }], z: "$\${x}" }
  c:
    when: "\${params.year > 1990}"
    run: echo \${params.year}
  d: { when: false }
triggers:
  - event: data.*
    params: { year: "\${event.data.year}" }
`;

  test('say which tasks they mention, and what can be decided while planning', async () => {
    const { tasks } = await pipelineFrom(yaml);
    expect(
      [...tasks.values()].map(({ name, mentions, decidable }) => [name, mentions, decidable]),
    ).toEqual([
      ['a', [], true],
      ['b', ['a'], false],
      ['c', [], true],
      ['d', [], true],
    ]);
    expect(tasks.get('d')?.when?.value).toBe('false');
  });

  test('say what values read of the run itself, conditions left out', async () => {
    const { tasks } = await pipelineFrom(`name: p
modules: [./p.ts]
tasks:
  a: { when: "\${run.id != ''}" }
  b: { with: { x: "\${run.id} \${tasks.a.status}", y: "\${tasks.a.output}" } }
  c: { run: "echo \${run.pipeline}" }
  d: { with: { x: "\${run}" } }
`);
    expect([...tasks.values()].map(({ reads }) => reads)).toEqual([
      undefined,
      { run: ['id'], statusOf: ['a'] },
      { run: ['pipeline'], statusOf: [] },
      { run: ['id', 'pipeline', 'time'], statusOf: [] },
    ]);
  });

  test('are compiled ahead and evaluated at once', async () => {
    const pipeline = await pipelineFrom(yaml);
    const expressions = await compileExpressions(pipeline);
    const { b, c } = Object.fromEntries(pipeline.tasks);
    const names: Scope = { ...scope, tasks: { a: { status: 'succeeded', output: [1, 2] } } };
    expect(expressions.evaluate(b!.when!.value, names)).toBe(true);
    expect(expressions.evaluate(b!.map!.over.value, names)).toEqual([1, 2]);
    expect(
      expressions.render({ x: b!.with.get('x')!.value, z: b!.with.get('z')!.value }, names),
    ).toEqual({
      x: [2001, { y: 'year 2001' }],
      z: '${x}',
    });
    expect(
      expressions.render(pipeline.triggers[0]!.params, {
        ...names,
        event: { data: { year: 1999 } },
      }),
    ).toEqual({ year: 1999 });
    expect(c?.work.is === 'shell' && expressions.shellCommand(c.work.command.value, names)).toEqual(
      {
        command: 'echo "${DP_ARG_1}"',
        env: { DP_ARG_1: '2001' },
      },
    );
  });
});
