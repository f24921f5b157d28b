/** Every pipeline under pipelines/examples/ runs, through the real command line, and gives what it says. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');
const examples = join(root, 'pipelines/examples');
const stateFolder = mkdtempSync(join(tmpdir(), 'dp-examples-'));

/** What each prints on stdout: the text of its task tagged `report`. */
const PRINTS: Readonly<Record<string, unknown>> = {
  'cache.yaml': '669 primes, the largest is 4999\n',
  'dates.yaml': expect.stringMatching(
    /^data\/\d{4}\/\d\d\/\d\d\.csv, \d{4}-W\d\d [A-Z][a-z]+day: Oslo and Seoul\n$/,
  ),
  'env.yaml': 'a function sees 2 names; a command sees only what is declared\n',
  'expressions.yaml': '5 facts; Hello Seoul, in run of expressions\n',
  'hooks.yaml': '3 items shelved; the run has an id of 16 characters\n',
  'inputs.yaml': '3 readings on monday, the least is 9\n',
  'isolation.yaml': 'at home; worked at attempt 2; 3 signs of life\n',
  'live.yaml': '49 alarms, the first at minute 5\n',
  'map.yaml': '366 days: 31 29 31 30 31 30 31 31 30 31 30 31\n',
  'pipelines.yaml': 'Oslo 11.9 °C, Seoul 15.9 °C, Lima 11.9 °C; the reference succeeded\n',
  'retries.yaml': 'worked at attempt 3; hopeless gave nothing, slow gave nothing\n',
  'rules.yaml': 'all is tidy\n',
  'schedules.yaml': 'worked on all\n',
  'schema.yaml': 'total 42.50\n',
  'shell.yaml': '8 words in pipelines, the last is "is"\n',
  'streaming.yaml': 'warmest 33 °C, average 21.5 °C\n',
  'triggers.yaml': 'worked on nothing\n',
  'wait_for.yaml': '7 boxes by stock.cellar.delivered\n',
};

afterAll(() => rmSync(stateFolder, { recursive: true, force: true }));

test('every example is tried', () => {
  const files = readdirSync(examples).filter((file) => file.endsWith('.yaml'));
  expect(files.toSorted()).toEqual(Object.keys(PRINTS));
});

/** What each program under embedding/ prints. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  events: ['Oslo: 11.9 °C', 'Seoul: 15.9 °C', 'written: report.html'],
  integration: [
    'data.extracted {"rows":[1,2,3,4,5]}',
    'data.transformed [2,4,6,8,10]',
    'a run ended: 1 task succeeded',
    'a run ended: 1 task succeeded',
  ],
  planner: [
    'order: extract transform load',
    'levels: [["extract"],["transform"],["load"]]',
    'extract: run, no dependencies',
    'transform: run, data of extract',
    'load: run, control of transform',
    'succeeded: loaded',
  ],
  queues: ['2 threads: roof 55, cellar 55'],
  registry: [
    'extract: function. Reads the rows.',
    'output: {"type":"object","properties":{"rows":{"type":"array","items":{"type":"number"}}},"required":["rows"]}',
    'etl: extract, load, transform',
    'tags: etl, extract, transform',
  ],
  results: [
    'saved value, there: true',
    'loaded {"processed":[1,2,3,4,5],"count":5}',
    'chunk 0 1',
    'chunk 2 3',
    'chunk 4 5',
    'extract/result_001: 35 bytes',
    'stream/result_001: 18 bytes',
    'cleared 2 results',
  ],
  scheduler: ['daily_report: 09:00:00', 'report_again: by hand', 'report of 2026-07-01'],
  'task-metadata': [
    'resilient: 3 retries, 60 s, fail-safe false',
    'succeeded: attempt 3',
    'batch 1',
    'batch 2 2',
    'batch 3 3 3',
    'optional: failed',
  ],
};

test('every program that embeds dp is tried', () => {
  const files = readdirSync(join(examples, 'embedding')).filter(
    (file) => !file.endsWith('-tasks.ts'),
  );
  expect(files.toSorted()).toEqual(Object.keys(PROGRAMS).map((name) => `${name}.ts`));
});

test('programs that embed dp print what they find, one after the other in one process', async () => {
  const names = JSON.stringify(Object.keys(PROGRAMS));
  // Threads inherit flags of Node, so there is none.
  const all = `(async () => { for (const name of ${names}) { console.log('# ' + name); await import('./' + name + '.ts'); } })()`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', all], {
    cwd: join(examples, 'embedding'),
    env: { ...process.env, DP_STATE_DIR: join(stateFolder, 'embedding') },
  });
  const expected = Object.entries(PROGRAMS).flatMap(([name, lines]) => [`# ${name}`, ...lines]);
  expect(stdout.trimEnd().split('\n')).toEqual(expected);
});

describe.concurrent('an example ends well and prints its result', () => {
  test.for(Object.entries(PRINTS))('%s', async ([file, printed]) => {
    // Rejects when the exit code is not 0, with what was written to stderr in its message.
    expect(await dp('run', join(examples, file))).toEqual(printed);
  });
});

test('the dates example works for the day before its logical time', async () => {
  const file = join(examples, 'dates.yaml');
  expect(await dp('run', file, '--at', '2026-12-02T01:00:00Z')).toBe(
    'data/2026/12/01.csv, 2026-W49 Tuesday: Oslo and Seoul\n',
  );
});

test('the cache example takes its results from the run before', async () => {
  const file = join(examples, 'cache.yaml');
  // No other test gives this parameter, so the first of the two runs finds nothing.
  await dp('run', file, '-p', 'size=100');
  const { tasks } = JSON.parse(await dp('run', file, '-p', 'size=100', '--json'));
  expect(tasks).toMatchObject({
    primes: { status: 'cached' },
    largest: { status: 'cached' },
    report: { status: 'succeeded' },
  });
});

/** Standard output. */
async function dp(...words: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(join(root, 'bin/dp'), words, {
    cwd: root,
    env: { ...process.env, DP_STATE_DIR: stateFolder, GREETING: 'hello', UNDECLARED: 'secret' },
  });
  return stdout;
}
