/** The real daemon with its runners: what it fires, what it survives, how it is asked and stopped. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunSummary } from '../../src/model/run.ts';
import type { DecidedTick } from '../../src/model/tick.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { testNeeding } from '../test-needing.ts';
import { until as untilWithin } from '../waiting.ts';
import { type DpProcess, type Ended, Project } from './rig.ts';

const EVERY_SECOND = `name: tick
triggers: [{ name: often, every: 1s, overlap: allow }]
tasks: { a: { run: "echo \${run.id} >> ran" } }
`;
const GATED = `name: gated
triggers: [{ name: often, every: 1s, overlap: skip }]
tasks: { gate: { run: "echo x >> at; while ! [ -e go ]; do sleep 0.02; done" } }
`;

/** Several processes begin one after the other, on a machine that has others to serve. */
vi.setConfig({ testTimeout: 90_000 });
const PATIENCE_MS = 60_000;

let project: Project;

beforeEach(() => {
  project = new Project(
    { 'package.json': '{}', 'pipelines/tick.yaml': EVERY_SECOND },
    { patienceMs: 80_000 },
  );
});

afterEach(() => {
  project[Symbol.dispose]();
});

const begin = (...words: readonly string[]): DpProcess => project.start({}, 'schedule', ...words);

function inState<T>(read: (store: RunStore) => T): T {
  using store = openSqliteStore({ folder: project.path('.dp'), readOnly: true });
  return read(store);
}

const until = (isSo: () => boolean): Promise<void> => untilWithin(isSo, PATIENCE_MS);
const ticks = (): DecidedTick[] => inState((store) => store.ledger.ticks());
const runs = (): RunSummary[] => inState((store) => store.list());
const pidsOf = (kind: 'daemon' | 'runner'): number[] =>
  inState((store) => store.processes.list())
    .filter((one) => one.kind === kind)
    .map(({ owner }) => owner.pid);
const leader = (): number | undefined =>
  inState((store) => store.processes.list().find(({ leads }) => leads)?.owner.pid);
const succeeded = (): number => runs().filter(({ status }) => status === 'succeeded').length;

/** Ends the daemon with its runners, which write to its stderr, and returns how it ended. */
async function stopped(daemon: DpProcess): Promise<Ended> {
  await project.ok('schedule', 'stop', '--wait');
  return daemon.ended;
}

/** Every fired tick has one run, and each run one tick. */
function expectEachTickOnce(): void {
  const fired = ticks().flatMap(({ verdict }) =>
    verdict.outcome === 'fired' ? [verdict.runId] : [],
  );
  expect(new Set(fired).size).toBe(fired.length);
  expect(
    runs()
      .map(({ runId }) => runId)
      .toSorted(),
  ).toEqual(fired.toSorted());
}

