/** Decides when a task may start, given how its direct upstream tasks ended: a pure table over counts. */
import { impossible } from './fault.ts';
import type { TaskName } from './ids.ts';

export const TRIGGER_RULES = [
  'all_success',
  'all_done',
  'all_failed',
  'one_success',
  'one_failed',
  'none_failed',
  'none_failed_min_one_success',
  'always',
] as const;
export type TriggerRule = (typeof TRIGGER_RULES)[number];

/** Number of direct upstream tasks in each state. */
export interface UpstreamCounts {
  readonly total: number;
  /** Succeeded or cached. */
  readonly succeeded: number;
  /** Failed or timed out, `fail_safe` not included. */
  readonly failed: number;
  /** Failed or timed out, but `fail_safe`: counts as success where success is required, as failure where failure is. */
  readonly forgiven: number;
  readonly skipped: number;
  readonly upstreamFailed: number;
}

export type Verdict = 'wait' | 'run' | 'skip' | 'upstream_failed';

/** Answers as soon as the outcome is certain; `wait` only while the open upstream tasks can still change it. */
export function verdictOf(rule: TriggerRule, counts: UpstreamCounts): Verdict {
  const { total, succeeded, failed, forgiven, skipped, upstreamFailed } = counts;
  if (total === 0) return 'run';
  const broken = failed + upstreamFailed;
  const fine = succeeded + forgiven;
  const done = fine + broken + skipped === total;
  switch (rule) {
    case 'all_success':
      if (broken > 0) return 'upstream_failed';
      if (fine === total) return 'run';
      return done ? 'skip' : 'wait';
    case 'all_failed':
      if (succeeded + skipped > 0) return 'skip';
      return done ? 'run' : 'wait';
    case 'one_success':
      if (succeeded > 0) return 'run';
      if (!done) return 'wait';
      return broken + forgiven > 0 ? 'upstream_failed' : 'skip';
    case 'one_failed':
      if (broken + forgiven > 0) return 'run';
      return done ? 'skip' : 'wait';
    case 'none_failed':
      if (broken > 0) return 'upstream_failed';
      return done ? 'run' : 'wait';
    case 'none_failed_min_one_success':
      if (broken > 0) return 'upstream_failed';
      if (!done) return 'wait';
      return fine > 0 ? 'run' : 'skip';
    case 'all_done':
    case 'always':
      return done ? 'run' : 'wait';
    default:
      return impossible(rule);
  }
}

/** The end of a task, as far as its dependents care. `forgiven`: it failed, but is `fail_safe`. */
export type Ending = 'succeeded' | 'failed' | 'forgiven' | 'skipped' | 'upstream_failed';

/** Reason for which a trigger rule skips a task: the ends of the upstream tasks that decide it. */
export interface RuleSkip {
  readonly rule: TriggerRule;
  readonly ended: 'succeeded' | 'skipped' | 'without_failure';
  /** The first of these tasks. */
  readonly tasks: readonly TaskName[];
  /** Number of those left out. */
  readonly more: number;
}

/** Maximum number of names that a reason keeps. */
const NAMES_KEPT = 6;

/** Returns why the rule skips a task; `ended` holds the direct upstream tasks that have ended. */
export function ruleSkip(rule: TriggerRule, ended: ReadonlyMap<TaskName, Ending>): RuleSkip {
  const those = (ending: Ending): readonly TaskName[] =>
    [...ended].filter(([, each]) => each === ending).map(([name]) => name);
  const found = (how: RuleSkip['ended'], names: readonly TaskName[]): RuleSkip => {
    const tasks = names.slice(0, NAMES_KEPT);
    return { rule, ended: how, tasks, more: names.length - tasks.length };
  };
  if (rule === 'one_failed') return found('without_failure', [...ended.keys()]);
  const succeeded = rule === 'all_failed' ? those('succeeded') : [];
  return succeeded.length > 0 ? found('succeeded', succeeded) : found('skipped', those('skipped'));
}
