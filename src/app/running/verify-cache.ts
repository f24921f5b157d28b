/** Makes stored results again and compares them: a plan comes in; the plan that runs the sample and its findings go out. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { isLifecycle, type RecordedEvent } from '../../model/event.ts';
import type { RunId } from '../../model/ids.ts';
import type { Plan, PlannedTask, Sample } from '../../model/plan.ts';
import { expectedOf, isOther, sampleOf, verifying } from '../../planner/verification.ts';
import type { Prepared } from '../planning/prepared.ts';
import { recordedEvents, type State } from '../project/state.ts';

export interface Verification {
  /** The plan in which the sample runs. */
  readonly plan: Plan;
  /** Returns a warning for each task that gave another result than the stored one, when the run has ended. */
  readonly findings: () => readonly Diagnostic[];
}

export function verification(
  { plan, reads }: Pick<Prepared, 'plan' | 'reads'>,
  run: RunId,
  sample: Sample,
  state: State,
): Verification {
  const chosen = sampleOf(plan, run, sample);
  // The stored results are read before the run begins, as fresh ones replace them.
  const expected = expectedOf(plan, chosen, (task) => {
    const last = state.store.lastOutcome(plan.pipeline, task);
    return last === undefined ? undefined : { ...last, run: last.runId };
  });
  const findings = (): readonly Diagnostic[] => {
    const fresh = freshResults(recordedEvents(state, run));
    return plan.tasks.flatMap((task): Diagnostic[] => {
      const { name, at } = task;
      const [before, after] = [expected.get(name), fresh.get(name)];
      if (before === undefined || after === undefined || !isOther(before, after)) return [];
      return [
        {
          code: 'DP7004',
          severity: 'warning',
          message: `task "${name}" gave another result than in run ${before.run}, and nothing that dp tracks has changed`,
          at,
          related: suspectsOf(task, reads),
          hint: 'it depends on something undeclared: the clock, randomness, the network, a file or a variable; declare it, or turn caching off',
        },
      ];
    });
  };
  return { plan: verifying(plan, chosen), findings };
}

/** Returns the places where the task's module reads something besides its arguments. */
function suspectsOf(
  { work }: PlannedTask,
  reads: Prepared['reads'],
): Diagnostic['related'] & object {
  const module = work.is === 'function' ? work.module : '';
  return (reads.get(module) ?? []).map(({ is, name, at }) => ({
    message: is === 'env' ? `it may read the variable ${name} here` : `it may read ${name} here`,
    at,
  }));
}

type Fresh = Extract<RecordedEvent, { topic: 'run.task.succeeded' }>['data'];

/** Returns the results of whole tasks: an element of a mapped task has no key of its own. */
function freshResults(events: Iterable<RecordedEvent>): ReadonlyMap<string, Fresh> {
  const fresh = new Map<string, Fresh>();
  for (const event of events) {
    if (!isLifecycle(event) || event.topic !== 'run.task.succeeded') continue;
    if (event.task !== undefined && event.element === undefined) fresh.set(event.task, event.data);
  }
  return fresh;
}
