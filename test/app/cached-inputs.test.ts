/** Cached tasks run again when, and only when, something has changed that they read; every reason is named. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { explainPlan } from '../../src/app/comparing/why.ts';
import { openEngine, type Engine } from '../../src/app/engine.ts';
import { load } from '../../src/app/planning/load.ts';
import { prepare } from '../../src/app/planning/prepare.ts';
import { recordedEvents } from '../../src/app/project/state.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { foldRun } from '../../src/model/run.ts';
import { outputDigest } from '../../src/planner/identity.ts';

const FILES: Readonly<Record<string, string>> = {
  'package.json': '{}',
  'data/a': '1',
  'src/part': 'one',
  'late/part.ts': 'export const value = 1;\n',
  'p.yaml': `name: p
modules: [./p.ts]
params: { day: { type: string, default: mon }, mode: { type: string, default: fast } }
env: [REGION, OTHER]
defaults: { cache: true }
tasks:
  rows: {}
  later: {}
  mode: {}
  said: { with: { text: '\${params.mode}' } }
  names: { cache: false }
  each: { map: { over: '\${tasks.names.output}', as: name } }
  built:
    run: rm -rf dist && mkdir dist && cat $(find src ! -type d | sort) > dist/all
    cache: { files: ['src/**'], env: [] }
    outputs: ['dist/**']
`,
  'p.ts': `import fs from 'node:fs';
import { join } from 'node:path';
const data = join(import.meta.dirname, 'data');
const text = (name) => fs.statSync(join(data, name)).isFile() ? fs.readFileSync(join(data, name), 'utf8') : 'folder';
export const names = () => fs.readdirSync(data).toSorted();
export const rows = () => fs.existsSync(join(data, 'none')) ? [] : names().map(text);
export const each = ({ name }) => text(name);
export const later = async () => (await import(\`./late/\${'part'}.ts\`)).value;
export const mode = (_, ctx) => ctx.params.mode + process.env.REGION;
export const said = ({ text }) => text;
`,
};

let folder: string;
let engine: Engine;
let env: Record<string, string>;
const at = (name: string): string => join(folder, name);
const caller = () => ({
  cwd: folder,
  env: { PATH: process.env['PATH'], ...env },
  clock: systemClock,
});

beforeEach(() => {
  folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'dp inputs ')));
  env = {};
  for (const [name, text] of Object.entries(FILES)) write(name, text);
  engine = openEngine({ project: folder, caller: caller(), jobs: 2 });
});
afterEach(async () => {
  await engine.close();
  fs.rmSync(folder, { recursive: true });
});

function write(name: string, text: string): void {
  fs.mkdirSync(dirname(at(name)), { recursive: true });
  fs.writeFileSync(at(name), text);
}

interface Outcome {
  /** Units that ran: tasks, and elements as TASK/ELEMENT. */
  readonly ran: readonly string[];
  /** Digests of the results, by task. */
  readonly results: Readonly<Record<string, string>>;
  /** What the command has made, if it succeeded. */
  readonly made?: string;
  /** The causes that the plan gave for each task that would run. */
  readonly causes: Readonly<Record<string, readonly string[]>>;
}

async function run(params: Record<string, string> = {}, isCached = true): Promise<Outcome> {
  const asked = { selection: {}, readCache: isCached, types: 'off' } as const;
  const prepared = await prepare(
    await load(at('p.yaml'), caller()),
    { ...asked, params: Object.entries(params) },
    caller(),
  );
  const reasons = explainPlan(prepared, caller()).reasons.values();
  const due = reasons.filter(({ action }) => action === 'run').toArray();
  const cache = { read: isCached, write: isCached };
  const started = engine.start(prepared, {
    byLevel: false,
    onFailure: 'continue',
    graceMs: 50,
    cache,
  });
  if (started.is !== 'begun') throw new Error('the run was there already');
  const { running } = started;
  await running.handle.ended;
  const events = [...recordedEvents(running.state, running.runId)];
  const starts = events.filter(({ topic }) => topic === 'run.task.started');
  const { tasks } = foldRun(running.runId, events);
  const made = tasks.get('built')?.output && fs.readFileSync(at('dist/all'), 'utf8');
  const results = [...tasks].flatMap(([name, { output }]) =>
    output === undefined ? [] : [[name, outputDigest(output)]],
  );
  return {
    ran: starts
      .map(({ task, element }) => [task, element].filter((each) => each !== undefined).join('/'))
      .toSorted(),
    ...(made !== undefined && { made }),
    results: Object.fromEntries(results) as Outcome['results'], // each has a name and a digest
    causes: Object.fromEntries(
      due.map(({ task, differences }) => [task, differences.map(({ name }) => name)]),
    ),
  };
}

