/**
 * What should become of a task, said a second time and as plainly as can be: over lists of states, with nothing counted
 * and nothing remembered. The engine is held against it; it shares no code with the engine.
 */
import type { RecordedEvent } from '../model/event.ts';
import { impossible } from '../model/fault.ts';
import type { TaskName } from '../model/ids.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { TriggerRule } from '../model/trigger-rule.ts';

/** `forgiven`: failed, but `fail_safe`. A cancelled task tells those behind it nothing. */
export type State =
  | 'open'
  | 'cancelled'
  | 'succeeded'
  | 'failed'
  | 'forgiven'
  | 'skipped'
  | 'upstream_failed';

export type Verdict = 'wait' | 'run' | 'skipped' | 'upstream_failed';

export function verdict(rule: TriggerRule, upstreams: readonly State[]): Verdict {
  const some = (...states: State[]): boolean => upstreams.some((state) => states.includes(state));
  const all = (...states: State[]): boolean => upstreams.every((state) => states.includes(state));
  const isOpen = some('open', 'cancelled');
  if (upstreams.length === 0) return 'run';
  switch (rule) {
    case 'all_success':
      if (some('failed', 'upstream_failed')) return 'upstream_failed';
      if (all('succeeded', 'forgiven')) return 'run';
      return isOpen ? 'wait' : 'skipped';
    case 'all_failed':
      if (some('succeeded', 'skipped')) return 'skipped';
      return isOpen ? 'wait' : 'run';
    case 'one_success':
      if (some('succeeded')) return 'run';
      if (isOpen) return 'wait';
      return all('skipped') ? 'skipped' : 'upstream_failed';
    case 'one_failed':
      if (some('failed', 'upstream_failed', 'forgiven')) return 'run';
      return isOpen ? 'wait' : 'skipped';
    case 'none_failed':
      if (some('failed', 'upstream_failed')) return 'upstream_failed';
      return isOpen ? 'wait' : 'run';
    case 'none_failed_min_one_success':
      if (some('failed', 'upstream_failed')) return 'upstream_failed';
      if (isOpen) return 'wait';
      return all('skipped') ? 'skipped' : 'run';
    case 'all_done':
    case 'always':
      return isOpen ? 'wait' : 'run';
    default:
      return impossible(rule);
  }
}

/** What one holder of a run knows of its tasks. */
export interface Known {
  readonly plan: Plan;
  readonly byLevel: boolean;
  /** Done under an earlier holder: it stands once its turn has come. */
  readonly kept: ReadonlySet<TaskName>;
  /** How tasks ended under this holder. */
  readonly ended: ReadonlyMap<TaskName, State>;
}

/** The state of every task; what is kept takes part as soon as it would have been run. */
export function statesOf(known: Known): Map<TaskName, State> {
  const states = new Map<TaskName, State>();
  let openLevel = Infinity;
  for (const task of known.plan.tasks) {
    const isHeld = known.byLevel && openLevel < task.level;
    const isKept = known.kept.has(task.name) && !isHeld && verdictOn(task, states) === 'run';
    const state = isKept ? 'succeeded' : (known.ended.get(task.name) ?? 'open');
    // Nothing is released by what was cancelled.
    if (state === 'open' || state === 'cancelled') openLevel = Math.min(openLevel, task.level);
    states.set(task.name, state);
  }
  return states;
}

/** A task outside the plan stands for its stored output. */
export function verdictOn(
  { dependsOn, settings }: PlannedTask,
  states: ReadonlyMap<TaskName, State>,
): Verdict {
  const upstreams = new Set(dependsOn.map(({ task }) => task));
  return verdict(
    settings.triggerRule,
    [...upstreams].map((name) => states.get(name) ?? 'succeeded'),
  );
}

/** The task's end that the event tells of; undefined when it tells of none, or of an element's. */
export function endTold({ topic, element }: RecordedEvent, task: PlannedTask): State | undefined {
  if (element !== undefined) return undefined;
  switch (topic) {
    case 'run.task.succeeded':
    case 'run.task.cached':
      return 'succeeded';
    case 'run.task.failed':
    case 'run.task.timed_out':
      return task.settings.failSafe ? 'forgiven' : 'failed';
    case 'run.task.skipped':
      return 'skipped';
    case 'run.task.upstream_failed':
      return 'upstream_failed';
    case 'run.task.cancelled':
      return 'cancelled';
    default:
      return undefined;
  }
}
