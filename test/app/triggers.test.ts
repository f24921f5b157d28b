import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CallerContext } from '../../src/app/project/caller-context.ts';
import { openState, type State } from '../../src/app/project/state.ts';
import {
  fireTrigger,
  listTriggers,
  pauseTrigger,
  resumeTrigger,
} from '../../src/app/scheduling/triggers.ts';
import { definedTriggers } from '../../src/app/scheduling/trigger-definitions.ts';
import { runOf } from '../../src/views/tick-words.ts';
import { HandClock, HOUR, NEW_YEAR } from '../scheduler/loop-rig.ts';
import { fault } from '../store/fault.ts';
import { temporaryFolder } from '../store/folder.ts';
import { owner } from '../store/samples.ts';

let place: ReturnType<typeof temporaryFolder>;
let caller: CallerContext;
let clock: HandClock;
let state: State;

beforeEach(() => {
  place = temporaryFolder();
  clock = new HandClock(NEW_YEAR);
  const ofTest = { ...clockOf(clock), soon: () => ({ clear: () => undefined }) };
  caller = { cwd: place.path, env: {}, clock: ofTest, projects: new Map() };
  write('dp.yaml', 'calendars: { work: work.yaml }\n');
  write('work.yaml', 'weekdays: [mon, tue, wed, thu, fri]\n');
  state = openState(place.path, caller, { readOnly: false });
});

afterEach(() => {
  state[Symbol.dispose]();
  place[Symbol.dispose]();
});

const clockOf = (hand: HandClock) => ({
  now: () => hand.now(),
  elapsed: () => hand.elapsed(),
  after: (delayMs: number, act: () => void) => hand.after(delayMs, act),
});

