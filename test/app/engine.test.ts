/** One engine and several runs: what they share, what they do not, and what is left when it closes. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openEngine, type Engine, type StartOptions } from '../../src/app/engine.ts';
import { load } from '../../src/app/planning/load.ts';
import { prepare } from '../../src/app/planning/prepare.ts';
import type { Prepared } from '../../src/app/planning/prepared.ts';
import type { CallerContext } from '../../src/app/project/caller-context.ts';
import { recordedEvents } from '../../src/app/project/state.ts';
import type { Running } from '../../src/app/running/run.ts';
import { MemoryBroker } from '../../src/events/memory.ts';
import { decodeRequest } from '../../src/executor/run/run-request.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { type RunId, type TaskName } from '../../src/model/ids.ts';
import { foldRun, type RunRecord } from '../../src/model/run.ts';
import { until } from '../waiting.ts';

const MODULE = `import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
export const where = (): number => threadId;
export const value = (): string => 'old';
export const gate = async ({ name }: { name: string }): Promise<void> => {
  writeFileSync('at-' + name, '');
  while (!existsSync('go-' + name)) await setTimeout(2);
};
export const change = (): void => { process.env.LEFT_BEHIND = 'yes'; };
export const left = (): string => process.env.LEFT_BEHIND ?? 'nothing';
`;

const POLICY: StartOptions = {
  byLevel: false,
  onFailure: 'continue',
  graceMs: 50,
  cache: { read: false, write: false },
};

let folder: string;
let engine: Engine;
const before = process.cwd();

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp engine ')));
  // Threads have the folder of their process, in which the tasks write.
  process.chdir(folder);
  write('m.ts', MODULE);
  engine = opened(1);
});

afterEach(async () => {
  await engine.close();
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

const placeOf = (env: Record<string, string> = {}): CallerContext => ({
  cwd: folder,
  env: { PATH: process.env['PATH'], ...env },
  clock: systemClock,
});

const opened = (jobs: number, env?: Record<string, string>, broker?: MemoryBroker): Engine =>
  openEngine({ project: folder, caller: placeOf(env), jobs, ...(broker && { broker }) });

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

function relink(link: string, target: string): void {
  rmSync(join(folder, link));
  symlinkSync(target, join(folder, link));
}

async function planned(
  yaml: string,
  env: Record<string, string> = {},
  params: readonly (readonly [string, string])[] = [],
): Promise<Prepared> {
  const loaded = await load(definedIn(yaml), placeOf(env));
  return prepare(loaded, { ...ASKED, params }, placeOf(env));
}

const ASKED = { selection: {}, readCache: false, types: 'off' } as const;

/** Returns the file that the pipeline was written to. */
function definedIn(yaml: string): string {
  const file = `${/^name: (\S+)/.exec(yaml)?.[1] ?? 'p'}.yaml`;
  write(file, yaml);
  return file;
}

/** A pipeline of one task of the module. */
const one = (task: string, more = '', name = 'p'): string =>
  `name: ${name}\nmodules: [./m.ts]\n${more}tasks:\n  ${task}\n`;
const WHERE = one('where: {}');
const linked = (settings = ''): string =>
  one('value: { max_retries: 3 }', settings).replace('m.ts', 'linked.ts');
const editPart = (): void => write('part.ts', "export const part = 'edited';");
/** Its task has arrived when there is a file `at-NAME`, and ends when there is one `go-NAME`. */
const gate = (name: string): string =>
  one(`gate: { with: { name: ${name} } }`, '', `gated_${name}`);

function begin(prepared: Prepared, options: Partial<StartOptions> = {}): Running {
  const started = engine.start(prepared, { ...POLICY, ...options });
  if (started.is !== 'begun') throw new Error('the run has begun before');
  return started.running;
}

function recordOf(runId: RunId): RunRecord {
  using state = engine.reading();
  return foldRun(runId, recordedEvents(state, runId));
}

async function outputOf({ runId, handle }: Running, task: TaskName): Promise<unknown> {
  const { status } = await handle.ended;
  const record = recordOf(runId).tasks.get(task);
  if (status !== 'succeeded' || record?.output === undefined)
    throw new Error(`the run ${status}: ${JSON.stringify(record)}`);
  using state = engine.reading();
  return await state.io.load(record.output);
}

const made = (file: string): Promise<void> => until(() => existsSync(join(folder, file)));

