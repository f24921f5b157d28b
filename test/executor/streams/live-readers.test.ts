import { expect, test } from 'vitest';
import { liveReaders } from '../../../src/executor/streams/live-readers.ts';
import { IndexedPlan } from '../../../src/model/indexed-plan.ts';
import { pipelineFrom, planOf, registryOf } from '../../planner/pipelines.ts';

/** Producer → the tasks that may read along. */
async function readers(tasks: string): Promise<Record<string, string[]>> {
  const plan = planOf(await pipelineFrom(`name: p\nmodules: [./tasks.ts]\ntasks:\n${tasks}`), {
    registry: registryOf('stream(n?)', 'read(stream, rows?)', 'order()'),
  });
  const indexed = new IndexedPlan(plan.tasks);
  const nameOf = (index: number): string => indexed.task(index).name;
  const named = [...liveReaders(indexed)].map(([producer, readersOfIt]) => [
    nameOf(producer),
    readersOfIt.map(nameOf),
  ]);
  return Object.fromEntries(named);
}

const STREAM = '  stream: { stream_output: true }\n';

test('tasks that take the items of a stream may read it while it is written', async () => {
  expect(await readers(`${STREAM}  read: { needs: [stream] }`)).toEqual({ stream: ['read'] });
});

test.for([
  ['takes no items', '  order: { needs: [stream] }'],
  ['is cached', '  read: { needs: [stream], cache: true }'],
  ['has another trigger rule', '  read: { needs: [stream], trigger_rule: all_done }'],
  [
    'reads an output in an expression',
    '  read: { needs: [stream], when: "${tasks.stream.status == \'succeeded\'}" }',
  ],
  ['is mapped', '  read: { needs: [stream], map: { over: "${[1]}", as: rows } }'],
  ['is a command', "  command: { run: 'true', needs: [stream] }"],
])('but not one that %s', async ([, task]) => {
  expect(await readers(STREAM + task)).toEqual({});
});

test.for([
  ['gives no stream', '  stream: {}\n'],
  ['is mapped', '  stream: { stream_output: true, map: { over: "${[1]}", as: n } }\n'],
])('and nobody that of a task that %s', async ([, stream]) => {
  expect(await readers(`${stream}  read: { needs: [stream] }`)).toEqual({});
});
