import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { collectGarbage } from '../../src/app/maintenance/gc.ts';
import { exportRun } from '../../src/app/archive/export.ts';
import { importRun } from '../../src/app/archive/import.ts';
import { findRun } from '../../src/app/project/find-run.ts';
import { type TarEntry, writeTar } from '../../src/io/tar.ts';
import { thisProcess } from '../../src/store/process-identity.ts';
import { incomingName } from '../../src/app/maintenance/incoming-name.ts';
import {
  digest,
  ended,
  newRun,
  requestWith,
  started,
  taskRan,
  taskSucceeded,
} from '../store/samples.ts';
import { Home } from './home.ts';
import { actingBefore } from './moving-world.ts';

let here: Home;
let there: Home;
let file: string;
beforeEach(() => {
  here = new Home();
  there = new Home();
  file = here.path('archive');
});
afterEach(() => {
  here[Symbol.dispose]();
  there[Symbol.dispose]();
});

/** Run `a` with a stream, a list, a result of run `old`, and a log. */
async function exported(): Promise<void> {
  const [foreign] = await here.run('old', ['x', 'unneeded']);
  const items = [await here.result('a', 'each', 'e0'), await here.result('a', 'each', 'e1')];
  const { ref: stream } = await here.open.io.saveStream(
    { run: 'a', task: 'items', id: 's' },
    [1, 2],
  );
  await here.run('a', ['plain'], {
    more: [
      ...taskRan('a', 'items', { output: stream }),
      ...taskRan('a', 'each', { output: { is: 'list', items } }),
      ...taskRan('a', 'foreign', { output: foreign! }),
    ],
  });
  await exportRun(here.open, 'a', file);
}

test('the run is there as it was here: record, request, events, and every result', async () => {
  await exported();
  expect(await importRun(there.open, file, 9_000)).toBe('a');
  const [from, to] = [here.open.store, there.open.store];
  expect(to.get('a')).toStrictEqual({
    ...from.get('a'),
    imported: { at: 9_000, host: 'here' },
  });
  expect(to.request('a')).toStrictEqual(from.request('a'));
  expect([...to.read('a')]).toStrictEqual([...from.read('a')]);
  expect(to.holder('a')).toBeUndefined();
  const outputs = there.open.maintenance.outputsOf('a');
  expect(outputs).toHaveLength(4);
  for (const output of outputs) expect(await there.open.io.has(output)).toBe(true);
  expect(readdirSync(there.path('runs/old/results'))).toStrictEqual(['x']);
  expect(readdirSync(there.path('incoming'))).toStrictEqual([]);
  expect(there.open.maintenance.contradictions()).toStrictEqual([]);
});

test('what was imported is swept by no gc as long as its run is on record', async () => {
  await exported();
  await importRun(there.open, file, 9_000);
  const { runs, results } = await collectGarbage(there.open, {
    keepMs: null,
    keepRuns: 1,
    now: 1e9,
    dryRun: false,
  });
  expect({ runs, results }).toStrictEqual({ runs: [], results: 0 });
});

test('who asked for the run, and when it was accepted, is there as it was here', async () => {
  const startedBy = { by: 'trigger', trigger: 'flights/nightly', tick: 'event 7' } as const;
  const { store } = here.open;
  store.queue.put({
    runId: 'q',
    pipeline: 'flights',
    file: '/project/flights.yaml',
    params: {},
    startedBy,
    queuedAt: 500,
    priority: 'live',
  });
  await expect(exportRun(here.open, 'q', file)).rejects.toMatchObject({ code: 'DP6301' });
  store.queue.take(thisProcess(), 1);
  store.begin(newRun('q', { owner: thisProcess() }));
  store.append('q', [started('q'), ended('q', 'succeeded', 2_000, {})]);
  store.release('q');
  await exportRun(here.open, 'q', file);
  await importRun(there.open, file, 9_000);
  expect(there.open.store.get('q')).toMatchObject({ startedBy, queuedAt: 500 });
});

