/** Data passes from task to task byte for byte, whatever it is made of, and is never taken for code. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Project } from './rig.ts';

/** What shells, templates, YAML, printf and line readers trip over. */
const AWKWARD = [
  `it's "quoted" \`id\` $(id) $HOME \${HOME} %s %n \\n \\x41 \\`,
  '{{ tasks }} {% if %} ${tasks.x.output} <%= 1 %> #{1}',
  'line\nbreaks\r\nof\rall kinds\n\n',
  ' \t leading and trailing \t ',
  '-n',
  '--help',
  '~',
  '*',
  'true',
  '007',
  '1e3',
  'null',
  '- a: b # c',
  '!!js/function x',
  'é e\u0301 日本語 🎈 \u202E\u200B\uFEFF',
  '; rm -rf / & | > < !! \u0007\u001B[31m',
];

test('awkward text goes between functions and commands, both ways, unchanged', async () => {
  const says = AWKWARD.map((_, n) => `say${String(n).padStart(2, '0')}`);
  const commands = says.map(
    (name, n) => `  ${name}: { needs: [texts], run: "printf '%s' \${tasks.texts.output[${n}]}" }\n`,
  );
  using project = new Project({
    'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  texts: {}
  same: { needs: [texts] }
${commands.join('')}  back: { needs: [${says.join()}] }
`,
    'm.mjs': `import { task } from 'dp';
export const texts = () => ${JSON.stringify(AWKWARD)};
export const same = ({ texts }) => texts;
export const back = task({ params: { type: 'object', additionalProperties: true } }, (said) =>
  Object.keys(said).sort().map((name) => said[name].stdout));
`,
  });
  await project.ok('run', 'p.yaml', '--no-typecheck');
  expect((await project.ok('output', 'last', 'same', '--json')).json).toEqual(AWKWARD);
  expect((await project.ok('output', 'last', 'back', '--json')).json).toEqual(AWKWARD);
});

test('the environment of a command has awkward values unchanged', async () => {
  using project = new Project({
    'p.yaml': `name: p\nenv: [VALUE]\ntasks:\n  say: { run: 'printf "%s" "$VALUE" > said' }\n`,
  });
  for (const value of AWKWARD.slice(0, 4)) {
    expect((await project.dpWith({ env: { VALUE: value } }, 'run', 'p.yaml')).code).toBe(0);
    expect(project.read('said')).toBe(value);
  }
});

test('50 MB go between functions, and to a command and back through a file, byte for byte', async () => {
  using project = new Project(
    {
      'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  make: {}
  text: {}
  digests: { needs: [make, text] }
  file: { needs: [make] }
  copy:
    needs: [file]
    run: 'cat \${tasks.file.output} > copy && sha256sum < copy'
  read: { needs: [copy] }
`,
      'm.mjs': `import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
export const make = () => {
  const bytes = new Uint8Array(50_000_000);
  for (let i = 0, x = 1; i < bytes.length; i++) bytes[i] = x = (x * 75 + 74) % 65537;
  return bytes;
};
export const text = () => '\\u2028$\\'"\\n{{é🎈'.repeat(2_500_000);
export const digests = ({ make, text }) => ({ make: sha256(make), text: sha256(text), length: text.length });
export const file = ({ make }) => { writeFileSync('file', make); return 'file'; };
export const read = ({ copy }) => [sha256(readFileSync('copy')), copy.stdout.slice(0, 64)];
`,
    },
    { patienceMs: 60_000 },
  );
  await project.ok('run', 'p.yaml', '--no-typecheck');
  const bytes = new Uint8Array(50_000_000);
  for (let i = 0, x = 1; i < bytes.length; i++) bytes[i] = x = (x * 75 + 74) % 65537;
  const made = sha256(bytes);
  const text = '\u2028$\'"\n{{é🎈'.repeat(2_500_000);
  expect((await project.ok('output', 'last', 'digests', '--json')).json).toEqual({
    make: made,
    text: sha256(text),
    length: text.length,
  });
  expect((await project.ok('output', 'last', 'read', '--json')).json).toEqual([made, made]);
});

test('a value too large for a command line is the failure of its task only', async () => {
  using project = new Project({
    'p.yaml': `name: p
modules: [./m.mjs]
tasks:
  large: {}
  say: { needs: [large], run: 'echo \${tasks.large.output}' }
  after: { needs: [large] }
`,
    'm.mjs': `export const large = () => 'x'.repeat(5_000_000);
export const after = ({ large }) => large.length;
`,
  });
  const { code, json } = await project.dp('run', 'p.yaml', '--json', '--no-typecheck');
  expect(code).toBe(1);
  expect(json.tasks).toMatchObject({
    say: {
      status: 'failed',
      error: { message: expect.stringContaining('at most 128 KiB') as string },
    },
    after: { status: 'succeeded' },
  });
});

test('what looks like a class, a prototype or code is data when it is read', async () => {
  const value = `{
    __proto__: null, ['__proto__']: { polluted: true }, constructor: { prototype: { polluted: true } },
    toJSON: 'text', then: 'text', code: "require('fs').writeFileSync('harmed', '')",
    $type: 'Function', '@@iterator': '!!js/function', map: new Map([['__proto__', { polluted: true }]]),
  }`;
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  make: {}\n  look: { needs: [make] }\n',
    'm.mjs': `export const make = () => (${value});
export const look = ({ make }) => [Object.keys(make), typeof make.map.get, ({}).polluted ?? 'clean', [].polluted ?? 'clean'];
`,
  });
  await project.ok('run', 'p.yaml', '--no-typecheck');
  const { json } = await project.ok('output', 'last', 'look', '--json');
  expect(json).toEqual([
    expect.arrayContaining(['__proto__', 'constructor', 'toJSON', 'code']),
    'function',
    'clean',
    'clean',
  ]);
  expect(existsSync(project.path('harmed'))).toBe(false);
});

test('what somebody put among the results is never run', async () => {
  using project = new Project({
    'p.yaml':
      'name: p\nmodules: [./m.mjs]\ndefaults: { cache: true }\ntasks:\n  make: {}\n  use: { needs: [make] }\n',
    'm.mjs':
      'export const make = () => [1, 2, 3];\nexport const use = ({ make }) => make.length;\n',
  });
  await project.ok('run', 'p.yaml');
  const { json } = await project.ok('show', '--json');
  const folder = `.dp/runs/${json.runId}/results/make`;
  const hostile =
    "require('node:fs').writeFileSync('harmed', ''); import('node:fs').then((fs) => fs.writeFileSync('harmed', ''));\n";
  for (const ending of ['js', 'mjs', 'cjs', 'ts', 'json', 'node', 'pkl', 'val'])
    project.write({
      [`${folder}/a1.1.${ending}`]: hostile,
      [`${folder}/index.${ending}`]: hostile,
    });
  project.write({ [`${folder}/package.json`]: '{ "main": "./index.js" }' });
  for (const words of [
    ['output', 'last', 'make'],
    ['run', 'p.yaml'],
    ['show'],
    ['doctor'],
    ['cache', 'verify'],
  ])
    await project.dp(...words);
  expect(existsSync(project.path('harmed'))).toBe(false);
  expect((await project.ok('output', 'last', 'use', '--json')).json).toBe(3);
});

const sha256 = (value: string | Uint8Array): string =>
  createHash('sha256').update(value).digest('hex');
