import { expect, test } from 'vitest';
import { Project } from '../../../cli/rig.ts';

const YAML = `name: p
modules: [./p.mjs]
tasks:
  words:
  count: { needs: [words] }
`;

test('plain JavaScript without a tsconfig is checked by what it infers', async () => {
  using project = new Project({
    'p.yaml': YAML,
    'p.mjs': `export const words = () => ['a', 'b'];
export const count = ({ words }) => words.length;
`,
  });
  const { json } = await project.ok('tasks', 'p.yaml', '--json');
  expect(json.tasks[1].output.type).toBe('string[]');
  expect((await project.ok('run', 'p.yaml', '--json')).json.status).toBe('succeeded');
});

test('JSDoc is checked as types are', async () => {
  using project = new Project({
    'p.yaml': YAML,
    'p.mjs': `/** @returns {string[]} */
export const words = () => ['a', 'b'];
/** @param {{ words: number[] }} given */
export const count = ({ words }) => words.length;
`,
  });
  const { code, json } = await project.dp('validate', 'p.yaml', '--json');
  expect(code).toBe(3);
  expect(json.diagnostics).toMatchObject([
    { code: 'DP5001', line: 5, message: expect.stringContaining('gives string[]') },
  ]);
  expect((await project.ok('run', 'p.yaml', '--no-typecheck', '--json')).json.status).toBe(
    'succeeded',
  );
});

test('a CommonJS project works', async () => {
  using project = new Project({
    'package.json': '{ "type": "commonjs" }',
    'p.yaml': YAML.replace('p.mjs', 'p.js'),
    'p.js': `exports.words = () => ['a'];
exports.count = ({ words }) => words.length;
`,
  });
  expect((await project.ok('run', 'p.yaml', '--json')).json.status).toBe('succeeded');
});

test('--strict reports the edges of which nothing could be checked', async () => {
  using project = new Project({
    'p.yaml': YAML,
    'p.mjs': `export const words = () => JSON.parse('[]');
export const count = ({ words }) => words.length;
`,
  });
  expect((await project.dp('validate', 'p.yaml')).code).toBe(0);
  const { code, err } = await project.dp('validate', 'p.yaml', '--strict');
  expect(code).toBe(3);
  expect(err).toContain('DP5003');
});
