/**
 * The scheduler is killed at its commits: the daemon, the runner, both, and who fires a trigger by hand. After each another daemon
 * goes on, and every tick that was accepted has one run, which ends. `make test-long` tries every point.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DecidedTick } from '../../src/model/tick.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import type { RunStore } from '../../src/store/run-store.ts';
import { Project } from '../cli/rig.ts';
import { sampleOf } from '../sample.ts';
import { until } from '../waiting.ts';

const PRELOAD = `--require=${join(import.meta.dirname, 'crash-at.cjs')}`;
const FILES = {
  'pipelines/tick.yaml': `name: tick
triggers: [{ name: often, every: 1s, overlap: allow }]
tasks: { a: { run: 'echo \${run.id} >> ran' } }
`,
  'dp.yaml': 'schedule: { max_runs: 4 }\n',
};

type Victim = 'daemon' | 'runner' | 'both' | 'fire';

const SAMPLE = [
  'daemon commit 7 before',
  'daemon commit 8 after',
  'runner commit 3 after',
  'runner commit 4 before',
  'both commit 10 before',
  'fire commit 3 after',
];

function everyPoint(): (readonly [Victim, string])[] {
  const most: Readonly<Record<Victim, number>> = { daemon: 32, runner: 32, both: 32, fire: 6 };
  return Object.entries(most).flatMap(([victim, count]) =>
    Array.from({ length: 2 * count }, (_, n): readonly [Victim, string] => [
      victim as Victim, // the keys of the record
      `commit ${1 + Math.floor(n / 2)} ${n % 2 === 0 ? 'before' : 'after'}`,
    ]),
  );
}

test.concurrent.each(sampleOf(everyPoint(), (point) => SAMPLE.includes(point.join(' '))))(
  'when %s is killed at %s, every accepted tick has one run, which ends',
  async (victim, point) => {
    using project = new Project(FILES, { patienceMs: 100_000 });
    await killed(project, victim, point);
    const daemon = project.start({}, 'schedule');
    const before = succeeded(project);
    await until(() => succeeded(project) >= before + 2, 60_000);
    await project.ok('schedule', 'stop', '--wait');
    await daemon.ended;
    expect(wrongIn(project)).toEqual([]);
    expect((await project.ok('doctor', '--json')).json.problems).toBe(0);
  },
  120_000,
);

/** Leaves the project as the kill left it. A point that is never reached leaves it as a daemon does that is stopped. */
async function killed(project: Project, victim: Victim, point: string): Promise<void> {
  const env = {
    CRASH_AT: point,
    NODE_OPTIONS: PRELOAD,
    ...(victim === 'daemon' || victim === 'runner' ? { CRASH_IN: victim } : {}),
  };
  if (victim === 'fire') {
    await project.dpWith({ env }, 'schedule', 'fire', 'tick/often');
    return;
  }
  const daemon = project.start({ env }, 'schedule');
  const enough = until(() => succeeded(project) >= 6, 30_000);
  // Without a runner, which writes to its stderr, the end of the daemon is seen at once.
  const isDead = Promise.race([daemon.ended, daemonDied(project)]);
  await Promise.race([victim === 'runner' ? daemon.told('"runner_died"') : isDead, enough]);
  daemon.signal('SIGTERM');
  await isDead;
}

/** Settles when a daemon has been there, and is gone. Its runner may live on. */
async function daemonDied(project: Project): Promise<void> {
  await until(() => existsSync(project.path('.dp/wake')), 60_000);
  await until(() => daemons(project) === 0, 60_000);
}

const daemons = (project: Project): number =>
  inState(project, (store) => store.processes.list().filter(({ kind }) => kind === 'daemon'))
    .length;

function inState<T>(project: Project, read: (store: RunStore) => T): T {
  using store = openSqliteStore({ folder: project.path('.dp'), readOnly: true });
  return read(store);
}

const succeeded = (project: Project): number =>
  inState(project, (store) => store.list({ status: 'succeeded' }).length);

function wrongIn(project: Project): string[] {
  const { ticks, runs } = inState(project, (store) => ({
    ticks: store.ledger.ticks().toReversed(),
    runs: store.list(),
  }));
  const fired = new Set(ticks.flatMap(({ verdict }) => firedRun(verdict)));
  const ran = existsSync(project.path('pipelines/ran'))
    ? project.read('pipelines/ran').trim().split('\n')
    : [];
  return [
    ...(fired.size === ticks.length ? [] : ['two ticks have one run, or none']),
    ...runs.filter(({ runId }) => !fired.has(runId)).map(({ runId }) => `${runId} is of no tick`),
    ...[...fired]
      .filter((id) => runs.find(({ runId }) => runId === id)?.status !== 'succeeded')
      .map((id) => `${id} did not succeed`),
    ...[...fired].filter((id) => !ran.includes(id)).map((id) => `${id} did nothing`),
    ...gapsIn(ticks),
  ];
}

const firedRun = (verdict: DecidedTick['verdict']): readonly string[] =>
  verdict.outcome === 'fired' ? [verdict.runId] : [];

/** Every second from the first tick of the clock on has one. */
function gapsIn(ticks: readonly DecidedTick[]): string[] {
  const instants = ticks
    .filter(({ verdict }) => verdict.outcome !== 'fired' || verdict.because !== 'by_hand')
    .map(({ at }) => at);
  return instants.slice(1).flatMap((at, n) => {
    const step = at - instants[n]!;
    return step === 1_000 ? [] : [`${step} ms between two ticks`];
  });
}
