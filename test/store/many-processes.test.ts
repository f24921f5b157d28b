/** Real processes on one state folder. */
import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { thisProcess } from '../../src/store/process-identity.ts';
import type { PlacedEvent } from '../../src/model/event.ts';
import { openSqliteStore } from '../../src/store/sqlite.ts';
import { temporaryFolder } from './folder.ts';
import { type Child, startChild, startChildInShell, startTogether } from './processes.ts';
import { ended, newRun, started, taskSucceeded } from './samples.ts';
import { countOf } from '../sample.ts';
import { testNeeding } from '../test-needing.ts';

let place: ReturnType<typeof temporaryFolder>;
let folder: string;
let children: Child[];

beforeEach(() => {
  place = temporaryFolder();
  folder = join(place.path, '.dp');
  children = [];
});
afterEach(async () => {
  for (const child of children) child.process.kill('SIGKILL');
  await Promise.allSettled(children.map((child) => child.said));
  place[Symbol.dispose]();
});

const start = (...args: string[]): Child => {
  const child = startChild(args);
  children.push(child);
  return child;
};

/** What all of them said when they did so at the same moment. */
async function together(...commands: string[][]): Promise<unknown[][]> {
  const crowd = await startTogether(commands);
  children.push(...crowd.children);
  crowd.go();
  return Promise.all(crowd.children.map(async (child) => (await child.said).slice(1)));
}

describe('many processes', { timeout: 120_000 }, () => {
  const appending = countOf(24, 8);
  test('many that append without a pause all get their turn and lose nothing', async () => {
    const runs = Array.from({ length: appending }, (_, i) => `r${i}`);
    await together(...runs.map((run) => ['appendMany', folder, run]));
    using store = openSqliteStore({ folder });
    expect(store.list()).toHaveLength(appending);
    for (const run of runs) expect([...store.read(run)]).toHaveLength(1 + 50 * 20);
  });

  const opening = countOf(50, 16);
  test('many that open a new folder at once make one database', async () => {
    const runs = Array.from({ length: opening }, (_, i) => `r${i}`);
    const said = await together(...runs.map((run) => ['beginOne', folder, run]));
    expect(said).toStrictEqual(runs.map(() => ['begun']));
    using store = openSqliteStore({ folder });
    const listed = store.list().map(({ runId }) => runId);
    expect(listed.toSorted()).toStrictEqual(runs.toSorted());
  });

  test('of eight that acquire the run of a dead process exactly one holds it', async () => {
    const first = start('appendForEver', folder, 'a');
    await first.hasSaid(1);
    first.process.kill('SIGKILL');
    await first.said;
    const askers = await startTogether(Array.from({ length: 8 }, () => ['acquire', folder, 'a']));
    children.push(...askers.children);
    askers.go();
    await Promise.all(askers.children.map((asker) => asker.hasSaid(2)));
    for (const asker of askers.children) asker.process.kill();
    const said = await Promise.all(askers.children.map((asker) => asker.said));
    const answers = said.map(([, answer]) => answer);
    expect(answers.filter((answer) => hasKey(answer, 'epoch'))).toStrictEqual([{ epoch: 2 }]);
    expect(answers.filter((answer) => hasKey(answer, 'code'))).toHaveLength(7);
  });
});

