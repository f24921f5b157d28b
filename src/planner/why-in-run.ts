/** Explains each task of a recorded run: compares the run with the previous one that had a result of the task. */
import type { TaskWhy } from '../model/difference.ts';
import type { RunId, TaskName } from '../model/ids.ts';
import type { Decision } from '../model/plan.ts';
import type { PastReason, WhyNote } from '../model/reason.ts';
import type { ReasonGiven } from '../model/recorded-reason.ts';
import type { TaskRecord, TaskStatus } from '../model/run.ts';
import type { RunSide } from './compare-runs.ts';
import { isVisible } from './decision.ts';
import { inputDifferences, ownDifferences } from './differences.ts';
import type { TaskParts } from './parts.ts';

export interface PastRun extends RunSide {
  readonly run: RunId;
}

/** `earlier` returns the run to compare a task with; undefined when no earlier run has a result of it. */
export function whyInRun(
  run: PastRun,
  earlier: (task: TaskName) => PastRun | undefined,
): readonly TaskWhy[] {
  return Array.from(run.parts.tasks, ([name, task]): TaskWhy => {
    const { status, why } = run.record.tasks.get(name) ?? NOT_BEGUN;
    const action = ACTION_OF[status];
    const base = { task: name, key: null, action, waitsFor: [] };
    const own = ownReason(action, why ?? { is: 'recorded', text: status }, task);
    const before = earlier(name);
    if (before === undefined)
      return { ...base, reason: own ?? { is: 'no_earlier_result' }, differences: [], notes: [] };
    const reason = own ?? { is: 'compared', run: before.run };
    const differences = [
      ...ownDifferences(name, before.parts, run.parts),
      ...inputDifferences(visibleOf(task), before, run),
    ];
    const isUnknown = before.parts.surroundings === undefined;
    const notes: WhyNote[] = isUnknown ? [{ is: 'less_kept', run: before.run }] : [];
    return { ...base, reason, against: before.run, differences, notes };
  });
}

const NOT_BEGUN: TaskRecord = { status: 'pending', attempts: 0 };

/** Returns what a run did with a task that has this status. */
const ACTION_OF: Readonly<Record<TaskStatus, Decision['action']>> = {
  pending: 'run',
  ready: 'run',
  running: 'run',
  retrying: 'run',
  succeeded: 'run',
  cached: 'cached',
  failed: 'run',
  skipped: 'skip',
  upstream_failed: 'skip',
  cancelled: 'skip',
  timed_out: 'run',
};

/** Returns the reason that the run itself records for the task; undefined when only a comparison can tell. */
function ownReason(
  action: Decision['action'],
  recorded: ReasonGiven,
  { definition }: TaskParts,
): PastReason | undefined {
  if (action === 'cached') return { is: 'result_was_stored' };
  if (action === 'skip') return recorded;
  return definition?.settings.cache === false ? { is: 'was_not_cached' } : undefined;
}

function visibleOf({ dependsOn, definition }: TaskParts): Set<TaskName> {
  const reader = { mentions: definition?.mentions ?? [] };
  return new Set(dependsOn.filter((edge) => isVisible(reader, edge)).map((edge) => edge.task));
}
