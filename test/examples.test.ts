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
const PRINTS: Readonly<Record<string, string>> = {
  'cache.yaml': '669 primes, the largest is 4999\n',
  'env.yaml': 'a function sees 2 names; a command sees only what is declared\n',
  'expressions.yaml': '5 facts; Hello Seoul, in run of expressions\n',
  'hooks.yaml': '3 items shelved; the run has an id of 16 characters\n',
  'isolation.yaml': 'at home; worked at attempt 2; 3 signs of life\n',
  'live.yaml': '49 alarms, the first at minute 5\n',
  'map.yaml': '366 days: 31 29 31 30 31 30 31 31 30 31 30 31\n',
  'pipelines.yaml': 'Oslo 11.9 °C, Seoul 15.9 °C, Lima 11.9 °C; the reference succeeded\n',
  'retries.yaml': 'worked at attempt 3; hopeless gave nothing, slow gave nothing\n',
  'rules.yaml': 'all is tidy\n',
  'schema.yaml': 'total 42.50\n',
  'shell.yaml': '8 words in pipelines, the last is "is"\n',
  'streaming.yaml': 'warmest 33 °C, average 21.5 °C\n',
};

afterAll(() => rmSync(stateFolder, { recursive: true, force: true }));

test('every example is tried', () => {
  const files = readdirSync(examples).filter((file) => file.endsWith('.yaml'));
  expect(files.toSorted()).toEqual(Object.keys(PRINTS));
});

describe.concurrent('an example ends well and prints its result', () => {
  test.for(Object.entries(PRINTS))('%s', async ([file, printed]) => {
    // Rejects when the exit code is not 0, with what was written to stderr in its message.
    expect(await dp('run', join(examples, file))).toBe(printed);
  });
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
