import { expect, test } from 'vitest';
import { Project } from './rig.ts';

test('all mistakes of a file are reported at once, each with its line and a caret', async () => {
  using project = new Project({
    'p.yaml': `name: P!
modules: [./m.mjs]
taks: 1
tasks:
  a:
    timeout: -1
    needs: [nowhere]
    when: "\${params.nothing}"
  a:
    max_retry: 3
triggers:
  - cron: "99 * * * *"
`,
  });
  const { code, json } = await project.dp('validate', 'p.yaml', '--json');
  expect(code).toBe(3);
  const places = json.diagnostics.map(
    ({ code: what, line }: { code: string; line: number }) => `${line} ${what}`,
  );
  expect(places).toEqual(
    expect.arrayContaining([
      '1 DP1007',
      '3 DP1004',
      '6 DP1005',
      '8 DP1009',
      '9 DP1003',
      '12 DP1010',
    ]),
  );
  const { err } = await project.dp('validate', 'p.yaml');
  expect(err).toContain(' --> p.yaml:3:1\n');
  expect(err).toContain('3 | taks: 1\n   | ^^^^\n');
  expect(err).toContain('did you mean "tasks"?');
});

test('all mistakes of the graph are reported at once', async () => {
  using project = new Project({
    'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  a: { with: { nothing: 1 } }
  b: { needs: [nowhere] }
  c: {}
  unknown: {}
  d: { run: 'true', needs: [e] }
  e: { run: 'true', needs: [d] }
`,
    'm.mjs': `export const a = () => 1;
export const b = () => 1;
export const c = ({ missing }) => missing;
`,
  });
  const { code, json } = await project.dp('plan', 'p.yaml', '--json');
  expect(code).toBe(3);
  const codes = json.diagnostics.map((each: { code: string }) => each.code);
  expect(new Set(codes)).toEqual(new Set(['DP4004', 'DP4002', 'DP4005', 'DP3004', 'DP4001']));
  for (const each of json.diagnostics) expect(each).toMatchObject({ line: expect.any(Number) });
});

test.for([
  ['throws when imported', 'const a = 1;\nthrow new Error("at import");\n', 'm.ts:2:'],
  ['does not parse', 'export const a = () => 1;\nexport const = 2;\n', 'm.ts:2:'],
  ['imports what is not there', 'import "./gone.ts";\nexport const a = () => 1;\n', 'm.ts:1:'],
])('a module that %s is shown with file, line and caret', async ([, source, place]) => {
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.ts]\ntasks:\n  a: {}\n',
    'm.ts': source!,
  });
  const { code, err } = await project.dp('plan', 'p.yaml');
  expect(code).toBe(3);
  expect(err).toContain(` --> ${place}`);
  expect(err).toContain('^');
  expect(err).not.toContain('discover');
});

test('a module that ends the process when imported ends only its thread', async () => {
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a: {}\n',
    'm.mjs': 'process.exit(9);\n',
  });
  const { code, json } = await project.dp('plan', 'p.yaml', '--json');
  expect(code).toBe(3);
  expect(json.diagnostics[0].code).toMatch(/^DP300/);
});

test('an edge whose types do not fit names both ends', async () => {
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml': 'name: p\nmodules: [./m.ts]\ntasks:\n  a: {}\n  b:\n    needs: [a]\n',
    'm.ts':
      'export const a = (): string => "";\nexport const b = ({ a }: { a: number }): number => a;\n',
  });
  const { code, json } = await project.dp('plan', 'p.yaml', '--json');
  expect(code).toBe(3);
  expect(json.diagnostics).toMatchObject([{ code: 'DP5001', line: expect.any(Number) }]);
  const told = JSON.stringify(json.diagnostics);
  expect(told).toContain('string');
  expect(told).toContain('number');
});

test('a task that fails is shown with the line that threw', async () => {
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.ts]\ntasks:\n  a: {}\n',
    'm.ts':
      'type Unused = string;\n\nexport function a(): number {\n  throw new TypeError("no way");\n}\n',
  });
  const { code, err } = await project.dp('run', 'p.yaml');
  expect(code).toBe(1);
  expect(err).toContain('TypeError: no way (m.ts:4:9)');
});

test('control codes from files, arguments and tasks are shown, never obeyed', async () => {
  const codes = '\u001B[2J\u001B]0;owned\u0007\u009B31m';
  using project = new Project({
    'p.yaml': `name: p\ntasks:\n  a:\n    run: 'printf "\\033[2Jowned\\007" >&2; exit 1'\n`,
    'bad.yaml': `name: "\\e[2J\\e[31mowned\\a"\n"\\e[2Jkey": 1\ntasks:\n  "\\e[31ma": {}\n`,
    [`${codes}.yaml`]: 'name: [',
  });
  for (const words of [
    ['run', 'p.yaml'],
    ['plan', 'bad.yaml'],
    ['plan', `${codes}.yaml`],
    ['plan', `${codes}.yml`],
    ['plan', 'p.yaml', '-p', `${codes}=1`],
    ['plan', 'p.yaml', '--tags', codes],
    ['plan', 'p.yaml', codes],
    ['show', codes],
    ['show'],
    ['events', 'last'],
    ['explain', codes],
    ['runs', '--status', codes],
    [codes],
  ]) {
    const { out, err } = await project.dp(...words);
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    expect((out + err).match(/[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/)).toBeNull();
  }
});

test('a value that contains itself is reported when JSON is asked for, and shown otherwise', async () => {
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a: {}\n',
    'm.mjs': 'export const a = () => { const me = { deep: {} }; me.deep.me = me; return me; };\n',
  });
  await project.ok('run', 'p.yaml');
  const { code, json } = await project.dp('output', 'last', 'a', '--json');
  expect(code).toBe(2);
  expect(json.diagnostics[0].message).toContain('contains itself');
  expect((await project.ok('output', 'last', 'a')).out).toContain('Circular');
});
