/** `events:` of dp.yaml: runs send their events to a real Redis, and receive what others publish there, whatever dies. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { openBroker } from '../../src/library/open-broker.ts';
import { KafkaServer } from '../servers/kafka-server.ts';
import { testWith } from '../servers/parts.ts';
import { RedisServer } from '../servers/redis-server.ts';
import { sampleOf } from '../sample.ts';
import { until } from '../waiting.ts';
import { Project } from './rig.ts';

const files = (broker: string, more = ''): Record<string, string> => ({
  'dp.yaml': `events:
  broker: ${broker}
  forward: ['run.started', 'run.succeeded', 'data.**']
${more}`,
  'quick.yaml': `name: quick
secrets: [DATA_TOKEN]
modules: [./m.ts]
tasks: { tell: {} }
`,
  'wait.yaml': `name: wait
tasks:
  arrival: { wait_for: { event: data.*.arrived, timeout: 60s } }
  say: { run: 'echo \${tasks.arrival.output.topic}' }
`,
  'm.ts': `import { task } from 'dp';
export const tell = task({}, (_: object, ctx) => {
  ctx.publish('data.told', { token: process.env.DATA_TOKEN ?? 'none' });
  ctx.publish('other.told', 1);
});
`,
});

const addressOf = ({ port }: RedisServer): string => `redis://127.0.0.1:${port}`;

/** Everything that the server keeps, from the beginning. */
async function keptBy(address: string): Promise<{ id: string; topic: string; data: unknown }[]> {
  await using broker = await openBroker(address);
  const end = randomUUID();
  await broker.publish('test.end', end);
  const kept = [];
  for await (const event of broker.subscribe('**', { from: 'start' })) {
    if (event.data === end) break;
    if (event.topic !== 'test.end') kept.push(event);
  }
  return kept;
}

testWith('redis')(
  'events of runs and of dp publish reach the broker, each once, without secrets',
  async (program) => {
    await using server = await RedisServer.start(program);
    using project = new Project(files(addressOf(server)));
    await project.ok('publish', 'data.before');
    const env = { DATA_TOKEN: 'hunter-2-hunter' };
    const first = await project.dpWith({ env }, 'run', 'quick.yaml');
    expect(first).toMatchObject({ code: 0 });
    await project.ok('publish', 'data.between');
    expect((await project.dpWith({ env }, 'run', 'quick.yaml')).code).toBe(0);
    const kept = await sentBy(project, server, 7);
    expect(kept.map(({ topic }) => topic)).toEqual([
      'run.started',
      'data.told',
      'run.succeeded',
      'data.between',
      'run.started',
      'data.told',
      'run.succeeded',
    ]);
    expect(new Set(kept.map(({ id }) => id)).size).toBe(kept.length);
    expect(kept[1]?.data).toEqual({ token: '***' });
    expect((await project.ok('doctor')).code).toBe(0);
  },
);

testWith('redis')(
  'a broker that is away fails and delays no run, and gets what was recorded meanwhile later',
  async (program) => {
    await using server = await RedisServer.start(program);
    using project = new Project(files(addressOf(server)));
    await server.kill();
    const { code, err } = await project.dp('run', 'quick.yaml');
    expect(code).toBe(0);
    expect(err.match(/warning DP6121/g)).toHaveLength(1);
    await server.start();
    await project.ok('run', 'quick.yaml');
    const topics = (await sentBy(project, server, 6)).map(({ topic }) => topic);
    expect(topics).toEqual([
      'run.started',
      'data.told',
      'run.succeeded',
      'run.started',
      'data.told',
      'run.succeeded',
    ]);
  },
);

testWith('redis')(
  'an event of the broker ends a wait once, also when dp and the server are killed meanwhile',
  async (program) => {
    await using server = await RedisServer.start(program);
    using project = new Project(
      files(
        addressOf(server),
        `  schemas: { data.*.arrived: { type: object, required: [rows] } }\n`,
      ),
    );
    await publish(addressOf(server), 'data.early.arrived', { rows: 1 });
    const dp = project.start({}, 'run', 'wait.yaml');
    await dp.told('start     arrival');
    await isServed(server.port);
    await publish(addressOf(server), 'data.misshapen.arrived', { columns: 1 });
    await dp.told('DP6123');
    dp.signal('SIGKILL');
    await dp.ended;
    await publish(addressOf(server), 'data.between.arrived', { rows: 2 });
    await server.kill();
    await server.start();
    await project.ok('resume', 'last');
    expect((await project.ok('output', 'last', 'arrival', '--json')).json).toMatchObject({
      topic: 'data.between.arrived',
      data: { rows: 2 },
    });
    // What came from the broker is on the bus once, and is not sent back.
    const received = (await project.ok('events', '--json', '--topic', 'data.**')).out;
    expect(received.trimEnd().split('\n')).toHaveLength(1);
    const topics = (await keptBy(addressOf(server))).map(({ topic }) => topic);
    expect(topics.filter((topic) => topic === 'data.between.arrived')).toHaveLength(1);
  },
);

