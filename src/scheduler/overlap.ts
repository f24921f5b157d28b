/** What happens to a firing while earlier runs of the same trigger go on, as a function of values. */
import { impossible } from '../model/fault.ts';
import type { OverlapPolicy } from '../model/pipeline.ts';

export type Overlap = OverlapPolicy['mode'];

export type OverlapStep =
  | 'start'
  | 'skip'
  /** Starts when the runs have ended, in place of a firing that waits already. */
  | 'wait'
  /** The same, and the runs are cancelled. */
  | 'cancel_and_wait';

export function overlapStep(overlap: Overlap, running: number): OverlapStep {
  if (running === 0) return 'start';
  switch (overlap) {
    case 'allow':
      return 'start';
    case 'skip':
      return 'skip';
    case 'queue':
      return 'wait';
    case 'cancel_running':
      return 'cancel_and_wait';
    default:
      return impossible(overlap);
  }
}
