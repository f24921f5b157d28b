/** Pipelines as tasks, through real runs: checked before, linked, cancelled, retried, gone on with after a crash. */
import { existsSync, symlinkSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { until } from '../waiting.ts';
import { Project } from './rig.ts';

const CHILD = `name: child
modules: [./child.ts]
params:
  year: { type: integer, minimum: 1987 }
  tag: { type: string, default: none }
tasks:
  load: { with: { year: "\${params.year}", tag: "\${params.tag}" } }
  count: { needs: [load] }
`;
const CHILD_CODE = `import { appendFileSync } from 'node:fs';
export function load({ year, tag }: { year: number; tag: string }): number[] {
  appendFileSync('ran.txt', \`load \${year} \${tag}\\n\`);
  return [year, 1];
}
export const count = ({ load }: { load: number[] }): number => load.length;
`;
const parent = (...tasks: string[]): string =>
  [
    'name: parent',
    'modules: [./parent.ts]',
    'tasks:',
    ...tasks.map((line) => `  ${line}`),
    '',
  ].join('\n');
const PARENT_CODE = `export const years = () => [2001, 2002, 2003];
export const use = ({ rows }: { rows: number[] }): number => rows[0]! + 1;
export const sum = ({ all }: { all: number[][] }): number => all.flat().length;
`;
/** `length` pipelines, each with the next one as its task. */
const chain = (length: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length }, (_, n) => {
      const work = n === length - 1 ? "run: 'true'" : `pipeline: ./p${n + 1}.yaml`;
      return [`p${n}.yaml`, `name: p${n}\ntasks: { next: { ${work} } }\n`];
    }),
  );
const files = (...tasks: string[]): Record<string, string> => ({
  'child.yaml': CHILD,
  'child.ts': CHILD_CODE,
  'parent.yaml': parent(...tasks),
  'parent.ts': PARENT_CODE,
});

const LOAD = 'part: { pipeline: ./child.yaml, with: { year: 2001 }, output: load }';

