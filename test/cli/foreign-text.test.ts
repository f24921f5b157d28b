/** Text of tasks on its way to a terminal and into the log of a CI job, where somebody would obey it. */
import { expect, test } from 'vitest';
import { testWith } from '../servers/parts.ts';
import { dpCommand, Project } from './rig.ts';

const YAML = `name: p
modules: [./m.mjs]
tasks: { text: { tags: [report] }, bytes: {}, items: {}, data: {} }
`;
const MODULE = `const HOSTILE = 'words \\u001B]0;title\\u0007\\u001B[3J\\u009B2J end';
export const text = () => HOSTILE;
export const bytes = () => new TextEncoder().encode(HOSTILE);
export function* items() { yield HOSTILE; }
export const data = () => ({ [HOSTILE]: HOSTILE });
`;

testWith('script')(
  'reports and results send a terminal no control sequences, and files all of their bytes',
  async (program) => {
    using project = new Project({ 'tsconfig.json': '{}', 'p.yaml': YAML, 'm.mjs': MODULE });
    const dp = dpCommand()
      .map((word) => `'${word}'`)
      .join(' ');
    const outputs = ['text', 'bytes', 'items', 'data', 'data --json', 'text --json'];
    const lines = [`${dp} run p.yaml`, ...outputs.map((words) => `${dp} output last ${words}`)];
    project.write({ 'show.sh': `${lines.join('\n')}\n` });
    const { out } = await project.terminal(program, 'show.sh').ended;
    expect(out.match(/words/g)?.length).toBeGreaterThanOrEqual(lines.length);
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    expect(out).not.toMatch(/\u001B\]0;title|\u001B\[3J|\u009B/);
    const { out: piped } = await project.ok('output', 'last', 'text');
    expect(piped).toBe('words \u001B]0;title\u0007\u001B[3J\u009B2J end');
  },
);

test('a job of GitHub Actions obeys no line of a task, on either stream', async () => {
  const failing = 'throw new Error("first\\n::add-mask::forged\\n##[error]forged")';
  using project = new Project({
    'tsconfig.json': '{}',
    'p.yaml':
      'name: p\nmodules: [./m.mjs]\ntasks: { told: { tags: [report] }, fails: { needs: [told] } }\n',
    'm.mjs': `export const told = () => 'table\\n  ::error::forged\\n';\nexport function fails() { ${failing}; }\n`,
  });
  const { out, err } = await project.dpWith(
    { env: { GITHUB_ACTIONS: 'true' } },
    'run',
    'p.yaml',
    '--reporter',
    'github',
  );
  expect(out).toContain('table\n  \\::error::forged\n');
  expect(err).toContain('  \\::add-mask::forged\n');
  const obeyed = `${out}${err}`.split('\n').filter((line) => /^\s*::|##\[/.test(line));
  expect(obeyed).toEqual([expect.stringMatching(/^::error file=m\.mjs,.*%0A::add-mask::forged/)]);
});
