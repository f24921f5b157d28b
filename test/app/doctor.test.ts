import {
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { examine, type DoctorFinding } from '../../src/app/maintenance/doctor.ts';
import { thisProcess } from '../../src/store/process-identity.ts';
import {
  digest,
  ended,
  newRun,
  owner,
  remember,
  resumed,
  started,
  taskRan,
} from '../store/samples.ts';
import { everyFiveMinutes, MINUTE, NEW_YEAR } from '../scheduler/loop-rig.ts';
import { Home } from './home.ts';
import { actingBefore } from './moving-world.ts';

let home: Home;
beforeEach(() => (home = new Home()));
afterEach(() => home[Symbol.dispose]());

/** What each check that finds something finds. */
async function findings(mend = false, open = home.open): Promise<Record<string, DoctorFinding[]>> {
  const found: Record<string, DoctorFinding[]> = {};
  for await (const checked of examine(open, { mend }))
    if (checked.findings.length > 0) found[checked.name] = [...checked.findings];
  return found;
}

const edit = (sql: string): void => {
  using db = new DatabaseSync(home.path('state.db'));
  db.exec(sql);
};

test('a sound state: nothing is found', async () => {
  const [output] = await home.run('a', ['x', 'y']);
  home.remember('k', output!);
  home.open.store.begin(newRun('waiting', { owner: thisProcess() }));
  expect(await findings()).toStrictEqual({});
});

test('a result that is gone or altered is a problem, and named with its task and run', async () => {
  await home.run('a', ['x', 'y']);
  writeFileSync(home.path('runs/a/results/x/a1.1.txt'), 'altered');
  const { results } = await findings();
  expect(results).toMatchObject([
    { is: 'problem', run: 'a', message: expect.stringContaining('"x" in run a') },
  ]);
});

test('a due tick without a row is a problem', async () => {
  const definition = everyFiveMinutes();
  const { tz = '' } = process.versions;
  home.open.store.ledger.write(undefined, (ledger) => {
    ledger.put({
      trigger: 'p/t',
      definition,
      tz,
      decidedTo: NEW_YEAR + 5 * MINUTE,
      armed: NEW_YEAR + 10 * MINUTE,
      pause: null,
      streak: null,
      cursor: null,
      forgottenTo: null,
    });
    ledger.openWindow({ from: NEW_YEAR, tz, definition });
  });
  const { ticks } = await findings();
  expect(ticks?.map(({ is, message }) => [is, message])).toStrictEqual([
    ['problem', '1 due ticks of trigger "p/t" have no row, the first at 2026-01-01T00:05:00.000Z'],
  ]);
});

test('a result in the folder of another run counts for the run that took it', async () => {
  const [output] = await home.run('old', ['x']);
  for (const id of ['b', 'c'])
    await home.run(id, [], { more: taskRan(id, 'x', { output: output! }) });
  rmSync(home.path('runs/old'), { recursive: true });
  expect((await findings())['results']?.map(({ run }) => run).toSorted()).toStrictEqual([
    'b',
    'c',
    'old',
  ]);
});

test('a cache entry that points to nothing is dropped by mending', async () => {
  home.remember('good', (await home.run('a', ['x']))[0]!);
  home.remember('hollow', {
    is: 'value',
    run: 'gone',
    task: 'x',
    id: '1',
    bytes: 1,
    digest: digest(1),
  });
  expect(await findings()).toMatchObject({ cache: [{ is: 'problem', isMended: false }] });
  expect(await findings(true)).toMatchObject({ cache: [{ is: 'problem', isMended: true }] });
  expect(await findings()).toStrictEqual({});
  expect(home.open.store.cached('good', 1)).toHaveLength(1);
});

test('a crashed run is a note that says how to resume it; mending does not change it', async () => {
  home.open.store.begin(newRun('a', { owner: { ...thisProcess(), pid: 2 ** 22 + 1 } }));
  home.open.store.append('a', [started('a')]);
  for (const mend of [true, false])
    expect(await findings(mend)).toStrictEqual({
      holders: [
        {
          is: 'note',
          run: 'a',
          message: expect.stringContaining('crashed'),
          remedy: { do: 'resumeRun', run: 'a' },
        },
      ],
    });
});

test('mending releases a run that ended and whose process died before it released the run', async () => {
  home.open.store.begin(newRun('a', { owner: { ...thisProcess(), pid: 2 ** 22 + 1 } }));
  home.open.store.append('a', [started('a'), ended('a', 'succeeded', 2_000, {})]);
  expect(await findings()).toMatchObject({ holders: [{ is: 'note', isMended: false }] });
  expect(await findings(true)).toMatchObject({ holders: [{ is: 'note', isMended: true }] });
  expect(await findings()).toStrictEqual({});
});

test('a holder on another host is explained and never removed', async () => {
  home.open.store.begin(newRun('a', { owner: owner(7) }));
  for (const mend of [true, false])
    expect(await findings(mend)).toMatchObject({
      holders: [{ is: 'note', message: expect.stringContaining('process 7 on host "here"') }],
    });
  expect(home.open.store.holder('a')).toStrictEqual(owner(7));
});

test.skipIf(process.platform === 'win32')(
  'a state that other users can read is a note, and mending closes it to them',
  async () => {
    await home.run('a', ['x']);
    home.remember('k', await home.result('a', 'x'));
    const all = readdirSync(home.path('.'), { recursive: true, encoding: 'utf8' });
    const paths = [home.path('.'), ...all.map((name) => home.path(name))];
    const modes = (): number[] => paths.map((path) => statSync(path).mode & 0o077);
    for (const path of paths) chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644);
    const message = expect.stringContaining(`read ${paths.length} files and folders`) as string;
    expect(await findings()).toMatchObject({ access: [{ is: 'note', message }] });
    expect(await findings(true)).toMatchObject({ access: [{ isMended: true }] });
    expect(modes()).toEqual(paths.map(() => 0));
    expect(await findings()).toStrictEqual({});
  },
);