describe('a pipeline as a task', () => {
  test('gives the result of the task that is asked for, and is linked both ways', async () => {
    using project = new Project(files(LOAD, 'use: { inputs: { rows: part } }'));
    const { json } = await project.ok('run', 'parent.yaml', '-j', '1', '--json');
    const child = json.tasks.part.childRunId;
    expect((await project.ok('output', 'last', 'use')).out).toBe('2002\n');
    expect((await project.ok('show', child, '--json')).json).toMatchObject({
      pipeline: 'child',
      status: 'succeeded',
      parentTask: 'part',
      tasks: { load: { status: 'succeeded' }, count: { status: 'succeeded' } },
    });
    const { runs } = (await project.ok('runs', '--json')).json;
    expect(runs).toMatchObject([{ runId: child, parent: json.runId }, { runId: json.runId }]);
    expect((await project.ok('show')).out).toContain(`part  `);
    expect((await project.ok('show')).out).toContain(`run ${child}`);
  });

  test.for([
    ['a path', '../../outside.yaml'],
    ['a link', './link.yaml'],
  ] as const)('stays inside the project, by %s', async ([, path]) => {
    using project = new Project({
      'outside.yaml': "name: outside\ntasks: { a: { run: 'true' } }\n",
      'inner/package.json': '{}',
      'inner/pipelines/p.yaml': `name: p\ntasks: { a: { pipeline: ${path} } }\n`,
    });
    symlinkSync('../../outside.yaml', project.path('inner/pipelines/link.yaml'));
    const { code, err } = await project.dp('validate', 'inner/pipelines/p.yaml');
    expect(code).toBe(3);
    expect(err).toContain(`DP3003: the pipeline ${path} is outside the project`);
    expect(err).toContain('inner/pipelines/p.yaml:2:');
  });

  test('without output gives the id and status of its run', async () => {
    using project = new Project(files('part: { pipeline: ./child.yaml, with: { year: 2001 } }'));
    const { json } = await project.ok('run', 'parent.yaml', '--json');
    const given = (await project.ok('output', 'last', 'part', '--json')).json;
    expect(given).toEqual({ runId: json.tasks.part.childRunId, status: 'succeeded' });
  });

  test('runs once for each element of a list, results in order, with one place for all', async () => {
    using project = new Project(
      files(
        'years: {}',
        'part: { pipeline: ./child.yaml, map: { over: "${tasks.years.output}", as: year }, output: load }',
        'sum: { inputs: { all: part } }',
      ),
    );
    const { json } = await project.ok('run', 'parent.yaml', '-j', '1', '--json');
    const children = json.tasks.part.elements.map((one: { childRunId: string }) => one.childRunId);
    expect(new Set(children).size).toBe(3);
    expect((await project.ok('output', 'last', 'part', '--json')).json).toEqual([
      [2001, 1],
      [2002, 1],
      [2003, 1],
    ]);
    expect((await project.ok('output', 'last', 'sum')).out).toBe('6\n');
  });

  test('may hold pipelines itself, and one place is enough for any depth', async () => {
    using project = new Project({
      ...files(
        'part: { pipeline: ./middle.yaml, output: inner }',
        'use: { inputs: { rows: part } }',
      ),
      'middle.yaml': `name: middle\ntasks:\n  inner: { pipeline: ./child.yaml, with: { year: 1999 }, output: load }\n  beside: { run: 'true' }\n`,
    });
    await project.ok('run', 'parent.yaml', '-j', '1');
    expect((await project.ok('output', 'last', 'use')).out).toBe('2000\n');
  });

  test('shares the pools of its parent', async () => {
    // A command fails where another one is busy, and is busy until there is a file that lets it go.
    const busy = 'mkdir busy && until test -e go; do sleep 0.02; done && rmdir busy';
    using project = new Project({
      'parent.yaml': `name: parent\npools: { one: 1 }\ntasks:\n  a: { pool: one, run: '${busy}' }\n  part: { pipeline: ./child.yaml, map: { over: "\${[1, 2, 3]}", as: n } }\n`,
      'child.yaml': `name: child\npools: { one: 1 }\nparams: { n: {} }\ntasks:\n  b: { pool: one, run: '${busy}' }\n`,
    });
    const dp = project.start({}, 'run', 'parent.yaml', '-j', '4');
    await until(async () => {
      const { json } = await project.dp('pools', '--json');
      return json.pools.some(({ waiting }: { waiting: unknown[] }) => waiting.length === 3);
    });
    project.write({ go: '' });
    expect((await dp.ended).code).toBe(0);
  });

  test('has no log of its own, and says where its run has them', async () => {
    using project = new Project(files(LOAD));
    const { json } = await project.ok('run', 'parent.yaml', '--json');
    const { err } = await project.ok('logs', 'last', 'part');
    expect(err).toBe(`part is a run of its own: dp logs ${json.tasks.part.childRunId}\n`);
  });

  test('may be simulated with its parent, which it takes no place of', async () => {
    using project = new Project(files(LOAD, 'use: { inputs: { rows: part } }'));
    const { code } = await project.dp(
      'simulate',
      'parent.yaml',
      '--histories',
      '200',
      '--seed',
      '7',
    );
    expect(code).toBe(0);
  });

  test('is a double box in graphs, and named in the plan', async () => {
    using project = new Project(files(LOAD));
    expect((await project.ok('graph', 'parent.yaml')).out).toContain('t0[["part"]]');
    const { out } = await project.ok('plan', 'parent.yaml');
    expect(out).toContain('part  pipeline child: caching is off');
  });

  test('has a plan that changes with the plan of the other pipeline', async () => {
    using project = new Project(files(LOAD));
    const before = (await project.ok('plan', 'parent.yaml', '--json')).json;
    project.write({ 'child.yaml': CHILD.replace('needs: [load]', 'needs: [load], priority: 3') });
    const after = (await project.ok('plan', 'parent.yaml', '--json')).json;
    expect(after.planId).not.toBe(before.planId);
  });

  test('is cached like any task, until its code changes', async () => {
    using project = new Project(files(LOAD.replace('output: load', 'output: load, cache: true')));
    const status = async (): Promise<string> =>
      (await project.ok('run', 'parent.yaml', '--json')).json.tasks.part.status;
    expect(await status()).toBe('succeeded');
    expect(await status()).toBe('cached');
    project.write({ 'child.ts': CHILD_CODE.replace('year, 1', 'year, 2') });
    expect(await status()).toBe('succeeded');
  });
});

