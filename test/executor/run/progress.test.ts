import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Progress, type Transition } from '../../../src/executor/run/progress.ts';
import { recordedText } from '../../../src/model/recorded-reason.ts';
import { Tasks } from '../../../src/executor/run/tasks.ts';
import {
  type Ending,
  verdictOf,
  TRIGGER_RULES,
  type TriggerRule,
} from '../../../src/model/trigger-rule.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { anyDag, nameOf, needsOf, type Graph } from '../../planner/graphs.ts';
import { graphPipeline, pipelineOf, planOf, type Needs } from '../../planner/pipelines.ts';

function planWith(needs: Needs, rules: ReadonlyMap<string, TriggerRule> = new Map()): Plan {
  const tasks = [...graphPipeline(needs).tasks.values()].map((spec) => ({
    ...spec,
    settings: { triggerRule: rules.get(spec.name) ?? 'all_success' },
  }));
  return planOf(pipelineOf(tasks));
}

/** What a task does once it may start. */
const anyEnding = fc.constantFrom<Ending>('succeeded', 'failed', 'forgiven', 'skipped');

const anyRun = anyDag.chain((graph) => {
  const each = { minLength: graph.length, maxLength: graph.length };
  return fc.record({
    graph: fc.constant(graph),
    rules: fc.array(fc.constantFrom(...TRIGGER_RULES), each),
    wouldEnd: fc.array(anyEnding, each),
    /** Which of the running tasks ends next. */
    picks: fc.array(fc.nat(), each),
  });
});

/** By definition: each rule is asked once, when all upstreams have ended. By number of the graph. */
function endingsByDefinition(
  graph: Graph,
  rules: readonly TriggerRule[],
  wouldEnd: readonly Ending[],
): Ending[] {
  const endings: Ending[] = [];
  const endOf = (task: number): Ending => {
    const ends = graph[task]!.map((source) => (endings[source] ??= endOf(source)));
    const count = (wanted: Ending): number => ends.filter((end) => end === wanted).length;
    const verdict = verdictOf(rules[task]!, {
      total: ends.length,
      succeeded: count('succeeded'),
      failed: count('failed'),
      forgiven: count('forgiven'),
      skipped: count('skipped'),
      upstreamFailed: count('upstream_failed'),
    });
    if (verdict === 'run') return wouldEnd[task]!;
    return verdict === 'skip' ? 'skipped' : 'upstream_failed';
  };
  return graph.map((_, task) => endOf(task));
}

/** Lets the tasks that may start end one by one, in the order of the picks; all transitions, in order. */
function carryOut(plan: Plan, endOf: (name: string) => Ending, picks: readonly number[]) {
  const progress = new Progress(new Tasks(plan.tasks));
  const transitions: Transition[] = [];
  const running: number[] = [];
  const note = (more: readonly Transition[]): void => {
    for (const transition of more) {
      transitions.push(transition);
      if (transition.to === 'ready') running.push(transition.index);
    }
  };
  note(progress.begin());
  for (let turn = 0; running.length > 0; turn++) {
    const [task] = running.splice((picks[turn] ?? 0) % running.length, 1);
    note(progress.settle(task!, endOf(plan.tasks[task!]!.name)));
  }
  return transitions;
}

const planOfGraph = (graph: Graph, rules: readonly TriggerRule[] = []): Plan =>
  planWith(needsOf(graph), new Map(rules.map((rule, task) => [nameOf(task), rule])));

const inWords = (transition: Transition) =>
  transition.to === 'skipped'
    ? { ...transition, reason: recordedText(transition.reason) }
    : transition;

