/** Tasks with `wait_for:`: real processes wait, are killed and resumed, and receive what was published meanwhile. */
import { expect, test } from 'vitest';
import { until } from '../waiting.ts';
import { type DpProcess, Project } from './rig.ts';

const ARRIVAL = {
  'p.yaml': `name: waiting
modules: [./m.ts]
params: { least: { type: integer, default: 5 }, timeout: { type: boolean, default: false } }
tasks:
  arrival: { wait_for: { event: data.*.arrived, when: "\${event.data.rows >= params.least}" } }
  load: { inputs: { event: arrival } }
`,
  'm.ts': `import { task } from 'dp';
export const load = task({}, ({ event }: { event: { topic: string; data: { rows: number } } }) => event.topic + ' ' + event.data.rows);
`,
};

async function begin(project: Project, ...words: readonly string[]): Promise<DpProcess> {
  const dp = project.start({}, 'run', 'p.yaml', ...words);
  await dp.told('start     arrival: waits for data.*.arrived');
  return dp;
}

const publish = (project: Project, topic: string, rows: number) =>
  project.ok('publish', topic, `{"rows":${rows}}`);

test('two runs wait for the same event, from when each began, with one place for work', async () => {
  using project = new Project(ARRIVAL);
  await publish(project, 'data.early.arrived', 9);
  const first = await begin(project, '-j', '1');
  await publish(project, 'data.few.arrived', 1);
  const second = await begin(project, '-j', '1', '-p', 'least=1');
  expect((await project.ok('show', 'last')).out).toMatch(/running +arrival .*waits for data\.\*/);
  await publish(project, 'data.many.arrived', 7);
  for (const dp of [first, second]) {
    const { code, err } = await dp.ended;
    expect({ code, err }).toMatchObject({ code: 0 });
    const run = /run (\w+) of/.exec(err)?.[1] ?? '';
    expect((await project.ok('output', run, 'load')).out).toBe('data.many.arrived 7');
  }
  expect((await project.ok('doctor')).code).toBe(0);
});

test('an event that is published between a SIGKILL and the resume is neither missed nor taken twice', async () => {
  using project = new Project(ARRIVAL);
  const dp = await begin(project);
  await publish(project, 'data.few.arrived', 1);
  dp.signal('SIGKILL');
  await dp.ended;
  expect((await project.ok('show', 'last', '--json')).json).toMatchObject({ status: 'crashed' });
  await publish(project, 'data.between.arrived', 6);
  await publish(project, 'data.second.arrived', 8);
  const { json } = await project.ok('resume', 'last', '--json');
  expect(json).toMatchObject({
    status: 'succeeded',
    tasks: { arrival: { attempts: 2, wait: { event: 'data.*.arrived', until: null } } },
  });
  expect((await project.ok('output', 'last', 'load')).out).toBe('data.between.arrived 6');
  const again = await begin(project);
  again.signal('SIGINT');
  expect((await again.ended).code).toBe(130);
});

test('a wait that is cancelled ends at once, and goes on behind what it had seen when it is resumed', async () => {
  using project = new Project(ARRIVAL);
  const dp = await begin(project, '--grace', '600');
  await project.ok('cancel', 'last');
  expect((await dp.ended).code).toBe(130);
  expect((await project.ok('show', 'last', '--json')).json).toMatchObject({
    tasks: { arrival: { status: 'cancelled' }, load: { status: 'cancelled' } },
  });
  await publish(project, 'data.late.arrived', 6);
  await project.ok('resume', 'last');
  expect((await project.ok('output', 'last', 'load')).out).toBe('data.late.arrived 6');
});

test('a wait that comes to nothing has timed out and says what it saw; the time begins anew when it is resumed', async () => {
  const yaml = ARRIVAL['p.yaml'].replace('params.least}"', 'params.least}", timeout: 700ms');
  using project = new Project({ ...ARRIVAL, 'p.yaml': yaml });
  const dp = await begin(project);
  await publish(project, 'data.few.arrived', 1);
  const { code, err } = await dp.ended;
  expect(code).toBe(1);
  expect(err).toContain('timed out arrival: TimeoutError: no event on data.*.arrived came within');
  expect((await project.dp('show', 'last', '--json')).json).toMatchObject({
    tasks: {
      arrival: { status: 'timed_out', attempts: 1, error: { code: 'DP6130' } },
      load: { status: 'upstream_failed' },
    },
  });
  await publish(project, 'data.many.arrived', 5);
  await project.ok('resume', 'last');
  expect((await project.ok('output', 'last', 'load')).out).toBe('data.many.arrived 5');
});

test('a secret in an event is kept out of every text, and the run warns of the result', async () => {
  const yaml = `name: waiting
secrets: [DATA_TOKEN]
tasks:
  arrival: { wait_for: { event: data.*, when: "\${event.data[env.DATA_TOKEN] == 1 || event.data.last}", timeout: 20s } }
  say: { run: 'echo \${tasks.arrival.output.data.token}' }
`;
  using project = new Project({ 'p.yaml': yaml });
  const dp = project.start({ env: { DATA_TOKEN: 'hunter-2-hunter' } }, 'run', 'p.yaml');
  await dp.told('start     arrival');
  await project.ok('publish', 'data.first', '{"x":1}');
  await project.ok(
    'publish',
    'data.last',
    '{"hunter-2-hunter":2,"last":true,"token":"hunter-2-hunter"}',
  );
  const { code, err } = await dp.ended;
  expect(code).toBe(0);
  expect(err).toContain('DP7006');
  const { runId } = (await project.ok('show', 'last', '--json')).json;
  const told = [
    err,
    ...(
      await Promise.all([
        project.ok('logs', 'last', 'say'),
        project.ok('events', runId, '--json'),
        project.ok('output', 'last', 'say'),
      ])
    ).map(({ out }) => out),
  ];
  expect(told.filter((text) => text.includes('hunter'))).toEqual([]);
});

test('ctx.publish of another task ends a wait, also one of a child pipeline', async () => {
  using project = new Project({
    'p.yaml': `name: parent
modules: [./m.ts]
tasks:
  child: { pipeline: ./c.yaml, output: arrival }
  tell: {}
`,
    'c.yaml':
      'name: child\ntasks: { arrival: { wait_for: { event: parent.told, timeout: 20s } } }\n',
    'm.ts': `import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { task } from 'dp';
export const tell = task({}, async (_: object, ctx) => {
  while (!existsSync('go')) await sleep(10);
  ctx.publish('parent.told', { by: 'tell' });
});
`,
  });
  const dp = project.start({}, 'run', 'p.yaml', '-j', '1');
  await until(async () =>
    (await project.ok('events', '--topic', 'run.task.started')).out.includes('parent.told'),
  );
  project.write({ go: '' });
  expect((await dp.ended).code).toBe(0);
  expect((await project.ok('output', 'last', 'child', '--json')).json).toMatchObject({
    topic: 'parent.told',
    task: 'tell',
    data: { by: 'tell' },
  });
});
