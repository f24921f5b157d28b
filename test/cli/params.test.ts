import { afterAll, beforeAll, expect, test } from 'vitest';
import { Project } from './rig.ts';

const ECHO = `name: echo
modules: [./echo.mjs]
params:
  text: { type: string, default: '' }
  whole: { type: integer, minimum: 0, default: 1 }
  part: { type: number, default: 0.5 }
  flag: { type: boolean, default: false }
  list: { type: array, items: { type: integer }, default: [] }
  size: { enum: [2k, 5k], default: 2k }
  maybe: { type: [integer, 'null'], default: null }
  day: { type: string, format: date, default: '2001-01-31' }
tasks:
  all:
    with:
      value:
        text: \${params.text}
        whole: \${params.whole}
        part: \${params.part}
        flag: \${params.flag}
        list: \${params.list}
        size: \${params.size}
        maybe: \${params.maybe}
        day: \${params.day}
  text:
    with: { value: '\${params.text}' }
  command:
    run: printf %s \${params.text}
`;

let project: Project;
beforeAll(() => {
  project = new Project({
    'tsconfig.json': '{}',
    'echo.yaml': ECHO,
    'echo.mjs':
      'export const all = ({ value }) => value;\nexport const text = ({ value }) => value;\n',
  });
});
afterAll(() => {
  project[Symbol.dispose]();
});

const params = (...given: string[]): string[] => given.flatMap((each) => ['-p', each]);

async function outputOf(task: string, ...given: string[]): Promise<unknown> {
  const { json } = await project.ok('run', 'echo.yaml', task, ...params(...given), '--json');
  return (await project.ok('output', json.runId, task, '--json')).json;
}

test('-p is read as the type that the parameter has', async () => {
  const given = ['text=7', 'whole=7', 'part=-1e3', 'flag=true', 'list=[1,2]', 'size=5k', 'maybe=3'];
  expect(await outputOf('all', ...given)).toEqual({
    text: '7',
    whole: 7,
    part: -1000,
    flag: true,
    list: [1, 2],
    size: '5k',
    maybe: 3,
    day: '2001-01-31',
  });
});

test('defaults stand where nothing is given', async () => {
  expect(await outputOf('all')).toMatchObject({ whole: 1, flag: false, list: [], maybe: null });
});

test.for([
  ['whole=-1', 'DP2004'],
  ['whole=1.5', 'DP2004'],
  ['whole=', 'DP2004'],
  ['whole=0x10', 'DP2004'],
  ['whole=9007199254740993', 'DP2004'],
  ['part=NaN', 'DP2004'],
  ['part=1e999', 'DP2004'],
  ['flag=yes', 'DP2004'],
  ['flag=True', 'DP2004'],
  ['list=[1,"x"]', 'DP2004'],
  ['list=1,2', 'DP2004'],
  ['size=3k', 'DP2004'],
  ['day=2001-02-30', 'DP2004'],
  ['wholee=1', 'DP2003'],
  ['__proto__=1', 'DP2003'],
  ['constructor=1', 'DP2003'],
])('-p %s is refused with %s', async ([given, code]) => {
  const { code: exit, json } = await project.dp('plan', 'echo.yaml', '-p', given!, '--json');
  expect(exit).toBe(2);
  expect(json.diagnostics).toMatchObject([{ code }]);
});

test('every wrong parameter is reported at once', async () => {
  const words = params('whole=x', 'flag=y', 'sise=5k');
  const { code, json } = await project.dp('plan', 'echo.yaml', ...words, '--json');
  expect(code).toBe(2);
  expect(json.diagnostics.map((each: { code: string }) => each.code)).toEqual([
    'DP2004',
    'DP2004',
    'DP2003',
  ]);
});

test('a parameter without a default is asked for', async () => {
  using own = new Project({
    'p.yaml': "name: p\nparams:\n  year: { type: integer }\ntasks:\n  a: { run: 'true' }\n",
  });
  const { code, err } = await own.dp('run', 'p.yaml');
  expect(code).toBe(2);
  expect(err).toContain('-p year=');
});

