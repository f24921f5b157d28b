/**
 * The phases of a run as a state machine: its tasks run, it is stopped, its hooks run, it is over.
 * A stop of the tasks does not stop the hooks, unless it is a kill.
 */
import { impossible } from '../../model/fault.ts';
import type { Seconds } from '../../model/ids.ts';
import type { RunStopReason } from '../../model/recorded-reason.ts';

export type RunPhase =
  /** Tasks start as they become ready. */
  | { readonly is: 'running' }
  /** No work starts; running work may end by itself within the grace period. */
  | { readonly is: 'stopping'; readonly stop: Stop; readonly whom: 'tasks' | 'hooks' }
  /** No work starts, hooks included. */
  | { readonly is: 'killing'; readonly stop: Stop }
  /** All other tasks have ended, and hooks start; `after` is the stop of the tasks. */
  | { readonly is: 'hooks'; readonly after: Stop | undefined }
  /** The run has ended or was abandoned. */
  | { readonly is: 'over'; readonly after: Stop | undefined };

/** Cause of a stop; `reason` is that of the first stop. */
export type Stop =
  /** A task failed, and `--on-failure` says to stop. */
  | { readonly by: 'failure'; readonly reason: RunStopReason }
  /** The run was cancelled, whatever came before. */
  | { readonly by: 'cancellation'; readonly reason: RunStopReason }
  /** The tasks did not end in time, whatever came before. */
  | { readonly by: 'timeout'; readonly reason: RunStopReason; readonly limit: Seconds };

export type RunHappening =
  /** A task failed, and the run stops on failure. */
  | { readonly is: 'task_failed'; readonly reason: RunStopReason }
  | { readonly is: 'cancelled'; readonly reason: RunStopReason; readonly how: 'drain' | 'kill' }
  | { readonly is: 'timed_out'; readonly limit: Seconds }
  /** A hook may start, as all tasks have ended. */
  | { readonly is: 'hooks_turn' }
  | { readonly is: 'over' };

/** Action that a change of phase requires. */
export type RunAct =
  /** Recall attempts that have not begun, and schedule no further one. */
  | 'start_nothing'
  /** Ask running work to end within the grace. */
  | 'drain'
  | 'kill'
  /** Clear the time limit, which applies to tasks and not to hooks. */
  | 'clear_time_limit'
  /** Limit the hooks of a cancelled run to the grace. */
  | 'give_hooks_the_grace';

export interface RunStep {
  readonly phase: RunPhase;
  readonly acts: readonly RunAct[];
}

export function phaseStep(phase: RunPhase, happening: RunHappening): RunStep {
  if (phase.is === 'over') return { phase, acts: [] };
  const before = stopIn(phase);
  switch (happening.is) {
    case 'task_failed':
      return {
        phase: stopped(phase, before ?? { by: 'failure', reason: happening.reason }),
        acts: ['start_nothing'],
      };
    case 'cancelled': {
      const { how } = happening;
      const reason = before?.reason ?? happening.reason;
      const stop: Stop = before?.by === 'timeout' ? before : { by: 'cancellation', reason };
      return {
        phase: how === 'kill' ? { is: 'killing', stop } : stopped(phase, stop),
        acts: ['start_nothing', how],
      };
    }
    case 'timed_out': {
      const { limit } = happening;
      const reason: RunStopReason = before?.reason ?? { is: 'timed_out', seconds: limit };
      return {
        phase: stopped(phase, { by: 'timeout', reason, limit }),
        acts: ['start_nothing', 'drain'],
      };
    }
    case 'hooks_turn':
      return hooksTurn(phase, before);
    case 'over':
      return { phase: { is: 'over', after: before }, acts: [] };
    default:
      return impossible(happening);
  }
}

/** Returns the stop of the run or of its tasks; undefined when there was none. */
export function stopIn(phase: RunPhase): Stop | undefined {
  if ('stop' in phase) return phase.stop;
  return 'after' in phase ? phase.after : undefined;
}

function stopped(phase: RunPhase, stop: Stop): RunPhase {
  if (phase.is === 'killing') return { is: 'killing', stop };
  const isOfHooks = phase.is === 'hooks' || (phase.is === 'stopping' && phase.whom === 'hooks');
  return { is: 'stopping', stop, whom: isOfHooks ? 'hooks' : 'tasks' };
}

function hooksTurn(phase: RunPhase, after: Stop | undefined): RunStep {
  const isTurn = phase.is === 'running' || (phase.is === 'stopping' && phase.whom === 'tasks');
  if (!isTurn) return { phase, acts: [] };
  const isGraceLimited = after !== undefined && after.by !== 'failure';
  const acts: RunAct[] = isGraceLimited
    ? ['clear_time_limit', 'give_hooks_the_grace']
    : ['clear_time_limit'];
  return { phase: { is: 'hooks', after }, acts };
}
