/** What a Redis broker does that only a Redis can show: rights, encryption, its limit of length, and takeovers. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { Subscription } from '../../src/events/broker.ts';
import { openBroker } from '../../src/events/open.ts';
import type { Fault } from '../../src/model/fault.ts';
import { testWith } from '../servers/parts.ts';
import { RedisServer } from '../servers/redis-server.ts';
import { until } from '../waiting.ts';
import { nextOf, publishAll } from '../../src/testing/subscriptions.ts';

testWith('redis')('a wrong password is told, and never printed', async (program) => {
  await using server = await RedisServer.start(program, ['--requirepass', 'right/one']);
  const url = `redis://:wr%2Fong@127.0.0.1:${server.port}`;
  const fault = await openBroker(url, { report }).catch((error: Fault) => error);
  expect(fault).toMatchObject({
    code: 'DP6121',
    message: expect.stringMatching(/redis:\/\/:\*\*\*@127\.0\.0\.1:\d+ cannot be used: WRONGPASS/),
  });
  expect(inspect(fault, { depth: 20, showHidden: true })).not.toMatch(/wr(?:\/|%2F)ong/);
  await using broker = await openBroker(`redis://:right%2Fone@127.0.0.1:${server.port}`, {
    report,
  });
  await publishAll(broker, 'a', [1]);
});

testWith('redis')(
  'a user with the rights that the hint names can do everything, another is told',
  async (program) => {
    const rights =
      '+xadd|+xlen|+xread|+xreadgroup|+xack|+xclaim|+xautoclaim|+xgroup|+xinfo|+xrevrange|+multi|+exec|+ping|+info|+client|+quit|+select'.split(
        '|',
      );
    await using server = await RedisServer.start(
      program,
      [
        ['--user', 'dp', 'on', '>secret', '~team:*', ...rights],
        ['--user', 'reader', 'on', '>secret', '~*', '-@all', '+xread'],
        ['--user', 'default', 'off'],
      ].flat(),
    );
    const at = (user: string): string =>
      `redis://${user}:secret@127.0.0.1:${server.port}?prefix=team:&claim_after=1s`;
    await using broker = await openBroker(at('dp'), { report });
    const live = broker.subscribe('a');
    const durable = broker.subscribe('a', { durable: 'reader' });
    await publishAll(broker, 'a', [1]);
    expect([await nextOf(live), await nextOf(durable)]).toEqual([1, 1]);
    const refused = await openBroker(at('reader'), { report }).catch((error: Fault) => error);
    expect(refused).toMatchObject({
      code: 'DP6125',
      diagnostics: [{ hint: expect.stringContaining('+xreadgroup') }],
    });
  },
);

testWith('redis')(
  'encryption holds against the given authority, and a stranger is refused',
  async (program) => {
    using files = certificates();
    const { path } = files;
    const tls = ['--port', '0', '--tls-port', 'PORT', '--tls-auth-clients', 'yes'];
    const [cert, key, ca] = ['server.crt', 'server.key', 'ca.crt'].map((name) => join(path, name));
    await using server = await RedisServer.start(
      program,
      [tls, ['--tls-cert-file', cert!, '--tls-key-file', key!, '--tls-ca-cert-file', ca!]].flat(),
    );
    const url = `rediss://localhost:${server.port}`;
    const own = '?ca=ca.crt&cert=server.crt&key=server.key';
    await using broker = await openBroker(url + own, { report, folder: path });
    const live = broker.subscribe('a');
    await publishAll(broker, 'a', [1]);
    expect(await nextOf(live)).toBe(1);
    await expect(openBroker(url, { report })).rejects.toMatchObject({
      code: 'DP6121',
      diagnostics: [{ hint: expect.stringContaining('as ca') }],
    });
    await expect(
      openBroker(`${url}?ca=nowhere.crt`, { report, folder: path }),
    ).rejects.toMatchObject({
      code: 'DP6120',
      message: expect.stringContaining('names nowhere.crt, which cannot be read'),
    });
  },
);

testWith('redis')(
  'what the limit of length removes before it is read is counted, for each reader once',
  async (program) => {
    await using server = await RedisServer.start(program, ['--stream-node-max-entries', '1']);
    const url = `redis://127.0.0.1:${server.port}?max_length=100`;
    await using broker = await openBroker(url, { report });
    const slow = broker.subscribe('a', { overflow: 'block', capacity: 10 });
    const durable = broker.subscribe('a', { durable: 'reader', capacity: 10 });
    await publishAll(broker, 'a', range(0, 10));
    expect(await take(slow, 5)).toEqual(range(0, 5));
    expect(await take(durable, 5)).toEqual(range(0, 5));
    await publishAll(broker, 'a', range(10, 400));
    // Both hold what they had read ahead; the server has the last 100.
    expect(await take(slow, 105)).toEqual([...range(5, 10), ...range(300, 400)]);
    expect(slow.dropped).toBe(290);
    expect(await take(durable, 105)).toEqual([...range(5, 10), ...range(300, 400)]);
    expect(durable.dropped).toBe(290);
    const next = broker.subscribe('a', { durable: 'reader' });
    await publishAll(broker, 'a', [400]);
    expect(await take(next, 1)).toEqual([400]);
    expect(next.dropped).toBe(0);
  },
);

testWith('redis')(
  'a slow member keeps its events for itself, and what a silent one held is taken over',
  async (program) => {
    await using server = await RedisServer.start(program);
    const url = `redis://127.0.0.1:${server.port}?claim_after=300ms`;
    using admin = adminOf(server);
    const claims = async (): Promise<number> => {
      const [, calls = '0'] =
        /cmdstat_xautoclaim:calls=(\d+)/.exec(await admin.info('commandstats')) ?? [];
      return Number(calls);
    };
    {
      await using one = await openBroker(url, { report });
      await using other = await openBroker(url, { report });
      const slow = one.subscribe('a', { durable: 'reader', capacity: 1 });
      await publishAll(one, 'a', [1]);
      expect(await nextOf(slow)).toBe(1);
      const second = nextOf(other.subscribe('a', { durable: 'reader', capacity: 1 }));
      const before = await claims();
      await until(async () => (await claims()) >= before + 10);
      await publishAll(one, 'a', [2]);
      expect(await second).toBe(2);
      // A member that never says anything more, as if its process had died.
      await admin.xreadgroup('GROUP', 'reader', 'dead', 'COUNT', 1, 'STREAMS', 'dp:events', '>');
    }
    await using last = await openBroker(url, { report });
    await publishAll(last, 'a', [3]);
    await admin.xreadgroup('GROUP', 'reader', 'dead', 'COUNT', 1, 'STREAMS', 'dp:events', '>');
    expect(new Set(await take(last.subscribe('a', { durable: 'reader' }), 3))).toEqual(
      new Set([1, 2, 3]),
    );
  },
);

testWith('redis')(
  'an entry that is no event is reported and skipped; a group that vanished is made again',
  async (program) => {
    await using server = await RedisServer.start(program);
    const faults: Fault[] = [];
    const url = `redis://127.0.0.1:${server.port}?claim_after=300ms`;
    await using broker = await openBroker(url, { report: (fault) => faults.push(fault) });
    const durable = broker.subscribe('**', { durable: 'reader' });
    using admin = adminOf(server);
    const add = (...fields: readonly string[]): Promise<unknown> =>
      admin.xadd('dp:events', '*', ...fields);
    await add('topic', 'a', 'event', 'no JSON');
    await add('topic', 'a', 'event', '{"v":2}');
    await add('topic', 'a', 'event', '{"v":1,"id":"x","topic":"b","time":0,"data":1}');
    await add('something', 'else');
    await publishAll(broker, 'a', [1]);
    expect(await nextOf(durable)).toBe(1);
    expect(faults.map(({ code }) => code)).toEqual(Array.from({ length: 4 }).fill('DP6122'));
    expect(faults[0]?.message).toMatch(
      /^the event at \d+-\d+ in redis:.* was refused: its text is no JSON$/,
    );
    const later = nextOf(durable);
    await admin.flushall();
    await publishAll(broker, 'a', [2]);
    expect(await later).toBe(2);
  },
);

/** A client that is not dp's. */
function adminOf({ port }: RedisServer): Redis & Disposable {
  const redis = new Redis(port, '127.0.0.1');
  return Object.assign(redis, { [Symbol.dispose]: () => redis.disconnect() });
}

function report(fault: Fault): void {
  throw fault;
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

/** Reads on without leaving: what was read counts as handled with the next. */
async function take(subscription: Subscription, count: number): Promise<unknown[]> {
  const taken: unknown[] = [];
  while (taken.length < count) taken.push(await nextOf(subscription));
  return taken;
}

/** An authority, and a certificate for localhost that it signed. */
function certificates(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'dp-certificates-'));
  const openssl = (...args: readonly string[]): unknown =>
    execFileSync('openssl', args, { cwd: path, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...key, '-subj', '/CN=dp test', '-keyout', 'ca.key', '-out', 'ca.crt');
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key'];
  openssl(
    'req',
    '-x509',
    ...key,
    ...names,
    ...signed,
    '-keyout',
    'server.key',
    '-out',
    'server.crt',
  );
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
