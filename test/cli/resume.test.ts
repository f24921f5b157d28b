import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Project, type DpProcess } from './rig.ts';
import { until } from '../waiting.ts';

/** Every task leaves a line behind when it runs; `gate` waits for a file before it ends. */
const GATED = {
  'p.yaml': `name: gated
modules: [./m.ts]
params: { factor: { type: integer, default: 1 } }
tasks:
  first: { with: { factor: "\${params.factor}" } }
  gate: { needs: [first] }
  last: { needs: [gate] }
`,
  'm.ts': `import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { task } from 'dp';
const ran = (name: string) => appendFileSync('ran.txt', name + ' ');
export const first = task({}, ({ factor }: { factor: number }) => { ran('first'); return 2 * factor; });
export const gate = task({}, async ({ first }: { first: number }) => {
  ran('gate');
  while (!existsSync('go')) await sleep(10);
  return first + 1;
});
export const last = task({}, ({ gate }: { gate: number }) => { ran('last'); return gate * 10; });
`,
};

/** A run that was killed while \`gate\` was under way. */
async function killed(project: Project, ...words: readonly string[]): Promise<void> {
  const dp: DpProcess = project.start({}, 'run', 'p.yaml', ...words);
  await dp.told('start     gate');
  // Its start is on record before it begins.
  await until(() => project.read('ran.txt').includes('gate'));
  dp.signal('SIGKILL');
  await dp.ended;
}

test('after a SIGKILL the run is crashed; resume keeps what succeeded and runs the rest', async () => {
  using project = new Project(GATED);
  await killed(project, '-p', 'factor=4');
  expect((await project.dp('show', '--json')).json.status).toBe('crashed');
  project.write({ go: '' });
  const { code, json } = await project.dp('resume', 'last', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ status: 'succeeded', tasks: { gate: { attempts: 2 } } });
  expect(project.read('ran.txt')).toBe('first gate gate last ');
  expect((await project.dp('output', 'last', 'last', '--json')).out).toBe('90\n');
});

const CACHED = {
  ...GATED,
  'p.yaml': GATED['p.yaml'].replace('tasks:', 'defaults: { cache: true }\ntasks:'),
  go: '',
};

test.for(['--force', '--cache=off', '--cache=w'])(
  'what a run was to make again it makes again after a resume: %s',
  async (word) => {
    using project = new Project(CACHED);
    await project.ok('run', 'p.yaml');
    rmSync(project.path('go'));
    project.write({ 'ran.txt': '' });
    await killed(project, word);
    project.write({ go: '' });
    await project.ok('resume', 'last');
    expect(project.read('ran.txt')).toBe('first gate gate last ');
  },
);

test('a resume that is to read no stored results reads none', async () => {
  using project = new Project(CACHED);
  rmSync(project.path('go'));
  await killed(project);
  const { json } = await project.ok('show', '--json');
  project.write({ 'ran.txt': '', go: '' });
  await project.ok('run', 'p.yaml');
  expect(project.read('ran.txt')).toBe('gate last ');
  await project.ok('resume', json.runId, '--cache', 'off');
  expect(project.read('ran.txt')).toBe('gate last gate last ');
});

test('a result that was altered in between is computed again', async () => {
  using project = new Project(GATED);
  await killed(project);
  const { json } = await project.dp('show', '--json');
  const result = `.dp/runs/${json.runId}/results/first/a1.1.val`;
  expect(project.read(result)).not.toBe('');
  project.write({ [result]: 'something else', go: '' });
  expect((await project.dp('resume', 'last')).code).toBe(0);
  expect(project.read('ran.txt')).toBe('first gate first gate last ');
});

test('a link that leads to other code is changed code', async () => {
  using project = new Project({
    ...GATED,
    'm.ts': `${GATED['m.ts']}export { rate } from './current/rate.ts';\n`,
    'v1/rate.ts': 'export const rate = 1;',
    'v2/rate.ts': 'export const rate = 2;',
  });
  symlinkSync('v1', join(project.folder, 'current'));
  await killed(project);
  rmSync(join(project.folder, 'current'));
  symlinkSync('v2', join(project.folder, 'current'));
  const { code, json } = await project.dp('resume', 'last', '--json');
  expect({ code, told: json.diagnostics[0].code }).toEqual({ code: 3, told: 'DP6007' });
  expect(project.read('ran.txt')).toBe('first gate ');
});

