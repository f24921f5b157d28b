/** What `dp publish` and runs write, and `dp events` without a run follows. */
import { expect, test } from 'vitest';
import { shellPipeline } from './projects.ts';
import { openBroker } from '../../src/library/open-broker.ts';
import { testWith } from '../servers/parts.ts';
import { RedisServer } from '../servers/redis-server.ts';
import { Project } from './rig.ts';

const lines = (out: string): { position: number; topic: string; data?: unknown }[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('dp events -f without a run follows all runs and published events, from now on', async () => {
  using project = new Project(shellPipeline('  a: { run: "true" }\n'));
  await project.ok('publish', 'data.early');
  const following = project.start({}, 'events', '-f', '--json', '--after', '1');
  expect((await project.ok('publish', 'data.arrived', '{"rows": 3}')).out).toBe(
    'published data.arrived as event 2\n',
  );
  await following.said('data.arrived');
  await project.ok('run', 'p.yaml');
  await following.said('run.succeeded');
  await project.ok('publish', 'data.late');
  await following.said('data.late');
  following.signal('SIGINT');
  const { code, out } = await following.ended;
  expect(code).toBe(130);
  const told = lines(out);
  expect(told.map(({ position }) => position)).toStrictEqual(told.map((_, i) => i + 2));
  expect(told[0]).toMatchObject({ topic: 'data.arrived', data: { rows: 3 } });
  expect(told.map(({ topic }) => topic)).toContain('run.task.succeeded');
  expect(lines((await project.ok('events', '--after', '1', '--json')).out)).toStrictEqual(told);
  const ofTopic = await project.ok('events', '--topic', 'data.*', '--json');
  expect(lines(ofTopic.out).map(({ topic }) => topic)).toStrictEqual([
    'data.early',
    'data.arrived',
    'data.late',
  ]);
  expect((await project.ok('events', '--from', '2999-01-01')).out).toBe('');
  expect((await project.ok('doctor')).code).toBe(0);
});

test('dp publish takes its data from standard input, and refuses what ctx.publish refuses', async () => {
  using project = new Project();
  await project.start({ input: '[1, "ü"]' }, 'publish', 'data.list', '-').ended;
  expect(lines((await project.ok('events', '--json')).out)[0]?.data).toStrictEqual([1, 'ü']);
  const refused = [
    [['publish', 'data.list', '{"rows":'], 'DP2001'],
    [['publish', 'data..list'], 'DP6101'],
    [['publish', 'run.started'], 'DP6101'],
    [['events', 'last', '--after', '1'], 'DP2001'],
    [['events', '--from', 'yesterday'], 'DP2001'],
    [['events', '--broker', 'redis://127.0.0.1:1'], 'DP2001'],
    [['events', '-f', '--after', 'x'], 'DP2001'],
    [['events', '-f', '--broker'], 'DP2001'],
    [['events', '-f', '--broker', 'ftp://127.0.0.1:1'], 'DP6120'],
    // Their clients are files beside the bundle.
    [['events', '-f', '--broker', 'redis://127.0.0.1:1'], 'DP6121'],
    [['events', '-f', '--broker', 'kafka://127.0.0.1:1/events'], 'DP6121'],
  ] as const;
  for (const [words, code] of refused) expect((await project.dp(...words)).err).toContain(code);
  const input = JSON.stringify('x'.repeat(2 ** 20));
  const large = await project.start({ input }, 'publish', 'a', '-').ended;
  expect(large.err).toContain('DP6109');
  expect(lines((await project.ok('events', '--json')).out)).toHaveLength(1);
});

test('dp gc removes published events by their age, and tells how many', async () => {
  using project = new Project();
  await project.ok('publish', 'data.arrived');
  expect((await project.ok('gc', '--json')).json).toMatchObject({ events: 0 });
  expect((await project.ok('gc', '--keep', '0s', '--dry-run', '--json')).json).toMatchObject({
    events: 1,
  });
  expect((await project.ok('gc', '--keep', '0s', '--json')).json).toMatchObject({ events: 1 });
  expect((await project.ok('events')).out).toBe('');
  expect((await project.ok('publish', 'data.arrived')).out).toBe(
    'published data.arrived as event 2\n',
  );
});

testWith('redis')('dp events -f --broker follows what a server keeps and gets', async (program) => {
  await using server = await RedisServer.start(program);
  const address = `redis://127.0.0.1:${server.port}`;
  await using broker = await openBroker(address);
  await broker.publish('data.early', { rows: 1 });
  await broker.publish('other.early', null);
  using project = new Project();
  const words = ['events', '-f', '--json', '--broker', address, '--topic', 'data.*'];
  const following = project.start({}, ...words, '--from', '2000-01-01');
  await following.said('data.early');
  await broker.publish('data.late', 'now');
  await following.said('data.late');
  following.signal('SIGINT');
  const { code, out } = await following.ended;
  expect(code).toBe(130);
  expect(lines(out)).toMatchObject([
    { topic: 'data.early', data: { rows: 1 } },
    { topic: 'data.late', data: 'now' },
  ]);
  expect(project.listing()).toStrictEqual([]);
});
