/** Explains why each task of a plan runs, is cached or is skipped, by comparison with the run that last had an outcome of it. */
import type { Difference, TaskWhy } from '../model/difference.ts';
import type { RunId, TaskName } from '../model/ids.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { WhyNote } from '../model/reason.ts';
import { isVisible } from './decision.ts';
import { inputDifferences, ownDifferences, readDifferences, type Side } from './differences.ts';
import { outputDigest } from './identity.ts';
import type { PlanParts } from './parts.ts';

/** A run to compare with. */
export interface ComparedRun extends Side {
  readonly run: RunId;
}

/** `earlier` returns the run to compare a task with; undefined when no run has an outcome of it. */
export function whyOf(
  plan: Plan,
  parts: PlanParts,
  earlier: (task: PlannedTask) => ComparedRun | undefined,
): readonly TaskWhy[] {
  const byName = new Map(plan.tasks.map((task) => [task.name, task]));
  const now: Side = { parts, outputOf: (name) => knownOutput(name, plan, byName) };
  return plan.tasks.map((task) => taskWhy(task, now, earlier(task), byName));
}

function taskWhy(
  task: PlannedTask,
  now: Side,
  before: ComparedRun | undefined,
  byName: ReadonlyMap<TaskName, PlannedTask>,
): TaskWhy {
  const { name, key, decision } = task;
  const { action, reason } = decision;
  const visible = visibleOf(task);
  const waitsFor = visible.filter((upstream) => byName.get(upstream)?.decision.action === 'run');
  const base = { task: name, key, action, reason, waitsFor };
  if (before === undefined) return { ...base, differences: [], notes: [] };
  const known = visible.filter((upstream) => !waitsFor.includes(upstream));
  const read = reason.is === 'input_changed' ? reason.changes : [];
  const differences = [
    ...readDifferences(read, before.parts, now.parts),
    ...ownDifferences(name, before.parts, now.parts),
    ...inputDifferences(known, before, now),
  ];
  const all = differences.length > 0 ? differences : changedUpstream(task, before, now);
  const notes = [...notComparable(name, before)];
  if (all.length === 0) notes.push(...whenNothingDiffers(task, waitsFor, before));
  return { ...base, against: before.run, differences: all, notes };
}

const visibleOf = (task: PlannedTask): TaskName[] => [
  ...new Set(task.dependsOn.filter((edge) => isVisible(task, edge)).map((edge) => edge.task)),
];

/** An id covers the upstream tasks: when nothing of the task's own differs, the definition of one of them does. */
function changedUpstream(task: PlannedTask, before: Side, now: Side): readonly Difference[] {
  const [old, own] = [before.parts.tasks.get(task.name), now.parts.tasks.get(task.name)];
  if (old === undefined || own === undefined || old.id === own.id) return [];
  const upstreams = [...new Set(task.dependsOn.map((edge) => edge.task))];
  return upstreams.flatMap((name): Difference[] => {
    const [was, is] = [before.parts.tasks.get(name)?.id, now.parts.tasks.get(name)?.id];
    return was === undefined || is === undefined || was === is
      ? []
      : [{ part: 'upstream', name, before: was, after: is }];
  });
}

function notComparable(name: TaskName, { run, parts }: ComparedRun): readonly WhyNote[] {
  if (!parts.tasks.has(name) || parts.surroundings !== undefined) return [];
  return [{ is: 'parts_not_kept', run }];
}

function whenNothingDiffers(
  { name, key, settings, decision }: PlannedTask,
  waitsFor: readonly TaskName[],
  { run, parts }: ComparedRun,
): readonly WhyNote[] {
  if (decision.action !== 'run' || settings.cache === false) return [];
  if (waitsFor.length > 0) return [{ is: 'own_unchanged', waitsFor }];
  if (decision.forced === true || key === null) return [];
  const before = parts.tasks.get(name)?.definition?.settings;
  if (before === undefined) return [];
  return [{ is: before.cache === false ? 'cache_was_off' : 'result_not_kept', run }];
}

/** Returns the output of a task whose result is known before anything runs. */
function knownOutput(
  name: TaskName,
  plan: Plan,
  byName: ReadonlyMap<TaskName, PlannedTask>,
): string | undefined {
  const decision = byName.get(name)?.decision;
  const stored = decision?.action === 'cached' ? decision.output : plan.given.get(name)?.output;
  return stored === undefined ? undefined : outputDigest(stored);
}
