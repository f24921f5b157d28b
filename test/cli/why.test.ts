/** `dp plan --why` and `dp why` on a project whose files, parameters and environment change one at a time. */
import { expect, test } from 'vitest';
import { Project, type Ended } from './rig.ts';

const FILES = {
  'package.json': '{}',
  'package-lock.json': '{}',
  'pipelines/p.yaml': `name: p
modules: [./p.ts]
params: { n: { type: integer, default: 1 } }
secrets: [TOKEN]
defaults: { cache: true }
tasks:
  words: { with: { text: a b } }
  count: { needs: [words] }
  other: { run: "echo \${params.n}", cache: { files: [] } }
`,
  'pipelines/p.ts': `import { split } from './lib/split.ts';
export const words = ({ text }: { text: string }): string[] => split(text);
export const count = ({ words }: { words: string[] }): number => words.length;
`,
  'pipelines/lib/split.ts': `export const split = (text: string): string[] => text.split(' ');\n`,
};

const why = async (ended: Promise<Ended>, name: string) =>
  (await ended).json.tasks.find((task: { name: string }) => task.name === name);

test('each change alone is named, for each task that it makes run', async () => {
  using project = new Project(FILES);
  await project.ok('run', 'pipelines/p.yaml');
  const plan = (...words: string[]) =>
    project.dp('plan', 'pipelines/p.yaml', '--why', '--json', ...words);
  const before = project.listing();

  expect(await why(plan(), 'words')).toMatchObject({ action: 'cached', differences: [] });

  project.write({ 'pipelines/lib/split.ts': `${FILES['pipelines/lib/split.ts']}// more\n` });
  expect(await why(plan(), 'words')).toMatchObject({
    action: 'run',
    differences: [{ part: 'file', name: 'pipelines/lib/split.ts' }],
  });
  expect(await why(plan(), 'other')).toMatchObject({ action: 'cached' });
  project.write({ 'pipelines/lib/split.ts': FILES['pipelines/lib/split.ts'] });

  project.write({ 'package-lock.json': '{ }' });
  expect(await why(plan(), 'words')).toMatchObject({ differences: [{ part: 'lock_file' }] });
  project.write({ 'package-lock.json': '{}' });

  expect(await why(plan('-p', 'n=2'), 'other')).toMatchObject({
    differences: [{ part: 'param', name: 'n', before: 1, after: 2 }],
  });

  const secret = { env: { TOKEN: 'hunter2' } };
  const told = await project.dpWith(secret, 'plan', 'pipelines/p.yaml', '--why');
  expect(told.out).toContain('environment variable TOKEN is set now');
  expect(told.out).not.toContain('hunter2');
  expect(project.listing().map((line) => line.split(' ')[0])).toEqual(
    before.map((line) => line.split(' ')[0]),
  );
});

test('a task is followed back to the change that began it', async () => {
  using project = new Project(FILES);
  await project.ok('run', 'pipelines/p.yaml');
  project.write({
    'pipelines/p.yaml': FILES['pipelines/p.yaml'].replace('text: a b', 'text: a b c'),
  });
  const { json } = await project.ok('why', 'count', '--json');
  expect(json).toMatchObject({
    task: 'count',
    waitsFor: ['words'],
    chain: [
      {
        task: 'words',
        differences: [{ part: 'definition', name: 'with.text', before: 'a b', after: 'a b c' }],
      },
    ],
  });
  const { out } = await project.ok('why', 'count');
  expect(out).toMatch(
    /^count runs: .*\n(?: {2}.*\n)+words runs: .*\n {2}with\.text: "a b" → "a b c"\n$/,
  );
});

test('a cached task says why the result fits; another run may be compared with', async () => {
  using project = new Project(FILES);
  const first = await project.ok('run', 'pipelines/p.yaml', '-p', 'n=5', '--json');
  await project.ok('run', 'pipelines/p.yaml');
  const cached = await project.ok('why', 'words');
  expect(cached.out).toMatch(/^words is cached: unchanged since run .*\n {2}definition, code, /);
  const against = await project.ok('why', 'other', '--against', first.json.runId);
  expect(against.out).toContain('  parameter n: 5 → 1\n');
});

test('an unknown task or a run of another pipeline is refused', async () => {
  using project = new Project({
    ...FILES,
    'q.yaml': 'name: q\ntasks:\n  t: { run: "true" }\n',
  });
  await project.ok('run', 'q.yaml');
  const unknown = await project.dp('why', 'word');
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.err).toContain('did you mean "words"?');
  const other = await project.dp('why', 'words', '--against', 'last');
  expect(other).toMatchObject({ code: 2 });
  expect(other.err).toContain('is of pipeline "q", not of "p"');
});

test('an undeclared input of a task is reported where reasons are asked for', async () => {
  using project = new Project({
    ...FILES,
    'pipelines/lib/split.ts': `export const split = (text: string): string[] =>
  text.split(process.env.SEPARATOR ?? ' ');
`,
  });
  const warned = expect.stringMatching(/a module of task.* reads .*"SEPARATOR"/);
  expect((await project.ok('plan', 'pipelines/p.yaml', '--why')).err).toEqual(warned);
  expect((await project.ok('why', 'words')).err).toEqual(warned);
  expect((await project.ok('why', 'other')).err).toBe('');
  expect((await project.ok('plan', 'pipelines/p.yaml')).err).toBe('');
  const { json } = await project.ok('validate', '--strict', '--json');
  expect(json.diagnostics).toMatchObject([{ code: 'DP4010', severity: 'warning', line: 2 }]);
});

test('a run that was says what made its tasks run then', async () => {
  using project = new Project(FILES);
  const first = await project.ok('run', 'pipelines/p.yaml', '--json');
  await project.ok('run', 'pipelines/p.yaml', '-p', 'n=2');
  await project.ok('run', 'pipelines/p.yaml', '-p', 'n=2');
  const [, second] = (await project.ok('runs', '--json')).json.runs as { runId: string }[];
  const changed = await project.ok('why', 'other', '--run', second?.runId ?? '');
  expect(changed.out).toMatch(/^other ran: compared with run \w+ .*\n {2}parameter n: 1 → 2\n$/);
  const reused = await project.ok('why', 'other', '--run', 'last', '--json');
  expect(reused.json).toMatchObject({ action: 'cached', differences: [] });
  const alone = await project.ok('why', 'words', '--run', first.json.runId);
  expect(alone.out).toBe('words ran: no earlier run has a result of it\n');
  expect((await project.dp('why', 'word', '--run', 'last')).err).toContain('did you mean "words"?');
});