testWith('redis')(
  'two processes exchange with one broker at a time, and one takes over from a killed one',
  async (program) => {
    await using server = await RedisServer.start(program);
    using project = new Project(files(addressOf(server)));
    const first = project.start({}, 'run', 'wait.yaml');
    await first.told('start     arrival');
    await isServed(server.port);
    const second = project.start({}, 'run', 'wait.yaml');
    await second.told('start     arrival');
    first.signal('SIGKILL');
    await first.ended;
    await publish(addressOf(server), 'data.late.arrived', { rows: 1 });
    expect((await second.ended).code).toBe(0);
    const kept = await keptBy(addressOf(server));
    expect(kept.map(({ topic }) => topic).sort()).toEqual([
      'data.late.arrived',
      'run.started',
      'run.started',
      'run.succeeded',
    ]);
  },
);

test('a malformed address is told with its place, and without its password', async () => {
  using project = new Project({
    ...files('memory'),
    'dp.yaml': 'events:\n  broker: redis://a,b/0x\n',
  });
  const { code, err } = await project.dp('plan', 'quick.yaml');
  expect({ code, err }).toMatchObject({ code: 2 });
  expect(err).toContain('DP6120');
  expect(err).toContain('dp.yaml:2:11');
  project.write({ 'dp.yaml': 'events: { broker: "ftp://me:hunter2@host" }\n' });
  const hidden = (await project.dp('plan', 'quick.yaml')).err;
  expect(hidden).toContain('dp.yaml:1:19');
  expect(hidden).not.toContain('hunter2');
  project.write({ 'dp.yaml': 'events: { broker: memory, forwards: x, forward: "a..b" }\n' });
  const { err: wrong } = await project.dp('plan', 'quick.yaml');
  expect(wrong).toContain('did you mean "forward"?');
  expect(wrong).toContain('a topic pattern');
});

testWith('redis')(
  'dp events -f --broker follows the broker of dp.yaml, also behind a position',
  async (program) => {
    await using server = await RedisServer.start(program);
    using project = new Project(files(addressOf(server)));
    await publish(addressOf(server), 'data.first', 1);
    const follow = async (...words: string[]): Promise<{ position: string; topic: string }> => {
      const following = project.start({}, 'events', '-f', '--json', '--broker', ...words);
      await following.said('}\n');
      following.signal('SIGINT');
      return JSON.parse((await following.ended).out.split('\n')[0] ?? '');
    };
    const first = await follow('--from', '2000-01-01');
    expect(first.topic).toBe('data.first');
    await publish(addressOf(server), 'data.second', 2);
    expect(await follow('--after', first.position)).toMatchObject({ topic: 'data.second' });
    project.write({ 'dp.yaml': '' });
    expect((await project.dp('events', '-f', '--broker')).err).toContain('names no broker');
  },
);

testWith('redis')('the example of a project with a broker serves an order', async (program) => {
  await using server = await RedisServer.start(program);
  using project = new Project();
  const file = join(import.meta.dirname, '../../pipelines/examples/events/order.yaml');
  const env = {
    DP_EVENTS_BROKER: addressOf(server),
    DP_STATE_DIR: project.path('state'),
  };
  const dp = project.start({ env }, 'run', file);
  await dp.told('start     placed');
  await isServed(server.port);
  await publish(addressOf(server), 'orders.cellar.placed', { item: 'jam', boxes: 1 });
  await publish(addressOf(server), 'orders.roof.placed', { item: 'tea', boxes: 0 });
  await publish(addressOf(server), 'orders.roof.placed', { item: 'tea', boxes: 2 });
  const { code, err } = await dp.ended;
  expect(code).toBe(0);
  expect(err).toContain('DP6123');
  expect((await project.dpWith({ env }, 'output', 'last', 'packed')).out).toContain(
    '2 boxes of tea',
  );
  expect((await keptBy(addressOf(server))).at(-1)?.topic).toBe('run.succeeded');
});

for (const part of sampleOf(['kafka'] as const, () => false))
  testWith(part)(
    'events go to Kafka and come from there, also when dp is killed meanwhile',
    async (jars) => {
      await using server = await KafkaServer.start(jars);
      const address = `kafka://127.0.0.1:${server.port}/exchange?partitions=1`;
      using project = new Project(files(address), { patienceMs: 100_000 });
      await publish(address, 'data.early.arrived', { rows: 1 });
      const dp = project.start({}, 'run', 'wait.yaml');
      await dp.told('start     arrival');
      await until(
        async () => (await keptBy(address)).some(({ topic }) => topic === 'run.started'),
        60_000,
      );
      dp.signal('SIGKILL');
      await dp.ended;
      await publish(address, 'data.between.arrived', { rows: 2 });
      await project.ok('resume', 'last');
      expect((await project.ok('output', 'last', 'arrival', '--json')).json).toMatchObject({
        topic: 'data.between.arrived',
      });
    },
    200_000,
  );

/** The first events that a project sent: a run that ends sooner than the broker can be opened leaves them to the next. */
async function sentBy(
  project: Project,
  server: RedisServer,
  count: number,
): ReturnType<typeof keptBy> {
  let kept = await keptBy(addressOf(server));
  while (kept.length < count) {
    await project.ok('run', 'quick.yaml');
    kept = await keptBy(addressOf(server));
  }
  return kept.slice(0, count);
}

async function publish(address: string, topic: string, data: unknown): Promise<void> {
  await using broker = await openBroker(address);
  await broker.publish(topic, data);
}

/** Settles once a process has a reader of the events, which waits for the next. */
async function isServed(port: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1');
  try {
    await until(async () => /cmd=xread/.test(String(await redis.client('LIST'))));
  } finally {
    redis.disconnect();
  }
}