describe('places for work', () => {
  test('are shared by runs: one place admits one task of two runs at a time', async () => {
    const first = begin(await planned(gate('a')));
    await made('at-a');
    const second = begin(await planned(gate('b')));
    // The second run has recorded that its task is ready: only the place is missing.
    for await (const { topic } of second.follow('run.task.ready')) if (topic !== '') break;
    expect(recordOf(second.runId).tasks.get('gate')?.status).toBe('ready');
    write('go-b', '');
    write('go-a', '');
    await Promise.all([first.handle.ended, second.handle.ended]);
    const startedAt = recordOf(second.runId).tasks.get('gate')?.startedAt ?? 0;
    const finishedAt = recordOf(first.runId).tasks.get('gate')?.finishedAt ?? Infinity;
    expect(startedAt).toBeGreaterThanOrEqual(finishedAt);
  });

  test('are as many as the engine has: two places admit a task of each run', async () => {
    await engine.close();
    engine = opened(2);
    const first = begin(await planned(gate('a')));
    const second = begin(await planned(gate('b')));
    await Promise.all([made('at-a'), made('at-b')]);
    write('go-a', '');
    write('go-b', '');
    expect(await first.handle.ended).toMatchObject({ status: 'succeeded' });
    expect(await second.handle.ended).toMatchObject({ status: 'succeeded' });
  });
});

describe('worker threads', () => {
  test('serve the next run of the same environment and code', async () => {
    const thread = await outputOf(begin(await planned(WHERE)), 'where');
    expect(await outputOf(begin(await planned(WHERE)), 'where')).toBe(thread);
    const another = one('where: {}', 'modules: [./n.ts]\n', 'q').replace(
      /^modules.*m\.ts.*\n/m,
      '',
    );
    write('n.ts', `export { where } from './m.ts';\n`);
    expect(await outputOf(begin(await planned(another)), 'where')).toBe(thread);
  });

  test('are others for another environment', async () => {
    const declaring = one('where: {}', 'env: [REGION]\n');
    await engine.close();
    engine = opened(1, { REGION: 'north' });
    const thread = await outputOf(begin(await planned(declaring, { REGION: 'north' })), 'where');
    expect(await outputOf(begin(await planned(WHERE)), 'where')).not.toBe(thread);
    const again = begin(await planned(declaring, { REGION: 'north' }));
    expect(await outputOf(again, 'where')).toBe(thread);
  });

  test('see edited code in the next run', async () => {
    const prepared = await planned(one('value: {}'));
    expect(await outputOf(begin(prepared), 'value')).toBe('old');
    write('m.ts', MODULE.replace("'old'", "'new'"));
    expect(await outputOf(begin(await planned(one('value: {}'))), 'value')).toBe('new');
  });

  test('see the code of another link in the next run', async () => {
    for (const [version, value] of [
      ['v1', 'old'],
      ['v2', 'new'],
    ] as const) {
      mkdirSync(join(folder, version));
      write(`${version}/value.ts`, `export const value = () => '${value}';`);
    }
    write('linked.ts', "export { value } from './current/value.ts';");
    const yaml = one('value: {}').replace('m.ts', 'linked.ts');
    symlinkSync('v1', join(folder, 'current'));
    expect(await outputOf(begin(await planned(yaml)), 'value')).toBe('old');
    relink('current', 'v2');
    expect(await outputOf(begin(await planned(yaml)), 'value')).toBe('new');
  });

  test('continue with the code that a run began with while it is edited', async () => {
    const yaml = `name: p
modules: [./m.ts]
tasks:
  gate: { with: { name: a } }
  value: { needs: [gate] }
`;
    const first = begin(await planned(yaml));
    await made('at-a');
    write('m.ts', MODULE.replace("'old'", "'new'"));
    const second = begin(await planned(one('value: {}', '', 'q')));
    write('go-a', '');
    expect(await outputOf(first, 'value')).toBe('old');
    expect(await outputOf(second, 'value')).toBe('new');
  });

  describe('refuse code that is not what was planned', () => {
    beforeEach(() => {
      write('part.ts', "export const part = 'planned';");
      write('other.ts', "export const part = 'edited';");
      symlinkSync('part.ts', join(folder, 'way.ts'));
      write('linked.ts', "import { part } from './way.ts'; export const value = () => part;");
    });

    test.each([
      ['the module was edited', '', () => write('linked.ts', 'export const value = () => 1;')],
      ['a link that it imports leads elsewhere', '', () => relink('way.ts', 'other.ts')],
      [
        'it is compiled in another way',
        '',
        () => write('tsconfig.json', '{ "compilerOptions": { "jsx": "react" } }'),
      ],
      [
        'a process loads it, and a file that it imports was edited',
        'defaults: { isolation: process }\n',
        editPart,
      ],
    ])('when %s', async (_what, settings, happens) => {
      const prepared = await planned(linked(settings));
      happens();
      const running = begin(prepared);
      expect(await running.handle.ended).toMatchObject({ status: 'failed' });
      const message = expect.stringContaining('has changed since the run was planned') as string;
      expect(recordOf(running.runId).tasks.get('value')).toMatchObject({
        attempts: 1,
        error: { code: 'DP6007', message },
      });
    });

    test('and take it again once the edit was taken back', async () => {
      const prepared = await planned(linked());
      editPart();
      expect(await begin(prepared).handle.ended).toMatchObject({ status: 'failed' });
      write('part.ts', "export const part = 'planned';");
      expect(await outputOf(begin(prepared), 'value')).toBe('planned');
    });
  });

  test('serve the runs of pipelines that are tasks, with one place for all', async () => {
    write('child.yaml', one('where: {}', '', 'child'));
    const yaml = `name: p
modules: [./m.ts]
tasks:
  where: {}
  below: { pipeline: ./child.yaml, output: where, needs: [where] }
`;
    const running = begin(await planned(yaml));
    const thread = await outputOf(running, 'where');
    expect(await outputOf(running, 'below')).toBe(thread);
  });

  test('give each run the environment that they were started with', async () => {
    expect(await begin(await planned(one('change: {}'))).handle.ended).toMatchObject({
      status: 'succeeded',
    });
    expect(await outputOf(begin(await planned(one('left: {}'))), 'left')).toBe('nothing');
  });
});