test('each change makes those tasks run that read it, and is named; nothing else makes any run', async () => {
  const first = await run();
  expect(first.ran).toEqual(['built', 'each/0', 'later', 'mode', 'names', 'rows', 'said']);
  expect(await run()).toMatchObject({ ran: ['names'], results: first.results });
  expect((await run({ day: 'tue' })).ran).toEqual(['names']);

  write('data/a', '2');
  expect(await run()).toMatchObject({
    ran: ['each/0', 'names', 'rows'],
    causes: { rows: ['data/a'] },
  });
  write('data/b', '3');
  expect(await run()).toMatchObject({
    ran: ['each/1', 'names', 'rows'],
    causes: { rows: ['data'] },
  });
  write('data/none', '');
  const { causes } = await run();
  expect(causes['rows']).toContain('data/none');

  await editLate(2);
  expect(await run()).toMatchObject({
    ran: ['later', 'names'],
    causes: { later: ['late/part.ts'] },
  });
  expect((await run({ mode: 'slow' })).ran).toEqual(['mode', 'names', 'said']);
  env = { REGION: 'eu' };
  expect(await run()).toMatchObject({ ran: ['mode', 'names'], causes: { mode: ['REGION'] } });
  env = { REGION: 'eu', OTHER: 'x' };
  expect((await run()).ran).toEqual(['names']);

  write('src/part', 'two');
  expect(await run()).toMatchObject({ ran: ['built', 'names'], causes: { built: ['src/part'] } });
  fs.rmSync(at('dist'), { recursive: true });
  expect((await run()).ran).toEqual(['names']);
  expect(fs.readFileSync(at('dist/all'), 'utf8')).toBe('two');
});

/** Threads that have loaded a late module keep it. */
async function editLate(value: number): Promise<void> {
  write('late/part.ts', `export const value = ${value};\n`);
  await engine.close();
  engine = openEngine({ project: folder, caller: caller(), jobs: 2 });
}

/** An edit of the project between two runs. */
const edit = fc.record({
  how: fc.constantFrom(
    'write',
    'write',
    'remove',
    'link',
    'folder',
    'touch',
    'late',
    'env',
    'param',
  ),
  path: fc.constantFrom('data/a', 'data/b', 'data/none', 'src/part', 'src/more', 'dist/all'),
  text: fc.constantFrom('1', '2'),
});

function apply({ how, path, text }: { how: string; path: string; text: string }): void {
  try {
    if (how === 'write') fs.writeFileSync(at(path), text);
    else if (how === 'remove') fs.rmSync(at(path), { recursive: true });
    else if (how === 'link') fs.symlinkSync(at(`data/${text === '1' ? 'a' : 'b'}`), at(path));
    else if (how === 'folder') fs.mkdirSync(at(path));
    else if (how === 'touch') fs.utimesSync(at(path), 1, Number(text));
    else if (how === 'env') env = { [path.endsWith('a') ? 'REGION' : 'OTHER']: text };
  } catch (error) {
    // What cannot be done in this state of the disk is no edit.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

test('after any edits, cached results are as uncached ones, and each task that runs has a cause', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(edit, { maxLength: 3 }), { maxLength: 4 }),
      async (steps) => {
        for (const name of ['data', 'src', 'dist'])
          fs.rmSync(at(name), { recursive: true, force: true });
        for (const name of ['data/a', 'src/part']) write(name, FILES[name] ?? '');
        let mode = 'fast';
        const succeeded = new Set<string>();
        for (const edits of steps) {
          edits.forEach(apply);
          if (edits.some(({ how }) => how === 'late')) await editLate(steps.indexOf(edits));
          for (const { how, text } of edits) if (how === 'param') mode = text;
          const cached = await run({ mode });
          const fresh = await run({ mode }, false);
          expect([cached.results, cached.made]).toEqual([fresh.results, fresh.made]);
          const repeated = cached.ran.filter((name) => succeeded.has(name) && name !== 'names');
          expect(repeated.filter((name) => cached.causes[name]?.length === 0)).toEqual([]);
          for (const name of Object.keys(fresh.results)) succeeded.add(name);
          const again = await run({ mode });
          // Only what has failed is tried again.
          const idle = again.ran.filter((name) => (name.split('/')[0] ?? '') in again.results);
          expect(idle).toEqual(['names']);
        }
      },
    ),
    { numRuns: 6 },
  );
}, 120_000);
