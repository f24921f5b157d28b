import { describe, expect, test } from 'vitest';
import { digestOf } from '../../src/model/ids.ts';
import type { Plan, Again } from '../../src/model/plan.ts';
import type { ResultRef } from '../../src/model/result.ts';
import type { TaskStatus } from '../../src/model/run.ts';
import { planRetry } from '../../src/planner/retry.ts';
import { reasonText } from '../../src/views/reasons.ts';
import { pipelineFrom, planOf, registryOf, taskIn } from './pipelines.ts';

const plan = planOf(
  await pipelineFrom(`name: p
modules: [./tasks.ts]
tasks:
  a: { task: work }
  b: { task: work, needs: [a] }
  c: { task: work, needs: [a] }
  d: { task: work, needs: [b, c] }
  e: { task: work, needs: [c] }
`),
  { registry: registryOf('work()') },
);

const refOf = (id: string): ResultRef => ({
  is: 'value',
  run: 'R',
  task: id,
  id: 'a1.1',
  bytes: 1,
  digest: digestOf([id]),
});

interface Before {
  readonly statuses?: Readonly<Record<string, TaskStatus>>;
  readonly gone?: readonly string[];
  readonly changed?: readonly string[];
}

/** Everything succeeded and `e` was skipped, but for what is said. */
function retried({ statuses = {}, gone = [], changed = [] }: Before, again: Again): Plan {
  const all = new Map<string, TaskStatus>([
    ...['a', 'b', 'c', 'd'].map((name) => [name, 'succeeded'] as const),
    ['e', 'skipped'],
    ...Object.entries(statuses),
  ]);
  const outputs = new Map(
    [...all]
      .filter(([name, status]) => status === 'succeeded' && !gone.includes(name))
      .map(([name]) => [name, refOf(name)]),
  );
  return planRetry(plan, { run: 'R', statuses: all, outputs, changed: new Set(changed) }, again);
}

const actions = (made: Plan): Record<string, string> =>
  Object.fromEntries(made.tasks.map(({ name, decision }) => [name, decision.action]));
const reasonOf = (made: Plan, name: string): string =>
  reasonText(taskIn(made, name).decision.reason);

const ONLY_FAILED: Again = new Set();

describe('a retry', () => {
  test('of everything runs everything, stored results or not', () => {
    const made = retried({}, 'all');
    expect(actions(made)).toEqual({ a: 'run', b: 'run', c: 'run', d: 'run', e: 'run' });
    expect(made.tasks[0]?.decision).toMatchObject({ forced: true });
  });

  test('of what failed keeps what succeeded and runs the rest', () => {
    const made = retried({ statuses: { b: 'failed', d: 'upstream_failed' } }, ONLY_FAILED);
    expect(actions(made)).toEqual({ a: 'cached', b: 'run', c: 'cached', d: 'run', e: 'run' });
    expect(made.tasks[0]?.decision).toMatchObject({ output: refOf('a'), fromRun: 'R' });
    expect(reasonOf(made, 'b')).toBe('failed in run R');
    expect(reasonOf(made, 'd')).toBe('it depends on b, which runs again');
  });

  test('from a task runs it and all that follows', () => {
    const made = retried({}, new Set(['c']));
    expect(actions(made)).toEqual({ a: 'cached', b: 'cached', c: 'run', d: 'run', e: 'run' });
  });

  test('runs what has changed since, and what follows it', () => {
    const made = retried({ changed: ['b'] }, ONLY_FAILED);
    expect(actions(made)).toEqual({ a: 'cached', b: 'run', c: 'cached', d: 'run', e: 'run' });
    expect(reasonOf(made, 'b')).toBe('it has changed since run R');
  });

  test('runs what left no result, or one that does not verify', () => {
    const made = retried({ gone: ['a'] }, ONLY_FAILED);
    expect(reasonOf(made, 'a')).toBe('its result of run R is gone or altered');
    expect(actions(made)).toMatchObject({ b: 'run', c: 'run', d: 'run' });
  });

  test('of a run with nothing left to do keeps all of it, and asks the conditions again', () => {
    const made = retried({}, ONLY_FAILED);
    expect(actions(made)).toMatchObject({ a: 'cached', b: 'cached', c: 'cached', d: 'cached' });
    expect(reasonOf(made, 'e')).toBe('skipped in run R; its condition is evaluated again');
  });
});