describe('a run id that is given', () => {
  test('begins once, and afterwards returns the status of the run', async () => {
    const prepared = await planned(WHERE);
    await begin(prepared, { runId: 'nightly' }).handle.ended;
    expect(engine.start(prepared, { ...POLICY, runId: 'nightly' })).toEqual({
      is: 'known',
      runId: 'nightly',
    });
    const { signal } = new AbortController();
    const known = await engine.outcomeOf('nightly', prepared, signal);
    expect(await known?.handle.ended).toEqual({
      status: 'succeeded',
      timedOut: false,
      hookFailed: false,
    });
    expect(recordOf('nightly').tasks.get('where')?.attempts).toBe(1);
  });

  test('is known while the run is running, and a waiting caller receives its end', async () => {
    const prepared = await planned(gate('a'));
    const running = begin(prepared, { runId: 'nightly' });
    await made('at-a');
    expect(engine.start(prepared, { ...POLICY, runId: 'nightly' }).is).toBe('known');
    const told = engine.outcomeOf('nightly', prepared, new AbortController().signal);
    running.handle.cancel('enough', 'kill');
    expect(await (await told)?.handle.ended).toMatchObject({ status: 'cancelled' });
  });

  test('is refused when it belongs to another pipeline, plan or parameters', async () => {
    await begin(await planned(WHERE), { runId: 'nightly' }).handle.ended;
    const others = {
      'pipeline "p"': one('where: {}', '', 'q'),
      'another plan': one('value: {}'),
    };
    for (const [message, yaml] of Object.entries(others)) {
      const prepared = await planned(yaml);
      expect(() => engine.start(prepared, { ...POLICY, runId: 'nightly' })).toThrow(
        expect.objectContaining({ code: 'DP6021', message: expect.stringContaining(message) }),
      );
    }
    const yearly = one('where: {}', 'params: { year: { type: integer } }\n');
    const first = await planned(yearly, {}, [['year', '7']]);
    await begin(first, { runId: 'yearly' }).handle.ended;
    const second = await planned(yearly, {}, [['year', '8']]);
    expect(() => engine.start(second, { ...POLICY, runId: 'yearly' })).toThrow('other parameters');
  });

  test('is refused when it cannot be one', async () => {
    const prepared = await planned(WHERE);
    for (const runId of ['../up', 'Upper', '', 'last'])
      expect(() => engine.start(prepared, { ...POLICY, runId })).toThrow(
        expect.objectContaining({ code: 'DP2001' }),
      );
    expect(existsSync(join(folder, '.dp'))).toBe(false);
  });
});

test.each([-1, Date.UTC(10_000, 0)])(
  'no run begins at %d, as its record could not be read',
  async (now) => {
    const prepared = await planned(WHERE);
    await engine.close();
    const clock = { ...systemClock, now: () => now };
    engine = openEngine({ project: folder, caller: { ...placeOf(), clock }, jobs: 1 });
    expect(() => begin(prepared)).toThrow(expect.objectContaining({ code: 'DP8006' }));
  },
);

test('the logical time of a run is kept with its request, and a retry is about the same instant', async () => {
  const loaded = await load(definedIn(WHERE), placeOf());
  const running = begin(await prepare(loaded, { ...ASKED, at: 1_234 }, placeOf()));
  await running.handle.ended;
  const { running: retried } = await engine.retry(running.runId, 'all', POLICY);
  await retried.handle.ended;
  using state = engine.reading();
  for (const { runId } of [running, retried])
    expect(decodeRequest(state.store.request(runId)!)?.at).toBe(1_234);
});