describe('a daemon', () => {
  test('fires triggers, executes their runs, and says what it does', async () => {
    const daemon = begin();
    await until(() => succeeded() >= 2);
    const { code, json } = await project.dp('schedule', 'status', '--json');
    expect(code).toBe(0);
    expect(json).toMatchObject({
      schemaVersion: 1,
      daemons: [
        {
          pid: leader(),
          host: expect.any(String),
          since: expect.stringMatching(/Z$/),
          version: expect.any(String),
          leads: true,
          url: null,
        },
      ],
      triggers: 1,
      armed: 1,
      queued: expect.any(Number),
      nextDue: expect.stringMatching(/Z$/),
      oldestDueUnstartedMs: expect.any(Number),
      healthy: true,
      runners: [{ pid: pidsOf('runner')[0], runs: expect.any(Number) }],
    });
    const { code: end, err } = await stopped(daemon);
    expect(end).toBe(0);
    expect(err).toContain('"outcome":"fired"');
    for (const line of err.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('msg');
    expectEachTickOnce();
    expect(runs()[0]?.startedBy).toMatchObject({ by: 'trigger', trigger: 'tick/often' });
    const after = await project.dp('schedule', 'status', '--json');
    expect([after.code, after.json.healthy]).toEqual([1, false]);
  });

  test('reads a file again when it is edited, and a broken one goes on as it was', async () => {
    const daemon = begin();
    await until(() => succeeded() >= 1);
    project.write({ 'pipelines/tick.yaml': 'name: tick\ntriggers: [{ every: no }]\n' });
    await daemon.told('is broken');
    const before = ticks().length;
    await until(() => ticks().length >= before + 2);
    // A file of two triggers takes its place.
    const two = EVERY_SECOND.replace('name: often', 'name: rare').replace('1s', '1h');
    project.write({ 'pipelines/tick.yaml': two });
    await until(() =>
      inState((store) => store.ledger.triggers()).some(
        ({ trigger, definition }) => trigger === 'tick/often' && definition === null,
      ),
    );
    project.write({ 'pipelines/other.yaml': EVERY_SECOND.replace('name: tick', 'name: other') });
    await until(() => ticks().some(({ trigger }) => trigger === 'other/often'));
    await project.ok('schedule', 'reload');
    expect((await stopped(daemon)).code).toBe(0);
  });

  test('has its runner replaced, whose run is resumed, when that is killed', async () => {
    project.write({ 'pipelines/tick.yaml': GATED });
    begin();
    await until(() => existsSync(project.path('pipelines/at')));
    const [runner = 0] = pidsOf('runner');
    process.kill(runner, 'SIGKILL');
    await until(() => pidsOf('runner').some((pid) => pid !== runner));
    await until(() => project.read('pipelines/at').split('\n').length > 2);
    project.write({ 'pipelines/go': '' });
    await until(() => succeeded() >= 1);
    const first = runs().at(-1);
    expect(first?.status).toBe('succeeded');
    const { json } = await project.ok('show', String(first?.runId), '--json');
    expect(json.tasks.gate.attempts).toBe(2);
  });

  test('that dies leaves its runner to the next one: no tick is lost or doubled', async () => {
    const one = begin();
    await until(() => succeeded() >= 1);
    const runner = pidsOf('runner');
    one.signal('SIGKILL');
    await until(() => pidsOf('daemon').length === 0);
    const two = begin();
    const before = ticks().length;
    await until(() => ticks().length > before + 1 && succeeded() > 2);
    expect(pidsOf('runner')).toEqual(runner);
    await stopped(two);
    expectEachTickOnce();
    expect((await project.ok('doctor', '--json')).json.problems).toBe(0);
  });
});

test('of two daemons one decides, and the other takes over when that one dies', async () => {
  const both = [begin(), begin()];
  await until(() => pidsOf('daemon').length === 2 && succeeded() >= 1);
  const first = leader() ?? 0;
  process.kill(first, 'SIGKILL');
  await until(() => ![undefined, first].includes(leader()));
  const before = ticks().length;
  await until(() => ticks().length > before);
  await project.ok('schedule', 'stop', '--wait');
  await Promise.all(both.map(({ ended }) => ended));
  expectEachTickOnce();
  expect(new Set(ticks().map(({ decidedBy }) => decidedBy)).size).toBe(2);
});

describe('stop', () => {
  beforeEach(() => {
    project.write({ 'pipelines/tick.yaml': GATED });
  });

  test('ends the daemon, and lets runs that have begun end', async () => {
    await project.ok('schedule', '--detach');
    await until(() => existsSync(project.path('pipelines/at')));
    await project.ok('schedule', 'stop');
    expect(pidsOf('daemon')).toEqual([]);
    expect(runs().at(-1)?.status).toBe('running');
    project.write({ 'pipelines/go': '' });
    await until(() => pidsOf('runner').length === 0);
    expect(runs().at(-1)?.status).toBe('succeeded');
    expect(project.read('.dp/schedule.log')).toContain('fired');
    expect((await project.dp('schedule', 'stop')).code).toBe(6);
  });

  test('--now cancels them', async () => {
    await project.ok('schedule', 'pipelines/tick.yaml', '--detach');
    await until(() => existsSync(project.path('pipelines/at')));
    await project.ok('schedule', 'stop', '--now');
    expect(runs().at(-1)?.status).toBe('cancelled');
    expect(pidsOf('runner')).toEqual([]);
  });
});

test('a daemon that cannot begin says why, also apart from the terminal', async () => {
  project.write({ '.dp/state.db': 'this is another file'.repeat(100) });
  for (const words of [[], ['--detach']]) {
    const { code, err } = await project.dp('schedule', ...words);
    expect(code).not.toBe(0);
    expect(err).toMatch(/DP8001|DP8004/);
  }
});

/** Prints the datagrams that come to the socket: Node has no such sockets. */
const RECEIVER = `perl -MSocket -e '$| = 1; socket(S, AF_UNIX, SOCK_DGRAM, 0) or die $!; bind(S, sockaddr_un($ARGV[0])) or die $!;
  print "listens\\n"; while (defined recv(S, $m, 999, 0)) { print "[$m]\\n" }' "$PWD/notify"`;
const isThere = (program: string): boolean =>
  (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)));

testNeeding('perl and systemd-notify', isThere('perl') && isThere('systemd-notify'))(
  'systemd hears that the daemon is ready, makes progress, and ends',
  async () => {
    const receiver = project.shell({}, RECEIVER);
    await receiver.said('listens');
    const env = { NOTIFY_SOCKET: project.path('notify'), WATCHDOG_USEC: '3000000' };
    const daemon = project.start({ env }, 'schedule');
    await receiver.said('READY=1');
    await receiver.said('WATCHDOG=1');
    daemon.signal('SIGTERM');
    await receiver.said('STOPPING=1');
    receiver.kill();
  },
  90_000,
);

test('a misspelt word is no file for the daemon', async () => {
  const { code, err } = await project.dp('schedule', 'statsu');
  expect(code).toBe(2);
  expect(err).toContain('did you mean "status"?');
});

test('install prints a unit for systemd, and says that dp installs nothing itself', async () => {
  const { out } = await project.ok('schedule', 'install', '--print', '--user');
  expect(out).toContain(`WorkingDirectory=${project.folder}\n`);
  expect(out).toMatch(/^ExecStart=".*" ".*" "schedule" "--json" "--state-dir" ".*\.dp"$/m);
  expect(out).toContain('Type=notify\n');
  expect(out).toContain('WantedBy=default.target');
  expect((await project.dp('schedule', 'install')).code).toBe(2);
});