test('a state folder that keeps other users out is sound, whatever is in it', async () => {
  await home.run('a', ['x']);
  chmodSync(home.path('runs'), 0o755);
  chmodSync(home.path('.'), 0o700);
  expect(await findings()).toStrictEqual({});
});

test('what contradicts itself in the record is a problem', async () => {
  for (const id of ['a', 'b', 'c', 'd']) await home.run(id, ['x']);
  edit(`DELETE FROM events WHERE run = 1 AND seq = 3; UPDATE runs SET status = 'failed' WHERE run_id = 'b';
        DELETE FROM requests WHERE run = 3; DELETE FROM runs WHERE run_id = 'd'`);
  const found = await findings();
  expect(found['tables']?.map(({ message }) => message)).toStrictEqual([
    'events of 1 runs that are not on record',
    '1 requests of runs that are not on record',
    '2 outcomes that no event tells',
  ]);
  expect(found['runs']?.map(({ message }) => message)).toStrictEqual([
    'run c has no request on record, so it cannot be resumed',
    'run b: it is listed as failed, and its events say succeeded',
    'run a: event 3 is missing',
    'run a: it has ended, and task "x" has no outcome',
    'run a: its end counts 1 succeeded, and its tasks are 0',
  ]);
});

test('an altered record is reported run by run, and every other check is made', async () => {
  for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) await home.run(id, ['x']);
  home.remember('k', await home.result('a', 'x'));
  await home.result('nobody', 'x');
  edit(`UPDATE events SET data = '{oops' WHERE run = 1 AND task = 'x';
        UPDATE events SET topic = 'run.task.succeedeX' WHERE run = 2 AND task = 'x';
        UPDATE events SET time = 9007199254740993 WHERE run = 3 AND task = 'x';
        UPDATE runs SET started_at = -9007199254740993 WHERE run_id = 'd';
        UPDATE runs SET owner = 'null' WHERE run_id = 'e';
        UPDATE requests SET request = x'7b' WHERE run = 6;
        UPDATE cache SET output = '[]'`);
  for (const mend of [false, true]) {
    const found = await findings(mend);
    expect(found['runs']?.map(({ run, message }) => [run, message])).toStrictEqual([
      ['f', 'run f has a request that cannot be read, so it cannot be resumed'],
      ['c', 'the record of run "c" is damaged: event 2 has an impossible time'],
      ['b', 'run b: event 2 has the topic "run.task.succeedeX", which is unknown'],
      ['a', 'the record of run "a" is damaged: event 2 has data that is no JSON'],
      ['e', 'the record of run "e" is damaged: it does not say who holds it'],
      ['d', 'the record of run "d" is damaged: its summary has an impossible id, status or time'],
    ]);
    expect(found['results']).toMatchObject([{ is: 'problem', run: 'a' }]);
    expect(found['cache']).toMatchObject([{ is: 'problem', isMended: mend }]);
    // What the outcome pointed to is not known, so nothing of other runs is removed.
    expect(found['rests']).toMatchObject([
      { is: 'problem', message: expect.stringContaining('"a"') },
    ]);
  }
  expect(readdirSync(home.path('runs'))).toContain('nobody');
});