test('the same run exported twice is the same file', async () => {
  await exported();
  const first = readFileSync(file);
  await exportRun(here.open, 'a', file);
  expect(readFileSync(file)).toStrictEqual(first);
});

test('a run that is here already is refused, and so is the export of a running one', async () => {
  await exported();
  await expect(importRun(here.open, file, 9_000)).rejects.toMatchObject({ code: 'DP6004' });
  here.open.store.begin(newRun('now', { owner: thisProcess() }));
  here.open.store.append('now', [started('now')]);
  await expect(exportRun(here.open, 'now', file)).rejects.toMatchObject({ code: 'DP6004' });
});

test.for<[string, () => void]>([
  ['removed', () => here.open.store.remove(['a'])],
  [
    'taken up and let go of',
    () => {
      here.open.store.acquire('a', thisProcess());
      here.open.store.release('a');
    },
  ],
])('a run that is %s while it is exported makes no archive', async ([, act]) => {
  await here.run('a', ['x']);
  writeFileSync(file, 'before');
  const stored = actingBefore(here.open.stored, 'files', act);
  const exporting = exportRun({ ...here.open, stored }, 'a', file);
  const message = 'run a changed while it was read';
  await expect(exporting).rejects.toMatchObject({ code: 'DP8002', message });
  expect(readFileSync(file, 'utf8')).toBe('before');
  expect(readdirSync(here.folder)).not.toContainEqual(expect.stringMatching(/\.tmp$/));
});

test('a result that lies here whole is not replaced; a rest of a removed run is made whole', async () => {
  await exported();
  await importRun(there.open, file, 9_000);
  there.open.store.remove(['a']);
  expect(await importRun(there.open, file, 9_000)).toBe('a');
  for (const output of there.open.maintenance.outputsOf('a'))
    expect(await there.open.io.has(output)).toBe(true);
});

test('an archive that breaks off anywhere, or has one bit wrong, is refused and leaves nothing', async () => {
  await exported();
  const whole = readFileSync(file);
  const attempts: Buffer[] = [];
  for (let at = 0; at < whole.length; at += 97) attempts.push(whole.subarray(0, at));
  const tar = zstdDecompressSync(whole);
  for (let at = 3; at < tar.length - 1_024; at += 1_511) {
    const bent = Buffer.from(tar);
    bent[at] = (bent[at] ?? 0) ^ 1;
    // Bytes between a file's end and the next header belong to nothing.
    if (tar[at] !== 0) attempts.push(zstdCompressSync(bent));
  }
  for (const attempt of attempts) {
    writeFileSync(file, attempt);
    await expect(importRun(there.open, file, 9_000)).rejects.toMatchObject({ code: 'DP2011' });
  }
  expect(there.open.store.list()).toStrictEqual([]);
  expect(existsSync(there.path('runs'))).toBe(false);
  expect(readdirSync(there.path('incoming'))).toStrictEqual([]);
});

const compressed = (entries: readonly TarEntry[]): Promise<void> =>
  pipeline(writeTar(entries), createZstdCompress(), createWriteStream(file));

/** Writes an archive of these entries, with checksums that hold. */
function archive(entries: Readonly<Record<string, string>>): Promise<void> {
  const all = Object.entries(entries);
  const sums = all.map(
    ([name, text]) => `${createHash('sha256').update(text).digest('hex')}  ${name}\n`,
  );
  const files = [...all, ['checksums', sums.join('')] as const];
  return compressed(
    files.map(([name, text]) => ({ name, size: text.length, bytes: [Buffer.from(text)] })),
  );
}

const RECORD = {
  format: 'dp-run',
  v: 1,
  runId: 'a',
  pipeline: 'p',
  planId: digest(1),
  file: '/p',
  startedAt: 1,
};
const REQUEST = new TextDecoder().decode(requestWith({}));
const SOUND = { 'run.json': JSON.stringify(RECORD), request: REQUEST, 'events.ndjson': '' };
const line = (value: object): string => `${JSON.stringify(value)}\n`;
const deep = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
const event = (more: object): string =>
  line({ v: 1, id: '1', topic: 'x.y', time: 1, runId: 'a', data: 0, ...more });