test('the broker receives every event of every run after it is recorded', async () => {
  await engine.close();
  const broker = new MemoryBroker();
  engine = opened(1, {}, broker);
  const heard: string[] = [];
  const subscription = broker.subscribe('run.succeeded');
  const runs = [begin(await planned(WHERE)), begin(await planned(one('value: {}', '', 'q')))];
  await Promise.all(runs.map(({ handle }) => handle.ended));
  for await (const { runId } of subscription) if (heard.push(runId ?? '') === runs.length) break;
  expect(heard.toSorted()).toEqual(runs.map(({ runId }) => runId).toSorted());
  await broker.close();
});

test('a run is followed from its first event to its last', async () => {
  const running = begin(await planned(WHERE));
  const topics: string[] = [];
  const { signal } = new AbortController();
  for await (const told of engine.follow(running.runId, { signal }))
    if (told.is === 'event') topics.push(told.event.topic);
  expect(topics[0]).toBe('run.started');
  expect(topics.at(-1)).toBe('run.succeeded');
});

test('a result that holds a secret is warned of with its task, and never with its value', async () => {
  const secrets = 'secrets: [TOKEN]\n';
  write(
    'm.ts',
    `export const plain = (): string => 'harmless';
     export const told = (): string => 'a ' + process.env['TOKEN'];
     export const apart = (): string[] => [process.env['TOKEN'] ?? ''];
     export const each = ({ n }: { n: number }): string => n === 2 ? String(process.env['TOKEN']) : '';
     export function* items() { yield 1; yield { token: process.env['TOKEN'] }; }`,
  );
  write('child.yaml', one('told: {}', secrets, 'child'));
  const yaml = `name: p
modules: [./m.ts]
${secrets}tasks:
  plain: {}
  apart: { isolation: process }
  each: { map: { over: '\${[1, 2]}', as: n } }
  items: { stream_output: true }
  below: { pipeline: ./child.yaml }
  command: { run: 'echo $TOKEN' }
`;
  await engine.close();
  const env = { TOKEN: 'sesame-open' };
  engine = opened(2, env);
  const running = begin(await planned(yaml, env));
  expect(await running.handle.ended).toMatchObject({ status: 'succeeded', hookFailed: false });
  const findings = running.findings();
  expect(findings.map(({ code, message }) => [code, /"(\w+)"/.exec(message)?.[1]])).toEqual([
    ['DP7006', 'told'],
    ['DP7006', 'apart'],
    ['DP7006', 'each'],
    ['DP7006', 'items'],
  ]);
  expect(JSON.stringify(findings)).not.toContain('sesame');
});

/** A run that failed, and that succeeds from here on; its engine is closed. */
async function failedRun(): Promise<RunId> {
  const running = begin(await planned(`name: p\ntasks:\n  check: { run: 'test -e ok' }\n`));
  expect(await running.handle.ended).toMatchObject({ status: 'failed' });
  await engine.close();
  write('ok', '');
  return running.runId;
}

describe('durability', () => {
  test.each([
    ['a resumed run', async (run: RunId) => engine.resume(run, POLICY)],
    ['a retry', async (run: RunId) => engine.retry(run, 'all', POLICY)],
  ])('is what the engine was opened with, for %s, too', async (_, go) => {
    for (const [durability, synchronous] of Object.entries({ run: 'NORMAL', task: 'FULL' })) {
      const run = await failedRun();
      engine = openEngine({
        project: folder,
        caller: placeOf(),
        jobs: 1,
        durability: durability === 'task' ? 'task' : 'run',
      });
      const statements = vi.spyOn(DatabaseSync.prototype, 'exec');
      const { running } = await go(run);
      expect(await running.handle.ended).toMatchObject({ status: 'succeeded' });
      const chosen = statements.mock.calls.filter(([sql]) => sql.includes('synchronous'));
      expect(chosen).toEqual([[`PRAGMA synchronous = ${synchronous}`]]);
      statements.mockRestore();
      rmSync(join(folder, 'ok'));
      await engine.close();
      engine = opened(1);
    }
  });
});

describe('closing', () => {
  test('kills the running runs, records their ends, and releases the state', async () => {
    const running = begin(await planned(gate('a')));
    await made('at-a');
    await engine.close();
    expect(await running.handle.ended).toMatchObject({ status: 'cancelled' });
    expect(recordOf(running.runId)).toMatchObject({ status: 'cancelled' });
    using state = engine.reading();
    expect(state.store.holder(running.runId)).toBeUndefined();
    const prepared = await planned(WHERE);
    expect(() => engine.start(prepared, POLICY)).toThrow('the engine is closed');
  });

  test('of an engine that ran nothing leaves no trace', async () => {
    await engine.close();
    expect(existsSync(join(folder, '.dp'))).toBe(false);
  });
});
