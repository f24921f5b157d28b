/**
 * Measures what it costs to note the reads of a cached function, and to look at the notes of stored results before they are reused.
 * Budgets: a function that reads 1,000 files takes at most 1.1 times as long when it is observed; a plan of 3,000 cached tasks
 * with ten notes each takes at most 1.5 times as long as without notes.
 */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from '../src/app/planning/load.ts';
import { prepare } from '../src/app/planning/prepare.ts';
import { Observer } from '../src/executor/worker/observer.ts';
import { notesOf } from '../src/io/task-inputs.ts';
import { systemClock } from '../src/lib/clock.ts';
import type { Digest } from '../src/model/ids.ts';
import type { InputNote } from '../src/model/input-note.ts';
import { openSqliteStore } from '../src/store/sqlite.ts';
import { compare } from './measure.ts';

const READS = 1_000;
const TASKS = 3_000;
const NOTES = 10;

const OPTIONS = { selection: {}, readCache: true, types: 'off' } as const;
const callerIn = (cwd: string) => ({ cwd, env: {}, clock: systemClock });

/** Bare calls, taken before the observer watches them. */
const { readFileSync } = fs;
const { readFile } = fs.promises;

const root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'dp-cache-')));
const files = Array.from({ length: READS }, (_, n) => join(root, `f${n}.txt`));
for (const file of files) fs.writeFileSync(file, 'x'.repeat(4096));
const observer = new Observer();

try {
  await compare(
    `${READS} files of 4 KiB, read one after the other`,
    {
      'not watched': () => reading((file) => readFileSync(file)),
      'watched, not observed': () => reading((file) => fs.readFileSync(file)),
      observed: () => observed(() => reading((file) => fs.readFileSync(file))),
    },
    { unit: 'files', runs: 15 },
  );
  await compare(
    `${READS} files of 4 KiB, read all at once`,
    {
      'not watched': async () => (await Promise.all(files.map((file) => readFile(file)))).length,
      observed: () =>
        observed(
          async () => (await Promise.all(files.map((file) => fs.promises.readFile(file)))).length,
        ),
    },
    { unit: 'files', runs: 15 },
  );
  const [bare, noted] = [await project('bare'), await project('noted')];
  await compare(
    `plans of ${TASKS} cached tasks`,
    { 'without notes': () => planOf(bare), [`${NOTES} notes each`]: () => planOf(noted) },
    { unit: 'tasks', runs: 9 },
  );
} finally {
  fs.rmSync(root, { recursive: true, force: true });
}

function reading(read: (file: string) => Buffer): number {
  for (const file of files) read(file);
  return files.length;
}

async function observed(act: () => number | Promise<number>): Promise<number> {
  observer.begin([]);
  const count = await act();
  if (observer.end(join(root, 'task.ts'), new Set())?.length !== READS)
    throw new Error('reads are missing');
  return count;
}

/** Makes a project whose tasks are all stored, with or without notes, and returns its pipeline file. */
async function project(kind: 'bare' | 'noted'): Promise<string> {
  const folder = join(root, kind);
  fs.mkdirSync(folder);
  const file = join(folder, 'p.yaml');
  const cache = 'cache: { files: [], env: [] }';
  const tasks = Array.from({ length: TASKS }, (_, n) => `  t${n}: { run: 'true', ${cache} }\n`);
  fs.writeFileSync(join(folder, 'package.json'), '{}');
  fs.writeFileSync(file, `name: p\ntasks:\n${tasks.join('')}`);
  const { plan } = await prepare(await load(file, callerIn(folder)), OPTIONS, callerIn(folder));
  using store = openSqliteStore({ folder: join(folder, '.dp') });
  const owner = { host: 'bench', pid: 1 };
  const planned = { pipeline: 'p', planId: plan.planId, file, startedAt: 0 };
  store.begin({ runId: 'r', ...planned, owner, request: new Uint8Array() });
  const notes = kind === 'noted' ? await notesFor(folder) : undefined;
  const entries = plan.tasks.map(({ key, name }, place) => ({
    key: key as Digest, // the inputs of all tasks are known
    run: 'r',
    task: name,
    output: { is: 'void' } as const,
    storedAt: 1,
    expiresAt: null,
    ...(notes && { notes: notesAt(notes, place) }),
  }));
  store.append('r', [], entries);
  return file;
}

async function notesFor(folder: string): Promise<readonly InputNote[]> {
  const ground = { root: folder, state: join(folder, '.dp'), env: {}, params: {} };
  const at = Date.now();
  return (
    (await notesOf(
      files.map((path) => ({ is: 'file', path, at })),
      ground,
    )) ?? []
  );
}

/** Tasks of a project read partly the same files. */
function notesAt(notes: readonly InputNote[], place: number): InputNote[] {
  // There are more notes than that.
  return Array.from(
    { length: NOTES },
    (_, n) => notes[(place * 7 + n) % notes.length] as InputNote,
  );
}

async function planOf(file: string): Promise<number> {
  const caller = callerIn(join(file, '..'));
  const { plan } = await prepare(await load(file, caller), OPTIONS, caller);
  const reused = plan.tasks.filter(({ decision }) => decision.action === 'cached').length;
  if (reused !== TASKS) throw new Error(`${reused} of ${TASKS} tasks are reused`);
  return TASKS;
}