test('the smallest sound archive is taken in', async () => {
  await archive(SOUND);
  expect(await importRun(there.open, file, 9_000)).toBe('a');
  expect(there.open.store.get('a')?.status).toBe('queued');
});

test.for<[string, Readonly<Record<string, string>>]>([
  ['leads up', { ...SOUND, 'runs/a/logs/../../../x': '' }],
  ['leads to the root', { ...SOUND, '/etc/x': '' }],
  ['is no file of a run', { ...SOUND, 'state.db': '' }],
  ['hides', { ...SOUND, 'runs/a/results/t/.x.tmp': '' }],
  ['is of no run', { ...SOUND, 'runs/A B/logs/x.1.log': '' }],
  ['lacks its record', { request: REQUEST, 'events.ndjson': '' }],
  ['lacks its events', { 'run.json': SOUND['run.json'], request: REQUEST }],
  ['is of another kind', { ...SOUND, 'run.json': '{"format":"zip"}' }],
  ['has a newer format', { ...SOUND, 'run.json': JSON.stringify({ ...RECORD, v: 2 }) }],
  ['names no run', { ...SOUND, 'run.json': JSON.stringify({ ...RECORD, runId: '../x' }) }],
  ['has no JSON', { ...SOUND, 'events.ndjson': 'x\n' }],
  ['has an event of another run', { ...SOUND, 'events.ndjson': event({ runId: 'b' }) }],
  [
    'has an event without data',
    { ...SOUND, 'events.ndjson': event({ topic: 'run.started', data: null }) },
  ],
])('an archive that %s is refused', async ([, entries]) => {
  await archive(entries);
  await expect(importRun(there.open, file, 9_000)).rejects.toMatchObject({ code: 'DP2011' });
  expect(there.open.store.list()).toStrictEqual([]);
});

test.for<[string, RegExp, Readonly<Record<string, string>>]>([
  ['events of one id', /one id/, { 'events.ndjson': event({}) + event({}) }],
  ['an event of an impossible time', /time/, { 'events.ndjson': event({ time: 2 ** 53 - 1 }) }],
  [
    'an event on a topic of dp that there is not',
    /run\.x/,
    { 'events.ndjson': event({ topic: 'run.x' }) },
  ],
  [
    'an event that is nested without end',
    /nested/,
    { 'events.ndjson': event({ data: deep(3_000) }) },
  ],
  [
    'a beginning by nobody that there is',
    /run\.json/,
    { 'run.json': line({ ...RECORD, startedBy: { by: 'x' } }) },
  ],
  ['an impossible beginning', /run\.json/, { 'run.json': line({ ...RECORD, startedAt: -1 }) }],
  [
    'a pipeline that there cannot be',
    /run\.json/,
    { 'run.json': line({ ...RECORD, pipeline: 'a b' }) },
  ],
  ['a record that its first event denies', /differ/, { 'events.ndjson': line(started('a')) }],
  ['no request', /request/, { request: '[]' }],
  [
    'a request of a run that leads up',
    /request/,
    { request: new TextDecoder().decode(requestWith({ givenBy: ['..'] })) },
  ],
  ['a log of another run', /run "b"/, { 'runs/b/logs/x.1.log': '' }],
  [
    'a result of another run that it does not point to',
    /run "b"/,
    { 'runs/b/results/x/1.txt': '' },
  ],
  ['a log that is named otherwise', /x\.log/, { 'runs/a/logs/x.log': '' }],
  ['a part of a result that is no stream', /part/, { 'runs/a/results/x/1.txt/000000.part': '' }],
  [
    'more elements than there can be',
    /4294967295 elements/,
    {
      'events.ndjson': line({
        ...taskSucceeded('a', 'x'),
        topic: 'run.task.expanded',
        data: { elements: 2 ** 32 - 1 },
      }),
    },
  ],
])('an archive with %s is refused, and told why', async ([, why, entries]) => {
  await archive({ ...SOUND, ...entries });
  const message = expect.stringMatching(why);
  await expect(importRun(there.open, file, 9_000)).rejects.toMatchObject({
    code: 'DP2011',
    message,
  });
  expect(there.open.store.list()).toStrictEqual([]);
  expect(existsSync(there.path('runs'))).toBe(false);
});

