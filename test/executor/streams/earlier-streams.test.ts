import { expect, test } from 'vitest';
import { EarlierStreams } from '../../../src/executor/streams/earlier-streams.ts';
import { pipelineFrom, planOf, registryOf } from '../../planner/pipelines.ts';

const plan = planOf(
  await pipelineFrom(`name: p
modules: [./tasks.ts]
tasks:
  list: {}
  free: { task: items, stream_output: true, resumable: true }
  fed: { task: items, stream_output: true, resumable: true, inputs: { rows: list } }
  streamed: { task: items, stream_output: true, resumable: true, inputs: { rows: free } }
  plain: { task: items, stream_output: true }
`),
  { registry: registryOf('list()', 'items(rows?)') },
);

/** For attempt `number`, in the hands of the second holder of the run. */
function earlier(name: string, number: number, kept: readonly string[] = []): string[] {
  const streams = new EarlierStreams({
    tasks: plan.tasks,
    epoch: 2,
    isKept: (task) => kept.includes(task),
  });
  const index = plan.tasks.findIndex((task) => task.name === name);
  return streams.of({ unit: { index, element: undefined }, task: plan.tasks[index]!, number });
}

test('the newest attempt comes first, under any holder it may have had', () => {
  expect(earlier('free', 1)).toEqual([]);
  expect(earlier('free', 3)).toEqual(['a2.2', 'a2.1', 'a1.2', 'a1.1']);
});

test('attempts under another holder count when the inputs are those of then', () => {
  expect(earlier('fed', 2, ['list'])).toEqual(['a1.2', 'a1.1']);
  expect(earlier('fed', 2)).toEqual(['a1.2']);
});

test.for(['streamed', 'plain'])('a task that is %s never continues', (name) => {
  expect(earlier(name, 3, ['list', 'free'])).toEqual([]);
});