describe('a killed process', () => {
  test.each([1, 2, 3, 4])('leaves every event it was told is stored (%i)', async (round) => {
    const child = start('appendForEver', folder, 'a');
    await child.hasSaid(40 * round);
    child.process.kill('SIGKILL');
    const acknowledged = Number((await child.said).at(-1));

    using store = openSqliteStore({ folder });
    const seqs = [...store.read('a')].map(({ seq }) => seq);
    expect(seqs).toStrictEqual(seqs.map((_, i) => i + 1));
    expect(seqs.length).toBeGreaterThanOrEqual(1 + acknowledged);
    expect(seqs.length % 3).toBe(1); // batches of three after the first event, none torn
    expect(store.get('a')?.status).toBe('crashed');
    store.acquire('a', thisProcess());
    store.append('a', [taskSucceeded('a', 'on')]);
    expect([...store.read('a')].at(-1)?.seq).toBe(seqs.length + 1);

    using db = new DatabaseSync(join(folder, 'state.db'), { readOnly: true });
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
  });

  test('is distinguished from one that was only stopped', async () => {
    const child = start('appendForEver', folder, 'a');
    await child.hasSaid(1);
    child.process.kill('SIGSTOP');
    using store = openSqliteStore({ folder });
    expect(store.get('a')?.status).toBe('running');
    child.process.kill('SIGKILL');
    await once(child.process, 'close');
    expect(store.get('a')?.status).toBe('crashed');
  });

  testNeeding('Linux', process.platform === 'linux')(
    'is gone even while nobody has reaped it',
    async () => {
      const parent = startChildInShell('"$@" & exec sleep 1000 > /dev/null', [
        'appendForEver',
        folder,
        'a',
      ]);
      children.push(parent);
      await parent.hasSaid(1);
      using store = openSqliteStore({ folder });
      const { pid = 0 } = store.holder('a') ?? {};
      process.kill(pid, 'SIGKILL');
      await vi.waitFor(() => expect(store.get('a')?.status).toBe('crashed'), { interval: 1 });
      expect(() => process.kill(pid, 0)).not.toThrow(); // its corpse is still there
    },
  );
});

test('who follows the bus misses and repeats nothing, while others write, are killed, and runs are removed', async () => {
  using store = openSqliteStore({ folder });
  for (const run of ['old', 'older']) {
    store.begin(newRun(run));
    store.append(run, [started(run), taskSucceeded(run, 'x'), ended(run)]);
    store.release(run);
  }
  const writers = ['p', 'q'].map((name) => start('publishForEver', folder, name));
  const runner = start('appendForEver', folder, 'a');
  const seen: PlacedEvent[] = [];
  const look = (): void => void seen.push(...store.bus.read(seen.at(-1)?.position ?? 6));
  const untilSaid = async (child: Child, lines: number): Promise<void> => {
    const said = child.hasSaid(lines);
    const state = { isDone: false };
    void said.then(() => (state.isDone = true));
    while (!state.isDone) {
      look();
      await new Promise((go) => setImmediate(go));
    }
  };
  for (const child of [...writers, runner]) await untilSaid(child, 40);
  store.remove(['old']);
  writers[0]?.process.kill('SIGKILL');
  runner.process.kill('SIGKILL');
  await untilSaid(writers[1] as Child, 200);
  store.remove(['older']);
  writers[1]?.process.kill('SIGKILL');
  const said = await Promise.all(writers.map(async (writer) => writer.said));
  const acknowledged = said.flat() as { readonly id: string; readonly position: number }[];
  look();

  const shown = seen.map(({ position, event }) => ({ position, id: event.id }));
  expect(shown).toStrictEqual(
    [...store.bus.read(0)].map(({ position, event }) => ({ position, id: event.id })),
  );
  expect(shown.map(({ position }) => position)).toStrictEqual(shown.map((_, i) => i + 7));
  expect(shown).toEqual(expect.arrayContaining(acknowledged));
  expect(acknowledged.length).toBeGreaterThanOrEqual(240);
  expect(seen.filter(({ event }) => event.runId === 'a')).toHaveLength([...store.read('a')].length);
}, 120_000);

test('a process sees its own runs as running', () => {
  using store = openSqliteStore({ folder });
  store.begin(newRun('a', { owner: thisProcess() }));
  store.append('a', [started('a')]);
  expect(store.list()[0]?.status).toBe('running');
});

const hasKey = (value: unknown, key: string): boolean =>
  typeof value === 'object' && value !== null && key in value;