describe('before anything runs', () => {
  test.each([
    ['a file that is not there', 'part: { pipeline: ./nope.yaml }', ['DP4011 4:21']],
    ['a missing parameter', 'part: { pipeline: ./child.yaml }', ['DP4005 4:3']],
    [
      'an unknown parameter',
      'part: { pipeline: ./child.yaml, with: { year: 2001, yaer: 1 } }',
      ['DP4004 4:61'],
    ],
    [
      'a value of another type',
      'part: { pipeline: ./child.yaml, with: { year: "x" } }',
      ['DP5002 4:49'],
    ],
    [
      'a value that the schema refuses',
      'part: { pipeline: ./child.yaml, with: { year: 1900 } }',
      ['DP5002 4:49'],
    ],
    [
      'an expression of another type',
      'part: { pipeline: ./child.yaml, with: { year: "${tasks.other.output.stdout}" } }\n  other: { run: "true" }',
      ['DP5002 4:49'],
    ],
    [
      'a result that the pipeline does not have',
      'part: { pipeline: ./child.yaml, with: { year: 2001 }, output: lod }',
      ['DP4002 4:65'],
    ],
    [
      'a result that does not fit who needs it',
      'part: { pipeline: ./child.yaml, with: { year: 2001 }, output: count }\n  use: { inputs: { rows: part } }',
      ['DP5001 5:26'],
    ],
  ])('%s is reported', async (_sentence, task, told) => {
    using project = new Project(files(task));
    const { code, json } = await project.dp('plan', 'parent.yaml', '--json');
    expect(code).toBe(3);
    const errors = json.diagnostics.filter((one: { severity: string }) => one.severity === 'error');
    expect(
      errors.map(
        (one: { code: string; line: number; column: number }) =>
          `${one.code} ${one.line}:${one.column}`,
      ),
    ).toEqual(told);
    expect(existsSync(project.path('.dp'))).toBe(false);
  });

  test('mistakes of the other file have their places there', async () => {
    using project = new Project({ ...files(LOAD), 'child.yaml': CHILD.replace('needs', 'neds') });
    const { json } = await project.dp('plan', 'parent.yaml', '--json');
    expect(json.diagnostics).toMatchObject([
      { code: 'DP1004', file: project.path('child.yaml'), line: 8 },
    ]);
  });

  test('pipelines that run each other are named in a chain', async () => {
    using project = new Project({
      'a.yaml': 'name: a\ntasks: { next: { pipeline: ./b.yaml } }\n',
      'b.yaml': 'name: b\ntasks: { next: { pipeline: ./a.yaml } }\n',
    });
    const { code, json } = await project.dp('run', 'a.yaml', '--json');
    expect(code).toBe(3);
    expect(json.diagnostics).toMatchObject([
      {
        code: 'DP4012',
        file: project.path('b.yaml'),
        line: 2,
        message: 'pipelines run each other in a cycle: a.yaml → b.yaml → a.yaml',
      },
    ]);
  });

  test('sixteen pipelines may run each other, one below the other, and no more', async () => {
    using sixteen = new Project(chain(16));
    await sixteen.ok('plan', 'p0.yaml');
    using more = new Project(chain(17));
    const { code, json } = await more.dp('plan', 'p0.yaml', '--json');
    expect(code).toBe(3);
    const message = expect.stringContaining('more than 16 levels deep: p0.yaml → p1.yaml');
    expect(json.diagnostics).toMatchObject([{ code: 'DP4012', message }]);
  });
});

const GATED = {
  'parent.yaml': `name: parent\ntasks:\n  part: { pipeline: ./child.yaml, max_retries: 1, retry: { delay: 0 } }\n  behind: { needs: [part], run: 'true' }\n`,
  'child.yaml': `name: child\ntasks:\n  first: { run: 'echo first >> ran.txt' }\n  gate: { needs: [first], run: 'echo gate >> ran.txt; until test -e go; do sleep 0.02; done' }\n`,
};
const reached = async (project: Project, name: string): Promise<void> => {
  await until(() => existsSync(project.path('ran.txt')) && project.read('ran.txt').includes(name));
};

