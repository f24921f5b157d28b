/** Measures plans of 10,000 and 100,000 tasks of several shapes, from a Pipeline in memory; time should grow with the tasks. */
import type { Pipeline, TaskSpec } from '../src/model/pipeline.ts';
import { plan } from '../src/planner/planner.ts';
import { at, define, pipelineOf, registryOf, request } from '../test/planner/pipelines.ts';
import { compare } from './measure.ts';

const FEW = 10_000;
const MANY = 100_000;
const BUDGET_MS = 1_500;
/** Budget for the ratio of the time for many to the time for few. */
const BUDGET_GROWTH = 12;

/** Functions that return the upstreams of a task, by number. */
const SHAPES: Readonly<Record<string, (task: number, count: number) => readonly number[]>> = {
  'a chain': (task) => (task === 0 ? [] : [task - 1]),
  'one source, all between, one sink': (task, count) =>
    task === 0 ? [] : task < count - 1 ? [0] : Array.from({ length: count - 2 }, (_, i) => i + 1),
  'levels of 100, three upstreams each': (task) =>
    task < 100 ? [] : [0, 31, 62].map((step) => levelBefore(task) + ((task * 7 + step) % 100)),
};
const levelBefore = (task: number): number => (Math.floor(task / 100) - 1) * 100;

const registry = registryOf(
  define('step(a?, b?, c?, size)', { tags: ['etl'], settings: { maxRetries: 1 } }),
  define('join(...)'),
);

for (const [shape, upstreams] of Object.entries(SHAPES)) {
  const [few, many] = [FEW, MANY].map((count) => pipelineOfShape(count, upstreams));
  const [, rate] = await compare(
    shape,
    {
      // A turn has as many tasks as the large plan.
      [`10 plans of ${FEW.toLocaleString('en-US')} tasks`]: () => planned(few!, MANY / FEW),
      [`a plan of ${MANY.toLocaleString('en-US')} tasks`]: () => planned(many!, 1),
    },
    { unit: 'tasks' },
  );
  const ms = (MANY / rate!.median) * 1_000;
  const growth = MANY / FEW / rate!.ratio;
  within(`${MANY.toLocaleString('en-US')} tasks`, ms, BUDGET_MS, 'ms');
  within('growth of time over ten times the tasks', growth, BUDGET_GROWTH, 'x');
}

function planned(pipeline: Pipeline, times: number): number {
  for (let i = 0; i < times; i++) {
    const { plan: made } = plan(request(pipeline, { registry }));
    if (made?.tasks.length !== pipeline.tasks.size) throw new Error('tasks are missing');
  }
  return pipeline.tasks.size * times;
}

function pipelineOfShape(
  count: number,
  upstreams: (task: number, count: number) => readonly number[],
): Pipeline {
  return pipelineOf(
    Array.from({ length: count }, (_, task) => functionTask(task, upstreams(task, count))),
  );
}

function functionTask(task: number, upstreams: readonly number[]): TaskSpec {
  const place = at(task + 4);
  const sources = upstreams.map((upstream) => ({ value: `task_${upstream}`, at: place }));
  const isJoin = sources.length > 3;
  return {
    name: `task_${task}`,
    at: place,
    work: { is: 'function', task: { value: isJoin ? 'join' : 'step', at: place } },
    needs: isJoin ? sources : [],
    inputs: new Map(isJoin ? [] : sources.map((source, i) => ['abc'[i]!, source])),
    with: new Map([['size', { value: task, at: place }]]),
    tags: [],
    mentions: [],
    decidable: true,
    settings: {},
  };
}

function within(what: string, value: number, budget: number, unit: string): void {
  const over = value <= budget ? '' : ': OVER';
  console.log(`  ${what.padEnd(44)} ${value.toPrecision(3)} ${unit}, budget ${budget}${over}`);
  if (value > budget) process.exitCode = 1;
}
