/** The JSON shapes of plans and comparisons that scripts rely on: keys may be added, and none renamed. */
import type { ComparedKeys, ComparedRuns, TaskWhy } from '../model/difference.ts';
import type { TaskName } from '../model/ids.ts';
import type { Plan, Work } from '../model/plan.ts';
import { diagnosticsJson, summaryJson, type HintWords } from './json.ts';
import { noteText, reasonText } from './reasons.ts';

export function planJson(
  plan: Plan,
  words: HintWords,
  reasons?: ReadonlyMap<TaskName, TaskWhy>,
): Readonly<Record<string, unknown>> {
  return {
    pipeline: plan.pipeline,
    file: plan.file,
    planId: plan.planId,
    params: plan.params,
    ...(plan.shard === undefined ? {} : { shard: plan.shard }),
    levels: plan.levels,
    order: plan.tasks.map((task) => task.name),
    tasks: plan.tasks.map(({ name, id, key, level, dependsOn, tags, decision, hook, work }) => ({
      name,
      id,
      key,
      level,
      dependsOn,
      tags,
      action: decision.action,
      reason: reasonText(decision.reason),
      ...(hook === undefined ? {} : { hook }),
      ...workJson(work),
      ...comparisonJson(reasons?.get(name)),
    })),
    warnings: diagnosticsJson(plan.warnings, words),
  };
}

/** Returns the keys of a task that runs a pipeline or waits for an event. */
export function workJson(work: Work): object {
  if (work.is === 'pipeline') return { pipeline: work.pipeline, file: work.file };
  if (work.is !== 'wait') return {};
  const { event, when = null, timeout } = work;
  return { waitFor: { event, when, timeout } };
}

/** Returns the keys that a comparison adds to a task; `against` is null when no run has an outcome of it. */
function comparisonJson(why: TaskWhy | undefined): object {
  if (why === undefined) return {};
  const { against = null, differences, waitsFor, notes } = why;
  return { against, differences, waitsFor, notes: notes.map(noteText) };
}

export function whyJson(why: TaskWhy): Readonly<Record<string, unknown>> {
  return { ...why, reason: reasonText(why.reason), notes: why.notes.map(noteText) };
}

export function diffJson(compared: ComparedRuns): Readonly<Record<string, unknown>> {
  return {
    ...compared,
    before: summaryJson(compared.before),
    after: summaryJson(compared.after),
    notes: compared.notes.map(noteText),
  };
}

export function keysJson(compared: ComparedKeys): Readonly<Record<string, unknown>> {
  const { a, b, names, differing, first } = compared;
  const parts = names.map((name) => ({
    name,
    a: a.get(name) ?? null,
    ...(b === undefined ? {} : { b: b.get(name) ?? null, same: !differing.has(name) }),
  }));
  return { same: differing.size === 0, first, parts };
}
