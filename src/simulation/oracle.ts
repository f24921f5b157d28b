/**
 * The expected outcome of a task, written a second time as simply as possible: over lists of states, without counters or
 * memory. The engine is checked against it; it shares no code with the engine.
 */
import type { RecordedEvent } from '../model/event.ts';
import { impossible } from '../model/fault.ts';
import type { TaskName } from '../model/ids.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { TriggerRule } from '../model/trigger-rule.ts';

/** The state of a task. `forgiven`: it failed and is `fail_safe`. A cancelled task decides nothing for those downstream. */
export type UpstreamState =
  | 'open'
  | 'cancelled'
  | 'succeeded'
  | 'failed'
  | 'forgiven'
  | 'skipped'
  | 'upstream_failed';

export type OracleVerdict = 'wait' | 'run' | 'skipped' | 'upstream_failed';

export function verdict(rule: TriggerRule, upstreams: readonly UpstreamState[]): OracleVerdict {
  const some = (...states: UpstreamState[]): boolean =>
    upstreams.some((state) => states.includes(state));
  const all = (...states: UpstreamState[]): boolean =>
    upstreams.every((state) => states.includes(state));
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

/** The tasks of a run as one of its holders knows them. */
export interface HolderKnowledge {
  readonly plan: Plan;
  readonly byLevel: boolean;
  /** Tasks that succeeded under an earlier holder; their results count once their turn has come. */
  readonly kept: ReadonlySet<TaskName>;
  /** The final states of tasks under this holder. */
  readonly ended: ReadonlyMap<TaskName, UpstreamState>;
}

/** Returns the state of every task. A kept task counts as soon as it would have run. */
export function statesOf(known: HolderKnowledge): Map<TaskName, UpstreamState> {
  const states = new Map<TaskName, UpstreamState>();
  let openLevel = Infinity;
  for (const task of known.plan.tasks) {
    const isHeld = known.byLevel && openLevel < task.level;
    const isKept = known.kept.has(task.name) && !isHeld && verdictOn(task, states) === 'run';
    const state = isKept ? 'succeeded' : (known.ended.get(task.name) ?? 'open');
    // A cancelled task does not release the next level.
    if (state === 'open' || state === 'cancelled') openLevel = Math.min(openLevel, task.level);
    states.set(task.name, state);
  }
  return states;
}

/** Returns the verdict on a task. An upstream outside the plan counts as succeeded, by its stored output. */
export function verdictOn(
  { dependsOn, settings }: PlannedTask,
  states: ReadonlyMap<TaskName, UpstreamState>,
): OracleVerdict {
  const upstreams = new Set(dependsOn.map(({ task }) => task));
  return verdict(
    settings.triggerRule,
    [...upstreams].map((name) => states.get(name) ?? 'succeeded'),
  );
}

/** Returns the final state of the task that the event tells; undefined when it tells none, or that of an element. */
export function endTold(
  { topic, element }: RecordedEvent,
  task: PlannedTask,
): UpstreamState | undefined {
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