describe('an end that is no success', () => {
  test('a failure names the tasks that failed and the run; a retry keeps what succeeded in it', async () => {
    using project = new Project({
      ...GATED,
      'child.yaml': `name: child\ntasks:\n  first: { run: 'echo first >> ran.txt' }\n  gate: { needs: [first], run: 'echo gate >> ran.txt; exit 3' }\n`,
    });
    const { code, json } = await project.dp('run', 'parent.yaml', '--json');
    expect(code).toBe(1);
    const { part, behind } = json.tasks;
    expect(part).toMatchObject({ status: 'failed', attempts: 2 });
    expect(part.error.message).toBe(
      `pipeline "child" failed in run ${part.childRunId}: gate (the command ended with exit code 3)`,
    );
    expect(behind.status).toBe('upstream_failed');
    expect(project.read('ran.txt')).toBe('first\ngate\ngate\n');
    expect((await project.dp('runs', '--json')).json.runs).toHaveLength(2);
  });

  test('a failure is reported with the command that shows the run of the pipeline', async () => {
    using project = new Project({
      ...GATED,
      'child.yaml': `name: child\ntasks:\n  gate: { run: 'exit 3' }\n`,
    });
    const { err } = await project.dp('run', 'parent.yaml', '--reporter', 'sarif=out.sarif');
    const { part } = (await project.dp('show', 'last', '--json')).json.tasks;
    expect(err).toContain(`\n  dp show ${part.childRunId}\n`);
    expect(project.read('out.sarif')).toContain(`hint: \`dp show ${part.childRunId}\` shows it`);
  });

  test('Ctrl-C ends its run too, and leaves nothing running', async () => {
    using project = new Project(GATED);
    const dp = project.start({}, 'run', 'parent.yaml', '--grace', '0.2');
    await reached(project, 'gate');
    dp.signal('SIGINT');
    expect((await dp.ended).code).toBe(130);
    expect(project.processes()).toEqual([]);
    const { runs } = (await project.ok('runs', '--json')).json;
    expect(runs).toMatchObject([{ status: 'cancelled' }, { status: 'cancelled' }]);
  });

  test('a timeout of the task ends its run', async () => {
    using project = new Project({
      ...GATED,
      'parent.yaml': `name: parent\ntasks:\n  part: { pipeline: ./child.yaml, timeout: 0.5 }\n`,
    });
    const { code, json } = await project.dp('run', 'parent.yaml', '--grace', '0.1', '--json');
    expect(code).toBe(1);
    expect(json.tasks.part).toMatchObject({ status: 'timed_out' });
    const child = await project.ok('show', json.tasks.part.childRunId, '--json');
    expect(child.json.status).toBe('cancelled');
    expect(project.processes()).toEqual([]);
  });

  test('after a SIGKILL, resume continues with the same child run: no succeeded task runs again', async () => {
    using project = new Project(GATED);
    const dp = project.start({}, 'run', 'parent.yaml');
    await reached(project, 'gate');
    dp.kill();
    await dp.ended;
    const before = (await project.ok('runs', '--json')).json.runs;
    expect(before).toMatchObject([{ status: 'crashed' }, { status: 'crashed' }]);
    project.write({ go: '' });
    const { json } = await project.ok('resume', 'last', '--json');
    expect(json.tasks.part).toMatchObject({ status: 'succeeded', childRunId: before[0].runId });
    const after = (await project.ok('runs', '--json')).json.runs;
    expect(after).toMatchObject([{ status: 'succeeded' }, { status: 'succeeded' }]);
    expect(project.read('ran.txt')).toBe('first\ngate\ngate\n');
  });

  test('a child that was killed before anything was on record of it begins when its parent is resumed', async () => {
    using project = new Project(GATED);
    const dp = project.start({}, 'run', 'parent.yaml');
    await reached(project, 'gate');
    dp.kill();
    await dp.ended;
    const [child] = (await project.ok('runs', '--json')).json.runs;
    using db = new DatabaseSync(project.path('.dp/state.db'));
    db.prepare('DELETE FROM events WHERE run = (SELECT n FROM runs WHERE run_id = ?)').run(
      child.runId,
    );
    db.prepare("UPDATE runs SET status = 'queued' WHERE run_id = ?").run(child.runId);
    project.write({ go: '' });
    await project.ok('resume', 'last');
    const { out } = await project.ok('events', child.runId, '--json');
    expect(JSON.parse(out.split('\n')[0]!)).toMatchObject({ topic: 'run.started' });
  });
});

test('secrets of a pipeline are its own: another one sees only what it declares', async () => {
  using project = new Project({
    'parent.yaml': `name: parent\nenv: [TOKEN]\ntasks: { part: { pipeline: ./child.yaml, output: see } }\n`,
    'child.yaml': `name: child\ntasks: { see: { run: 'echo "token: $TOKEN"' } }\n`,
  });
  const { code } = await project.dpWith({ env: { TOKEN: 'secret' } }, 'run', 'parent.yaml');
  expect(code).toBe(0);
  const { json } = await project.ok('output', 'last', 'part', '--json');
  expect(json.stdout).toBe('token: \n');
});
