import { expect, test } from 'vitest';
import type { EndedRun, FailedTask } from '../../../src/views/ended-run.ts';
import { LONGEST_PAGE_BYTES, runPage } from '../../../src/cli/text/markdown.ts';
import type { PlannedTask } from '../../../src/model/plan.ts';
import { foldRun, type TaskRecord } from '../../../src/model/run.ts';
import { graphPipeline, planOf } from '../../planner/pipelines.ts';

/** A run of independent tasks, all of which ended the same way. */
function runOf(names: readonly string[], record: TaskRecord): EndedRun {
  const plan = planOf(graphPipeline(new Map(names.map((name) => [name, []]))));
  const tasks = new Map(names.map((name) => [name, record]));
  const run = { ...foldRun('run-1', []), pipeline: 'p', status: 'failed' as const, tasks };
  const failures =
    record.status === 'failed' ? plan.tasks.map((task) => failureOf(task, record)) : [];
  return { run, plan, failures, findings: [], reports: () => Promise.resolve('') };
}

const failureOf = ({ name, at }: PlannedTask, record: TaskRecord): FailedTask => ({
  task: name,
  record,
  isSafe: false,
  at,
  plannedAt: at,
  log: { file: '/nowhere', attempt: 1 },
});

const namesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `t${i}`.padEnd(100, 'x'));

test('a page stays far below what GitHub takes, whatever there is to say', () => {
  const message = '<&|`*\u{1F600}'.repeat(100_000);
  const record: TaskRecord = { status: 'failed', attempts: 1, error: { name: 'Error', message } };
  const page = runPage(runOf(namesOf(3_000), record));
  expect(Buffer.byteLength(page)).toBeLessThanOrEqual(LONGEST_PAGE_BYTES);
  expect(page.startsWith('## ❌ p failed')).toBe(true);
  expect(page.includes('2980 more failed tasks')).toBe(true);
});

test('the table of a large run has the tasks that need a look, and says how many it leaves out', () => {
  const done = runPage(runOf(namesOf(3_000), { status: 'succeeded', attempts: 1 }));
  expect(done).toContain('… and 3000 more: <code>dp show run-1</code>');
  const skipped = runPage(runOf(namesOf(3_000), { status: 'skipped', attempts: 0 }));
  expect(skipped.match(/^\| t\d+/gm)).toHaveLength(500);
  expect(skipped).toContain('… and 2500 more');
});

test('no text of a task is read as markup', () => {
  const text = 'a | b\n# `c` <b> [d](e) *f* @g';
  const page = runPage(
    runOf(['a'], { status: 'skipped', attempts: 0, why: { is: 'recorded', text } }),
  );
  expect(page).toContain(
    '| a | ⏭️ skipped\\: a \\| b \\# \\`c\\` &lt;b&gt; \\[d\\]\\(e\\) \\*f\\* \\@g |  |  |\n',
  );
});
