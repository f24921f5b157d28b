/** Which stored results a run makes again. */
import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../src/model/ids.ts';
import type { Decision, Plan } from '../../src/model/plan.ts';
import type { ResultRef } from '../../src/model/result.ts';
import { expectedOf, isOther, sampleOf, verifying } from '../../src/planner/verification.ts';
import { pipelineFrom, planOf, taskIn } from './pipelines.ts';

const output = (digest: string): ResultRef => ({
  is: 'value',
  run: 'run-1',
  task: 't',
  id: '1',
  bytes: 1,
  digest,
});
const CACHED: Decision = {
  action: 'cached',
  reason: { is: 'unchanged', run: 'run-1' },
  output: output('x'),
  fromRun: 'run-1',
};

/** Twenty tasks that would be reused, and two that run: one waits for the other. */
async function mostlyCached(): Promise<Plan> {
  const tasks = Array.from({ length: 20 }, (_, i) => `  t${i}: { run: echo ${i} }\n`).join('');
  const plan = planOf(
    await pipelineFrom(`name: p
defaults: { cache: true }
tasks:
${tasks}  always: { run: date, cache: false }
  waits: { run: "echo \${tasks.always.output.stdout}" }
`),
  );
  return {
    ...plan,
    tasks: plan.tasks.map((task) =>
      task.name.startsWith('t') ? { ...task, decision: CACHED } : task,
    ),
  };
}

describe('the sample', () => {
  test('follows from the run alone, and another run has another', async () => {
    const plan = await mostlyCached();
    const samples = ['a', 'a', 'b'].map((run) => [...sampleOf(plan, run, { tasks: 5 })]);
    expect(samples[0]).toEqual(samples[1]);
    expect(samples[0]).not.toEqual(samples[2]);
  });

  test('has so many tasks, or that share of them, and one at least', async () => {
    const plan = await mostlyCached();
    const size = (sample: Parameters<typeof sampleOf>[2]): number =>
      sampleOf(plan, 'a', sample).size;
    expect(size({ tasks: 7 })).toBe(7);
    expect(size({ tasks: 700 })).toBe(21);
    expect(size({ share: 0.5 })).toBe(11);
    expect(size({ share: 0.0001 })).toBe(1);
  });

  test('leaves out what runs anyway, and has what may turn out to be reused', async () => {
    const sample = sampleOf(await mostlyCached(), 'a', { share: 1 });
    expect(sample.has('always')).toBe(false);
    expect(sample.has('waits')).toBe(true);
  });

  test('of a plan without stored results is empty', async () => {
    const plan = planOf(await pipelineFrom('name: p\ntasks: { a: { run: date } }'));
    expect(sampleOf(plan, 'a', { share: 1 }).size).toBe(0);
  });
});

test('what is in the sample runs even so, and nothing else is touched', async () => {
  const plan = await mostlyCached();
  const changed = verifying(plan, new Set(['t1']));
  expect(taskIn(changed, 't1').decision).toMatchObject({ action: 'run', forced: true });
  expect(taskIn(changed, 't2').decision).toEqual(CACHED);
});

test('a result counts as another one only under the same key', async () => {
  const plan = await mostlyCached();
  const last = (task: TaskName) =>
    task === 'waits' ? { output: output('w'), run: 'run-0', key: 'k' } : undefined;
  const expected = expectedOf(plan, new Set(['t1', 'waits']), last);
  const { key } = taskIn(plan, 't1');
  expect(expected.get('t1')).toEqual({ key, output: output('x'), run: 'run-1' });
  const waits = expected.get('waits')!;
  expect(isOther(waits, { key: 'k', output: output('w') })).toBe(false);
  expect(isOther(waits, { key: 'k', output: output('other') })).toBe(true);
  expect(isOther(waits, { key: 'k2', output: output('other') })).toBe(false);
});