const NAUGHTY = [
  '',
  ' ',
  ' \t leading and trailing \n',
  "it's",
  '"double"',
  '`backtick` $(touch pwned) ${HOME} $HOME $0 $$ %s %n \\n \\',
  '{{ mustache }} ${params.text} #{ruby} <%= erb %>',
  '; rm -rf / & | > < * ? [a] ~ !! !$',
  '-n',
  '--help',
  'a=b=c',
  'line one\nline two\r\nline three\r',
  '\u001B[2J\u001B[31mred\u0007',
  'null',
  'true',
  '0123',
  '1e3',
  '1_000',
  'NO',
  '2001-12-14',
  '__proto__',
  '{"json": [1, 2]}',
  '<script>alert(1)</script>',
  'Ω≈ç√∫˜µ≤≥÷ 田中さん 👩‍👩‍👧‍👦 🏳️‍🌈',
  'e\u0301 \u00E9 \uFB01 \u0130\u0131',
  '\u202Ertl\u202C \u200B \uFEFF \u2028 \u2029',
  '\uFFFE\uFFFF \u0080\u009F',
  "'; DROP TABLE runs; --",
  '../../../../etc/passwd',
  'x'.repeat(100_000),
];

test('odd text reaches functions and commands byte for byte, and nothing in it is obeyed', async () => {
  const tasks = NAUGHTY.map((_, i) => ({ run: `printf %s \${params.t${i}}` }));
  using own = new Project({
    'p.yaml': JSON.stringify({
      name: 'p',
      modules: ['./m.mjs'],
      params: Object.fromEntries(NAUGHTY.map((_, i) => [`t${i}`, { type: 'string' }])),
      tasks: {
        values: { with: { values: NAUGHTY.map((_, i) => `\${params.t${i}}`) } },
        ...Object.fromEntries(tasks.map((task, i) => [`c${i}`, task])),
        printed: { needs: tasks.map((_, i) => `c${i}`) },
        piped: { with: { text: '${params.t5}' } },
      },
    }),
    'm.mjs': `export const values = ({ values }) => values;
export const piped = ({ text }) => text;
import { task } from 'dp';
export const printed = task({ params: { type: 'object', additionalProperties: true } },
  (all) => Array.from({ length: ${NAUGHTY.length} }, (_, i) => all['c' + i].stdout));
`,
  });
  const { json } = await own.ok(
    'run',
    'p.yaml',
    ...params(...NAUGHTY.map((text, i) => `t${i}=${text}`)),
    '--json',
  );
  const output = (task: string, ...words: string[]) => own.ok('output', json.runId, task, ...words);
  expect((await output('values', '--json')).json).toEqual(NAUGHTY);
  expect((await output('printed', '--json')).json).toEqual(NAUGHTY);
  expect((await output('piped')).out).toBe(NAUGHTY[5]);
  expect(own.listing().some((line) => line.startsWith('pwned'))).toBe(false);
});

test('odd text written in the file reaches the task byte for byte', async () => {
  const values = NAUGHTY.map((text) => text.replaceAll('${', '$\\{'));
  using own = new Project({
    'p.yaml': JSON.stringify({
      name: 'p',
      modules: ['./m.mjs'],
      tasks: { same: { with: { values } } },
    }),
    'm.mjs': 'export const same = ({ values }) => values;\n',
  });
  await own.ok('run', 'p.yaml');
  expect((await own.ok('output', 'last', 'same', '--json')).json).toEqual(values);
});

test('the largest argument that the system takes reaches the task', async () => {
  const text = 'é'.repeat(65_500);
  expect(await outputOf('text', `text=${text}`)).toBe(text);
});

test('5,000 parameters are as good as one', async () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `p${index}`);
  const declared = names.map((name) => `  ${name}: { type: integer, default: 0 }\n`).join('');
  project.write({ 'wide.yaml': `name: wide\nparams:\n${declared}tasks:\n  a: { run: 'true' }\n` });
  const given = params(...names.map((name, index) => `${name}=${index}`));
  const { json } = await project.ok('plan', 'wide.yaml', ...given, '--json');
  expect(json.params.p4999).toBe(4_999);
});

test('5,000 unknown parameters are reported in a short message', async () => {
  const given = params(...Array.from({ length: 5_000 }, (_, index) => `q${index}=1`));
  const { code, err } = await project.dp('plan', 'echo.yaml', ...given);
  expect(code).toBe(2);
  expect(err.split('\n').length).toBeLessThan(300);
});
