import { afterAll, beforeAll, expect, test } from 'vitest';
import { COUNTING } from './projects.ts';
import { Project } from './rig.ts';

let project: Project;
let runId: string;
let planId: string;

beforeAll(async () => {
  project = new Project(COUNTING);
  const { json } = await project.ok('run', 'pipelines/counting.yaml', '--json');
  ({ runId, planId } = json);
});

afterAll(() => {
  project[Symbol.dispose]();
});

const HASH = expect.stringMatching(/^[0-9a-f]{64}$/);
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

test('dp plan --json gives the ids, the levels, the order, and for each task what it will do and why', async () => {
  const { code, json } = await project.dp('plan', 'pipelines/counting.yaml', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({
    schemaVersion: 1,
    pipeline: 'counting',
    planId: HASH,
    levels: [['letters', 'numbers'], ['sum'], ['after']],
    order: ['letters', 'numbers', 'sum', 'after'],
  });
  expect(json.planId).toBe(planId);
  expect(json.tasks).toMatchObject([
    { name: 'letters', id: HASH, level: 0, dependsOn: [], tags: [], action: 'run' },
    { name: 'numbers', id: HASH, key: HASH, level: 0, dependsOn: [], tags: ['source'] },
    {
      name: 'sum',
      id: HASH,
      level: 1,
      dependsOn: [{ task: 'numbers', kind: 'data', parameter: 'numbers' }],
      tags: ['report'],
    },
    { name: 'after', level: 2, dependsOn: [{ task: 'sum', kind: 'control' }] },
  ]);
  for (const task of json.tasks) {
    expect(Object.keys(task)).toEqual(
      expect.arrayContaining(['name', 'id', 'key', 'level', 'dependsOn', 'tags', 'action']),
    );
    expect(task.reason).toMatch(/\w/);
  }
});

test('dp plan --json without a file gives a plan for each pipeline', async () => {
  const { code, json } = await project.dp('plan', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ schemaVersion: 1, plans: [{ pipeline: 'counting', planId }] });
});

test('dp run --json gives how the run and each of its tasks ended', async () => {
  const { code, json } = await project.dp('run', 'pipelines/counting.yaml', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({
    schemaVersion: 1,
    runId: expect.stringMatching(/^[0-9a-z]+$/),
    planId,
    pipeline: 'counting',
    status: 'succeeded',
    startedAt: TIME,
    finishedAt: TIME,
  });
  expect(Object.keys(json.tasks).sort()).toEqual(['after', 'letters', 'numbers', 'sum']);
  for (const task of Object.values(json.tasks)) {
    expect(task).toMatchObject({
      status: 'succeeded',
      attempts: 1,
      durationMs: expect.any(Number),
    });
  }
});

test('dp run --json has the error of a task that failed', async () => {
  const failing =
    "tasks:\n  bad:\n    run: 'exit 3'\n  behind:\n    run: 'true'\n    needs: [bad]\n";
  project.write({ 'failing.yaml': `name: failing\n${failing}` });
  const { code, json } = await project.dp('run', 'failing.yaml', '--json');
  expect(code).toBe(1);
  expect(json).toMatchObject({
    status: 'failed',
    tasks: {
      bad: {
        status: 'failed',
        attempts: 1,
        error: { message: 'the command ended with exit code 3' },
      },
      behind: { status: 'upstream_failed', attempts: 0 },
    },
  });
});

test('dp runs --json lists runs, the newest first', async () => {
  const { code, json } = await project.dp('runs', '--pipeline', 'counting', '--json');
  expect(code).toBe(0);
  expect(json.schemaVersion).toBe(1);
  expect(json.runs.at(-1)).toMatchObject({
    runId,
    pipeline: 'counting',
    planId,
    status: 'succeeded',
    startedAt: TIME,
    finishedAt: TIME,
  });
  const starts = json.runs.map((run: { startedAt: string }) => run.startedAt);
  expect(starts).toEqual(starts.toSorted().toReversed());
});

test('dp show --json gives a run in the shape of dp run --json', async () => {
  const { code, json } = await project.dp('show', runId, '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ schemaVersion: 1, runId, planId, status: 'succeeded' });
  expect(json.tasks.numbers).toMatchObject({ status: 'succeeded', attempts: 1 });
});

test('a run is known by the beginning of its id too', async () => {
  const { json } = await project.dp('show', runId.slice(0, -1), '--json');
  expect(json.runId).toBe(runId);
});

test('dp logs --json gives what each attempt printed and logged', async () => {
  const { code, json } = await project.dp('logs', runId, 'numbers', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ schemaVersion: 1, runId, logs: [{ task: 'numbers', attempt: 1 }] });
  expect(json.logs[0].text).toContain('printed\n');
  expect(json.logs[0].text).toContain('counting');
});

test('dp output --json gives the value itself', async () => {
  expect((await project.dp('output', runId, 'numbers', '--json')).json).toEqual([1, 2, 3]);
  expect((await project.dp('output', runId, 'sum', '--json')).json).toBe(6);
});

test('dp output --json gives streamed results as an array', async () => {
  expect((await project.dp('output', runId, 'letters', '--json')).json).toEqual(['a', 'b']);
});

test('dp output --json of a command gives its exit code and what it wrote', async () => {
  expect((await project.dp('output', runId, 'after', '--json')).json).toEqual({
    exitCode: 0,
    stdout: 'done\n',
    stderr: '',
    truncated: false,
  });
});

test('dp events --json gives one event a line, in order', async () => {
  const { code, out } = await project.dp('events', runId, '--json');
  expect(code).toBe(0);
  const events = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events[0]).toMatchObject({ topic: 'run.started', runId, time: TIME });
  expect(events.at(-1)).toMatchObject({ topic: 'run.succeeded', runId });
  const places = events.map(({ seq }) => seq);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  for (const event of events) {
    expect(event).toMatchObject({ id: expect.anything(), topic: expect.any(String), time: TIME });
  }
});

