/** Decides what becomes of a tick while earlier runs of its trigger have not ended. Pure. */
import { impossible } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import type { OverlapPolicy } from '../../model/pipeline.ts';
import type { TickVerdict } from '../../model/tick.ts';
import type { OpenRun } from '../../store/tick-ledger.ts';

export type OverlapDecision =
  | {
      readonly is: 'fire';
      /** Waiting runs that are cancelled because this one replaces them. */
      readonly supersedes: readonly RunId[];
      /** Runs that are cancelled; this one begins when they have ended. */
      readonly cancels: readonly RunId[];
    }
  | { readonly is: 'let_go'; readonly verdict: TickVerdict };

/** `open` is in the order in which the runs were queued. */
export function overlapDecision(policy: OverlapPolicy, open: readonly OpenRun[]): OverlapDecision {
  const [first] = open;
  const last = open.at(-1);
  if (first === undefined || last === undefined) return FIRE;
  switch (policy.mode) {
    case 'allow':
      return FIRE;
    case 'skip':
      return letGo({ outcome: 'skipped_overlap', open: first.runId });
    case 'queue':
      // The oldest has begun or begins next; the others wait.
      return open.length <= policy.max ? FIRE : letGo({ outcome: 'coalesced', runId: last.runId });
    case 'cancel_running':
      return {
        is: 'fire',
        supersedes: open.filter((run) => !run.hasBegun).map(({ runId }) => runId),
        cancels: open.filter((run) => run.hasBegun).map(({ runId }) => runId),
      };
    default:
      return impossible(policy);
  }
}

const FIRE: OverlapDecision = { is: 'fire', supersedes: [], cancels: [] };

const letGo = (verdict: TickVerdict): OverlapDecision => ({ is: 'let_go', verdict });
