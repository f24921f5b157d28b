import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { logSources } from '../../src/app/project/logs.ts';
import { logFile } from '../../src/model/log-file.ts';
import { emptyRun, type RunRecord } from '../../src/model/run.ts';

/** `a` was tried twice, `each` is mapped over two elements, and `quiet` printed nothing. */
const RUN: RunRecord = {
  ...emptyRun('0aa1'),
  tasks: new Map([
    ['a', { status: 'succeeded', attempts: 2 }],
    [
      'each',
      {
        status: 'failed',
        attempts: 0,
        elements: [
          { status: 'succeeded', attempts: 1 },
          { status: 'failed', attempts: 2 },
        ],
      },
    ],
    ['quiet', { status: 'succeeded', attempts: 1 }],
  ]),
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dp-logs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function printed(task: string, attempt: number, element?: number): string {
  const file = logFile(folder, RUN.runId, task, attempt, element);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, 'hi\n');
  return file;
}

test('the logs that are there come in the order of tasks, elements and attempts', async () => {
  const files = [printed('a', 1), printed('a', 2), printed('each', 1, 0), printed('each', 2, 1)];
  const found = await logSources(RUN, folder);
  expect(found.map(({ file }) => file)).toEqual(files);
  expect(found[3]).toEqual({ task: 'each', element: 1, attempt: 2, file: files[3] });
});

const files = async (selection: object): Promise<string[]> =>
  (await logSources(RUN, folder, selection)).map(({ file }) => file);

test('a task or an attempt chooses among them', async () => {
  printed('a', 1);
  const second = printed('a', 2);
  const ofElement = printed('each', 2, 1);
  expect(await files({ attempt: 2 })).toEqual([second, ofElement]);
  expect(await files({ task: 'a', attempt: 2 })).toEqual([second]);
  expect(await files({ task: 'quiet' })).toEqual([]);
});

test('a run in which nothing printed has no logs', async () => {
  expect(await logSources(RUN, folder)).toEqual([]);
});