test('dp events --topic leaves out what does not match', async () => {
  const { out } = await project.dp('events', runId, '--topic', 'run.task.succeeded', '--json');
  const tasks = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).task);
  expect(new Set(tasks)).toEqual(new Set(['after', 'letters', 'numbers', 'sum']));
});

test('dp tasks --json lists what the modules register, with its place', async () => {
  const { code, json } = await project.dp('tasks', '--json');
  expect(code).toBe(0);
  expect(json.schemaVersion).toBe(1);
  expect(json.tasks.map(({ name }: { name: string }) => name)).toEqual([
    'letters',
    'numbers',
    'sum',
  ]);
  expect(json.tasks[1]).toMatchObject({
    module: project.path('pipelines/counting.mjs'),
    line: 3,
    parameters: [{ name: 'to' }],
  });
});

test('dp graph --json gives nodes and edges', async () => {
  const { code, json } = await project.dp('graph', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ schemaVersion: 1, pipeline: 'counting' });
  expect(json.nodes).toHaveLength(4);
  expect(json.edges).toEqual([
    { from: 'numbers', to: 'sum', kind: 'data', parameter: 'numbers' },
    { from: 'sum', to: 'after', kind: 'control' },
  ]);
});

test('dp graph draws for Mermaid and Graphviz', async () => {
  const mermaid = await project.dp('graph');
  expect(mermaid.out).toMatch(/^flowchart LR\n/);
  expect(mermaid.out).toContain('t1 --> t2\n');
  expect(mermaid.out).toContain('t2 -.-> t3\n');
  const dot = await project.dp('graph', '--format', 'dot');
  expect(dot.out).toContain('"numbers" -> "sum";');
  expect(dot.out).toContain('"sum" -> "after" [style=dotted];');
});

test('dp validate --json says that all is well', async () => {
  const { code, json } = await project.dp('validate', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ schemaVersion: 1, valid: true, diagnostics: [] });
});

test('dp explain --json gives an entry of the catalogue, or all of it', async () => {
  const one = await project.dp('explain', 'dp4001', '--json');
  expect(one.json).toMatchObject({ schemaVersion: 1, code: 'DP4001', title: 'cycle', exit: 3 });
  const all = await project.dp('explain', '--json');
  expect(all.json.codes.length).toBeGreaterThan(30);
  expect(all.json.codes[0]).toMatchObject({ code: 'DP1001', exit: 3 });
});

test('dp schema gives a JSON Schema', async () => {
  const { code, json } = await project.dp('schema', '--json');
  expect(code).toBe(0);
  expect(json).toMatchObject({ $schema: expect.stringContaining('json-schema.org') });
  expect(Object.keys(json.properties)).toEqual(expect.arrayContaining(['name', 'tasks', 'params']));
});

test('dp init --json names the files it made, and the project runs', async () => {
  using empty = new Project();
  const made = await empty.dp('init', 'mine', '--json');
  expect(made.code).toBe(0);
  expect(made.json).toMatchObject({ schemaVersion: 1, folder: empty.path('mine') });
  expect(made.json.files).toContain('pipelines/hello.yaml');
  const ran = await empty.dpWith({ cwd: 'mine' }, 'run', 'pipelines/hello.yaml');
  expect(ran.code).toBe(0);
  expect(ran.out).toBe('9 words, the longest is "quick"\n');
  expect((await empty.dp('init', 'mine', '--json')).json).toMatchObject({
    diagnostics: [{ code: 'DP2010', message: expect.stringContaining('hello.yaml') }],
  });
});

test('any failure with --json is diagnostics in one document, with the exit code it has without', async () => {
  project.write({ 'wrong.yaml': 'name: wrong\ntasks:\n  a:\n    rum: ls\n' });
  for (const words of [
    ['plan', 'wrong.yaml'],
    ['run', 'wrong.yaml'],
    ['graph', 'wrong.yaml'],
    ['validate', 'wrong.yaml'],
  ]) {
    const human = await project.dp(...words);
    const { code, json } = await project.dp(...words, '--json');
    expect([human.code, code]).toEqual([3, 3]);
    expect(json).toMatchObject({
      schemaVersion: 1,
      diagnostics: expect.arrayContaining([
        {
          code: 'DP1004',
          severity: 'error',
          message: expect.stringContaining('rum'),
          file: project.path('wrong.yaml'),
          line: 4,
          column: 5,
          hint: expect.stringContaining('run'),
        },
      ]),
    });
  }
});