test('rests of killed processes are notes, and mending removes them', async () => {
  await home.run('a', ['x']);
  await home.result('nobody', 'x');
  mkdirSync(home.path('removed/b'), { recursive: true });
  writeFileSync(home.path('runs/a/results/x/.9-0-0.tmp'), 'half');
  const found = await findings();
  expect(found).toMatchObject({ rests: [{ is: 'note' }, { is: 'note' }, { is: 'note' }] });
  expect(await findings(true)).toMatchObject({ rests: [{ isMended: true }, {}, {}] });
  expect(await findings()).toStrictEqual({});
  expect(readdirSync(home.path('runs'))).toStrictEqual(['a']);
});

test('a folder of no run whose results are pointed to is as it should be', async () => {
  home.remember('k', await home.result('removed', 'x'));
  expect(await findings(true)).toStrictEqual({});
  expect(readdirSync(home.path('runs'))).toStrictEqual(['removed']);
});

test('what has a name that dp gives to nothing is a note, and is left where it is', async () => {
  await home.run('a', ['x']);
  mkdirSync(home.path('incoming'));
  const strays = ['bnVsbA.0', 'W10.0', 'MQ.1', 'e30.0', 'eyJwaWQiOi0xfQ.0', '~~~'];
  for (const name of strays) writeFileSync(home.path('incoming', name), 'x');
  mkdirSync(home.path('runs/Not A Run'));
  for (const mend of [false, true])
    expect(await findings(mend)).toStrictEqual({
      files: expect.toSatisfy(
        (found: DoctorFinding[]) => found.length === 7 && found.every(({ is }) => is === 'note'),
      ),
    });
  expect(readdirSync(home.path('incoming'))).toHaveLength(strays.length);
  expect(readdirSync(home.path('runs'))).toContain('Not A Run');
});

test('what leads out of the state folder is a problem', async () => {
  await home.run('a', ['x']);
  symlinkSync('/etc', home.path('runs/a/results/elsewhere'));
  expect(await findings()).toMatchObject({
    files: [{ is: 'problem', message: expect.stringContaining('elsewhere') }],
  });
});

describe('what changes while doctor looks is no finding:', () => {
  test('a run that is taken up and ends', async () => {
    await home.run('a', ['x'], { how: 'failed' });
    const { open } = home;
    const store = actingBefore(open.store, 'read', () => {
      open.store.acquire('a', thisProcess());
      open.store.append('a', [resumed('a', thisProcess()), ended('a')]);
      open.store.release('a');
    });
    expect(await findings(false, { ...open, store })).toStrictEqual({});
  });

  test('a run that is removed with its results', async () => {
    await home.run('a', ['x']);
    const { open } = home;
    const io = actingBefore(open.io, 'has', () => {
      open.store.remove(['a']);
      rmSync(home.path('runs/a'), { recursive: true });
    });
    expect(await findings(false, { ...open, io })).toStrictEqual({});
  });

  test.each([
    ['dropped', undefined],
    ['made anew', 2],
  ])('a cache entry that is %s, its earlier result removed', async (_how, storedAt) => {
    const output = await home.result('gone', 'x');
    const entry = { key: 'k', run: 'gone', task: 'x', output, storedAt: 1, expiresAt: 5 };
    const { open } = home;
    remember(open.store, entry);
    const io = actingBefore(open.io, 'has', () => {
      open.maintenance.forget([entry]);
      if (storedAt !== undefined)
        remember(open.store, { ...entry, storedAt, output: { is: 'void' } });
      rmSync(home.path('runs/gone'), { recursive: true });
    });
    expect(await findings(false, { ...open, io })).toStrictEqual({});
  });
});
