/** Why each task of a run that was did what it did: the run against the one before that had a result of the task. */
import type { TaskWhy } from '../model/difference.ts';
import { impossible } from '../model/fault.ts';
import type { RunId, TaskName } from '../model/ids.ts';
import type { Decision } from '../model/plan.ts';
import type { TaskRecord } from '../model/run.ts';
import type { RunSide } from './compare-runs.ts';
import { isVisible } from './decision.ts';
import { inputDifferences, ownDifferences } from './differences.ts';
import type { TaskParts } from './parts.ts';

export interface PastRun extends RunSide {
  readonly run: RunId;
}

/** `earlier` gives the run to compare a task with; undefined when none before has a result of it. */
export function whyInRun(
  run: PastRun,
  earlier: (task: TaskName) => PastRun | undefined,
): readonly TaskWhy[] {
  return Array.from(run.parts.tasks, ([name, task]): TaskWhy => {
    const record = run.record.tasks.get(name) ?? NOT_BEGUN;
    const action = actionOf(record);
    const base = { task: name, key: null, action, waitsFor: [] };
    const before = earlier(name);
    if (before === undefined) {
      const reason = reasonOf(record, task) ?? 'no run before had a result of it';
      return { ...base, reason, differences: [], notes: [] };
    }
    const reason = reasonOf(record, task) ?? `compared with run ${before.run}`;
    const differences = [
      ...ownDifferences(name, before.parts, run.parts),
      ...inputDifferences(visibleOf(task), before, run),
    ];
    const isUnknown = before.parts.surroundings === undefined;
    const notes = isUnknown ? [`run ${before.run} was made by an older dp, which kept less`] : [];
    return { ...base, reason, against: before.run, differences, notes };
  });
}

const NOT_BEGUN: TaskRecord = { status: 'pending', attempts: 0 };

function visibleOf({ dependsOn, definition }: TaskParts): Set<TaskName> {
  const reader = { mentions: definition?.mentions ?? [] };
  return new Set(dependsOn.filter((edge) => isVisible(reader, edge)).map((edge) => edge.task));
}

function actionOf({ status }: TaskRecord): Decision['action'] {
  switch (status) {
    case 'cached':
      return 'cached';
    case 'skipped':
    case 'upstream_failed':
    case 'cancelled':
      return 'skip';
    case 'pending':
    case 'ready':
    case 'running':
    case 'retrying':
    case 'succeeded':
    case 'failed':
    case 'timed_out':
      return 'run';
    default:
      return impossible(status);
  }
}

/** What the run itself says of it. */
function reasonOf({ status, reason }: TaskRecord, { definition }: TaskParts): string | undefined {
  if (status === 'cached') return 'a result with its key was stored';
  if (actionOf({ status, attempts: 0 }) === 'skip') return reason ?? status;
  return definition?.settings.cache === false ? 'no cache was asked for' : undefined;
}