test('changed code is named, and nothing runs', async () => {
  using project = new Project(GATED);
  await killed(project);
  project.write({ go: '', 'm.ts': GATED['m.ts'].replace('gate * 10', 'gate * 11') });
  const { code, json } = await project.dp('resume', 'last', '--json');
  expect(code).toBe(3);
  expect(json.diagnostics[0]).toMatchObject({
    code: 'DP6007',
    message: expect.stringContaining('the code of task'),
  });
  expect(project.read('ran.txt')).toBe('first gate ');
});

test('a run that succeeded is not resumed, nor one that another process holds', async () => {
  using project = new Project(GATED);
  const dp = project.start({}, 'run', 'p.yaml');
  await dp.told('start     gate');
  const { code, err } = await project.dp('resume', 'last');
  expect(code).toBe(6);
  expect(err).toContain('DP6004');
  project.write({ go: '' });
  expect((await dp.ended).code).toBe(0);
  expect((await project.dp('resume', 'last')).code).toBe(6);
});

/** Elements of a list; the third waits for a file. */
const MAPPED = {
  'p.yaml': `name: mapped
modules: [./m.ts]
params: { list: { type: array, default: [1, 2, 3, 4] } }
tasks:
  each: { map: { over: "\${params.list}", as: n, max_parallel: 1 } }
  sum: { needs: [each] }
`,
  'm.ts': `import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { task } from 'dp';
export const each = task({}, async ({ n }: { n: number }) => {
  appendFileSync('ran.txt', n + ' ');
  while (n === 3 && !existsSync('go')) await sleep(10);
  return 10 * n;
});
export const sum = task({}, ({ each }: { each: number[] }) => each.join('+'));
`,
  'ran.txt': '',
};

async function killedInTheThird(project: Project): Promise<string> {
  const dp = project.start({}, 'run', 'p.yaml');
  await until(() => project.read('ran.txt') === '1 2 3 ');
  dp.signal('SIGKILL');
  await dp.ended;
  return (await project.dp('show', '--json')).json.runId;
}

test('of a mapped task the elements that succeeded stand', async () => {
  using project = new Project(MAPPED);
  await killedInTheThird(project);
  project.write({ go: '' });
  await project.ok('resume', 'last');
  expect(project.read('ran.txt')).toBe('1 2 3 3 4 ');
  expect((await project.dp('output', 'last', 'sum')).out.trim()).toBe('10+20+30+40');
});

test('an element whose result is gone runs again, and the others stand through a second crash', async () => {
  using project = new Project(MAPPED);
  const runId = await killedInTheThird(project);
  project.write({ [`.dp/runs/${runId}/results/each/e0.a1.1.val`]: '' });
  const dp = project.start({}, 'resume', 'last');
  await until(() => project.read('ran.txt') === '1 2 3 1 3 ');
  dp.signal('SIGKILL');
  await dp.ended;
  project.write({ go: '' });
  await project.ok('resume', 'last');
  expect(project.read('ran.txt')).toBe('1 2 3 1 3 3 4 ');
  expect((await project.dp('output', 'last', 'sum')).out.trim()).toBe('10+20+30+40');
  const { json } = await project.dp('show', '--json');
  expect(json.tasks.each.status).toBe('succeeded');
});

test('a run that was planned without a type check is resumed without one', async () => {
  using project = new Project({
    'p.yaml':
      'name: p\nmodules: [./m.ts]\ntasks: { a: {}, b: { needs: [a] }, c: { needs: [b] } }\n',
    'm.ts': `import { existsSync } from 'node:fs';
export function a(): number { return 1; }
// Only the type check knows the parameters of a constant, so the edge is another one without it.
export const b = ({ x = 5 }: { a: number; x?: number }): number => x;
export function c(): number { if (!existsSync('go')) throw new Error('not yet'); return 1; }
`,
  });
  expect((await project.dp('run', 'p.yaml', '--no-typecheck')).code).toBe(1);
  project.write({ go: '' });
  const { json } = await project.ok('resume', 'last', '--json');
  expect(json).toMatchObject({ status: 'succeeded', tasks: { b: { attempts: 1 } } });
});