describe('over a whole run', () => {
  test('every task gets exactly one transition, in whatever order tasks end', () => {
    fc.assert(
      fc.property(anyRun, ({ graph, rules, wouldEnd, picks }) => {
        const plan = planOfGraph(graph, rules);
        const endings = new Map(graph.map((_, task) => [nameOf(task), wouldEnd[task]!]));
        const transitions = carryOut(plan, (name) => endings.get(name)!, picks);
        expect(transitions.map(({ index }) => index).toSorted((a, b) => a - b)).toEqual([
          ...plan.tasks.keys(),
        ]);
      }),
      { numRuns: 300 },
    );
  });

  test('every task ends as its rule says of the ends of its upstreams', () => {
    fc.assert(
      fc.property(anyRun, ({ graph, rules, wouldEnd, picks }) => {
        const plan = planOfGraph(graph, rules);
        const own = new Map(graph.map((_, task) => [nameOf(task), wouldEnd[task]!]));
        const transitions = carryOut(plan, (name) => own.get(name)!, picks);
        const found = new Map(
          transitions.map(({ index, to }) => {
            const { name } = plan.tasks[index]!;
            return [name, to === 'ready' ? own.get(name) : to];
          }),
        );
        const expected = endingsByDefinition(graph, rules, wouldEnd);
        expect(graph.map((_, task) => found.get(nameOf(task)))).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  test('with success everywhere, all tasks run, each after its upstreams', () => {
    fc.assert(
      fc.property(anyDag, fc.array(fc.nat()), (graph, picks) => {
        const plan = planOfGraph(graph);
        const ended = new Set<string>();
        carryOut(
          plan,
          (name) => {
            const upstreams = plan.tasks.find((task) => task.name === name)!.dependsOn;
            expect(upstreams.every(({ task }) => ended.has(task))).toBe(true);
            ended.add(name);
            return 'succeeded';
          },
          picks,
        );
        expect(ended.size).toBe(graph.length);
      }),
    );
  });
});

describe('a task', () => {
  const needs: Needs = new Map([
    ['a', []],
    ['b', []],
    ['join', ['a', 'b']],
    ['last', ['join']],
  ]);
  const [a, b, join, last] = [0, 1, 2, 3] as const;

  const begun = (rule: TriggerRule = 'all_success'): Progress => {
    const progress = new Progress(new Tasks(planWith(needs, new Map([['join', rule]])).tasks));
    expect(progress.begin()).toEqual([
      { index: a, to: 'ready' },
      { index: b, to: 'ready' },
    ]);
    return progress;
  };

  test('is ready the moment the last of its upstreams succeeds', () => {
    const progress = begun();
    expect(progress.settle(b, 'succeeded')).toEqual([]);
    expect(progress.settle(a, 'succeeded')).toEqual([{ index: join, to: 'ready' }]);
  });

  test('fails with the first failure upstream, and those behind it with it', () => {
    const progress = begun();
    expect(progress.settle(b, 'failed')).toEqual([
      { index: join, to: 'upstream_failed', because: ['b'] },
      { index: last, to: 'upstream_failed', because: ['join'] },
    ]);
    expect(progress.settle(a, 'succeeded')).toEqual([]);
  });

  test('that asks for one success starts without waiting for the other', () => {
    const progress = begun('one_success');
    expect(progress.settle(a, 'succeeded')).toEqual([{ index: join, to: 'ready' }]);
    expect(progress.settle(b, 'succeeded')).toEqual([]);
  });

  test('is skipped because of those upstream that were', () => {
    const progress = begun();
    expect(progress.settle(a, 'skipped')).toEqual([]);
    expect(progress.settle(b, 'succeeded').map(inWords)).toEqual([
      { index: join, to: 'skipped', reason: 'a skipped' },
      { index: last, to: 'skipped', reason: 'join skipped' },
    ]);
  });

  test('says how all its upstreams ended when its rule did not come true', () => {
    const progress = begun('one_failed');
    progress.settle(a, 'succeeded');
    expect(progress.settle(b, 'succeeded').map(inWords)[0]).toEqual({
      index: join,
      to: 'skipped',
      reason: 'one_failed: none of a, b failed',
    });
  });

  test('names a forgiven failure as the cause only where there is no other', () => {
    const mixed = begun();
    mixed.settle(a, 'forgiven');
    expect(mixed.settle(b, 'failed')[0]).toMatchObject({ because: ['b'] });
    const forgiven = begun('one_success');
    forgiven.settle(a, 'forgiven');
    expect(forgiven.settle(b, 'skipped')[0]).toMatchObject({ because: ['a'] });
  });

  test('counts an upstream that feeds it twice once, and one outside the selection as a success', () => {
    const plan = planWith(needs);
    const chosen = plan.tasks.filter(({ name }) => name === 'a' || name === 'join');
    const tasks = chosen.map((task) => ({
      ...task,
      dependsOn: [...task.dependsOn, ...task.dependsOn],
    }));
    const progress = new Progress(new Tasks(tasks));
    expect(progress.begin()).toEqual([{ index: 0, to: 'ready' }]);
    expect(progress.settle(0, 'succeeded')).toEqual([{ index: 1, to: 'ready' }]);
  });
});

test('a failure at the head of a chain of 30,000 tasks reaches the end without a stack', () => {
  const names = Array.from({ length: 30_000 }, (_, i) => `t${i}`);
  const needs = new Map(names.map((name, i) => [name, i === 0 ? [] : [names[i - 1]!]]));
  const progress = new Progress(new Tasks(planWith(needs).tasks));
  progress.begin();
  expect(progress.settle(0, 'failed')).toHaveLength(29_999);
});

test('the end of a task that began early is propagated when it is settled, not when an upstream fails', () => {
  const needs = new Map([
    ['producer', []],
    ['reader', ['producer']],
    ['cleanup', ['reader']],
  ]);
  const tasks = new Tasks(planWith(needs, new Map([['cleanup', 'all_done']])).tasks);
  const progress = new Progress(tasks);
  progress.begin();
  const unit = { index: 1, element: undefined };
  tasks.enter(1, {
    is: 'early',
    early: 'broken',
    prepared: { key: null, values: {}, scope: { params: {}, env: {}, run: RUN, tasks: {} } },
    tries: { begun: 1, uncounted: 0 },
    attempt: { unit, task: tasks.task(1), number: 1 },
  });
  expect(progress.settle(0, 'failed')).toEqual([
    { index: 1, to: 'upstream_failed', because: ['producer'] },
  ]);
  expect(progress.settle(1, 'upstream_failed')).toEqual([{ index: 2, to: 'ready' }]);
});

const RUN = { id: 'run-1', pipeline: 'p', time: new Date(0) };