function write(file: string, text: string): void {
  const path = join(place.path, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const NIGHTLY = `name: p
params: { day: { type: string }, rows: { type: integer, default: 1 } }
tasks: { a: { run: "true" } }
triggers:
  - name: nightly
    cron: 0 3 * * *
    overlap: queue
    params: { day: "\${date(tick.time, 'yyyy-MM-dd', 'UTC')}" }
`;

const states = async (): Promise<string[]> =>
  (await listTriggers([], state, caller)).triggers.map(
    ({ definition, state: is }) => `${definition.trigger} ${is}`,
  );

describe('triggers without a daemon', () => {
  beforeEach(() => write('pipelines/p.yaml', NIGHTLY));

  test('are listed with their next tick and their last', async () => {
    const [before] = (await listTriggers([], state, caller)).triggers;
    expect(before).toMatchObject({ state: 'armed', next: NEW_YEAR + 3 * HOUR, last: null });
    await fireTrigger({ trigger: 'p/nightly', key: 'k', params: [] }, state, caller);
    const [after] = (await listTriggers([], state, caller)).triggers;
    expect(after?.last?.verdict.outcome).toBe('fired');
  });

  test('are fired by hand: the run is queued with what the trigger and the request say', async () => {
    const request = {
      trigger: 'p/nightly',
      key: 'k',
      at: NEW_YEAR - 24 * HOUR,
      params: [['rows', '7']],
    } as const;
    const tick = await fireTrigger(request, state, caller);
    expect(await fireTrigger(request, state, caller)).toEqual(tick);
    const taken = state.store.queue.take(owner(1), 10);
    expect(taken.map(({ run }) => run)).toMatchObject([
      {
        runId: runOf(tick.verdict),
        pipeline: 'p',
        params: { day: '2025-12-31', rows: 7 },
        at: NEW_YEAR - 24 * HOUR,
        startedBy: { by: 'trigger', trigger: 'p/nightly' },
      },
    ]);
  });

  test('refuse a parameter that does not fit, and a trigger that is not there', async () => {
    const fire = (trigger: string, param: readonly [string, string]) =>
      fireTrigger({ trigger, key: 'k', params: [param] }, state, caller);
    await expect(fire('p/nightly', ['rows', 'many'])).rejects.toThrow(fault('DP2004'));
    await expect(fire('p/other', ['rows', '1'])).rejects.toThrow(fault('DP6321'));
    expect(state.store.ledger.ticks()).toEqual([]);
  });

  test('are paused and resumed', async () => {
    await pauseTrigger('p/nightly', { author: 'ann', note: 'moving' }, state, caller);
    expect(await states()).toEqual(['p/nightly paused']);
    clock.pass(4 * HOUR);
    const made = await resumeTrigger('p/nightly', { dryRun: false }, state, caller);
    expect(made.map(({ at, verdict }) => [at, verdict.outcome])).toEqual([
      [NEW_YEAR + 3 * HOUR, 'paused'],
    ]);
    expect(await states()).toEqual(['p/nightly armed']);
  });

  test('of a file that breaks go on as they were, which the list says', async () => {
    await fireTrigger({ trigger: 'p/nightly', key: 'k', params: [] }, state, caller);
    write('pipelines/p.yaml', 'name: p\ntasks: 7\n');
    expect(await states()).toEqual(['p/nightly broken']);
    const { diagnostics } = await listTriggers([], state, caller);
    expect(diagnostics).toMatchObject([{ at: { file: join(place.path, 'pipelines/p.yaml') } }]);
    await fireTrigger({ trigger: 'p/nightly', key: 'l', params: [] }, state, caller);
    expect(state.store.ledger.ticks()).toHaveLength(2);
  });
});

test('a file that is not there is told when its triggers are listed', async () => {
  const { triggers, diagnostics } = await listTriggers(['nope.yaml'], state, caller);
  expect(triggers).toEqual([]);
  expect(diagnostics).toMatchObject([{ code: 'DP2002' }]);
});

test('two pipelines of one name are both broken', async () => {
  write('pipelines/p.yaml', NIGHTLY);
  write('pipelines/q.yaml', NIGHTLY);
  const files = ['p', 'q'].map((name) => join(place.path, `pipelines/${name}.yaml`));
  const { definitions, broken } = await definedTriggers(files, caller);
  expect(definitions).toEqual([]);
  expect([...broken].map(([file, [first]]) => [file, first?.code])).toEqual([
    [files[0], 'DP4007'],
    [files[1], 'DP4007'],
  ]);
});

const withCalendar = (name: string): string =>
  `name: p\ntasks: { a: { run: "true" } }\ntriggers:\n  - name: t\n    every: 1d\n    calendar: ${name}\n`;
const file = (): string => join(place.path, 'pipelines/p.yaml');

describe('a calendar', () => {
  test('is part of the definition of its triggers', async () => {
    write('pipelines/p.yaml', withCalendar('work'));
    const { definitions } = await definedTriggers([file()], caller);
    expect(definitions[0]?.calendar).toEqual({
      weekdays: [1, 2, 3, 4, 5],
      include: [],
      exclude: [],
    });
  });

  test.each([
    [
      'that is not declared is named with its place',
      'wrok',
      undefined,
      '6:15 DP3009 there is no calendar "wrok"',
    ],
    [
      'with a mistake is reported at its place',
      'work',
      'weekdays: [monday]\n',
      '1:12 DP1005 weekdays[0] must be one of mon, tue, wed, thu, fri, sat, sun, not the text "monday"',
    ],
    [
      'that cannot be read is reported',
      'work',
      null,
      'DP3009 the calendar cannot be read: ENOENT: no such file or directory',
    ],
  ])('%s', async (_what, name, text, expected) => {
    write('pipelines/p.yaml', withCalendar(name));
    if (text === null) rmSync(join(place.path, 'work.yaml'));
    else if (text !== undefined) write('work.yaml', text);
    const { broken } = await definedTriggers([file()], caller);
    const [first] = broken.get(file()) ?? [];
    const where = first?.at === undefined ? '' : `${first.at.line}:${first.at.column} `;
    expect(`${where}${first?.code} ${first?.message}`).toContain(expected);
  });
});