test('a run that is on record here keeps its results as they are', async () => {
  const [taken] = await here.run('old', ['x']);
  await here.run('a', [], { more: taskRan('a', 'x', { output: taken! }) });
  await exportRun(here.open, 'a', file);
  await there.run('old', []);
  expect(await importRun(there.open, file, 9_000)).toBe('a');
  expect(await there.open.io.has(taken!)).toBe(false);
});

test('an archive that unpacks to far more than it is, is refused', async () => {
  const zeros = Buffer.alloc(1024 * 1024);
  const bytes = Array.from({ length: 400 }, () => zeros);
  await compressed([{ name: 'runs/a/logs/x.1.log', size: 400 * zeros.length, bytes }]);
  await expect(importRun(there.open, file, 9_000)).rejects.toMatchObject({
    code: 'DP2011',
    message: expect.stringContaining('unpacks to more'),
  });
});

test.for(['run.json', 'request', 'events.ndjson'])(
  'an archive whose %s is too long to be read is refused before it is',
  async (name) => {
    const spaces = Buffer.alloc(1024 * 1024, ' ');
    const long = {
      name,
      size: 65 * spaces.length,
      bytes: Array.from({ length: 65 }, () => spaces),
    };
    const files = Object.entries(SOUND).map(([other, text]) =>
      other === name ? long : { name: other, size: text.length, bytes: [Buffer.from(text)] },
    );
    const sums = files.map((each) => {
      const hash = createHash('sha256');
      for (const piece of each.bytes) hash.update(piece);
      return `${hash.digest('hex')}  ${each.name}\n`;
    });
    const text = sums.join('');
    await compressed([
      ...files,
      { name: 'checksums', size: text.length, bytes: [Buffer.from(text)] },
    ]);
    await expect(importRun(there.open, file, 9_000)).rejects.toMatchObject({
      code: 'DP2011',
      message: expect.stringMatching(/is larger than 67108864 bytes/),
    });
  },
);

test('what a killed import gathered is swept; what a living one gathers is not', async () => {
  const gone = { ...thisProcess(), pid: 2 ** 22 + 1 };
  const dead = there.open.incoming.make(incomingName(gone));
  const alive = there.open.incoming.make(incomingName());
  const { staged } = await collectGarbage(there.open, {
    keepMs: 0,
    keepRuns: 0,
    now: 1,
    dryRun: false,
  });
  expect(staged).toBe(1);
  expect([existsSync(dead), existsSync(alive)]).toStrictEqual([false, true]);
});

test('an imported run is neither the last one of this state nor one to recover', async () => {
  await here.run('old', ['x']);
  here.open.store.begin(newRun('a'));
  here.open.store.append('a', [started('a')]);
  here.open.store.release('a');
  await exportRun(here.open, 'a', file);
  await importRun(there.open, file, 9_000);
  const { store } = there.open;
  expect(store.list()).toMatchObject([{ runId: 'a', status: 'crashed', imported: { at: 9_000 } }]);
  expect(findRun(there.open, 'last')).toBe('a');
  expect(store.list({ status: 'crashed', isOwn: true })).toEqual([]);
  await there.run('b', ['x']);
  await here.run('c', ['x']);
  await exportRun(here.open, 'c', file);
  await importRun(there.open, file, 9_000);
  expect(findRun(there.open, 'last')).toBe('b');
  expect(store.lastOutcome('flights', 'x')?.runId).toBe('b');
});
