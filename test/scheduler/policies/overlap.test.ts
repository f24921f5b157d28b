import { expect, test } from 'vitest';
import type { OverlapPolicy } from '../../../src/model/pipeline.ts';
import { overlapDecision } from '../../../src/scheduler/policies/overlap.ts';
import type { OpenRun } from '../../../src/store/tick-ledger.ts';

const begun = (runId: string): OpenRun => ({ runId, hasBegun: true });
const waits = (runId: string): OpenRun => ({ runId, hasBegun: false });
const fire = (supersedes: string[] = [], cancels: string[] = []) => ({
  is: 'fire',
  supersedes,
  cancels,
});
const letGo = (verdict: object) => ({ is: 'let_go', verdict });

test.for<[policy: OverlapPolicy, open: OpenRun[], step: object]>([
  [{ mode: 'skip' }, [], fire()],
  [{ mode: 'skip' }, [begun('a')], letGo({ outcome: 'skipped_overlap', open: 'a' })],
  [{ mode: 'skip' }, [waits('a')], letGo({ outcome: 'skipped_overlap', open: 'a' })],
  [{ mode: 'allow' }, [begun('a'), begun('b')], fire()],
  [{ mode: 'queue', max: 1 }, [begun('a')], fire()],
  [{ mode: 'queue', max: 1 }, [waits('a')], fire()],
  [
    { mode: 'queue', max: 1 },
    [begun('a'), waits('b')],
    letGo({ outcome: 'coalesced', runId: 'b' }),
  ],
  [{ mode: 'queue', max: 2 }, [begun('a'), waits('b')], fire()],
  [
    { mode: 'queue', max: 2 },
    [waits('a'), waits('b'), waits('c')],
    letGo({ outcome: 'coalesced', runId: 'c' }),
  ],
  [{ mode: 'cancel_running' }, [], fire()],
  [{ mode: 'cancel_running' }, [begun('a')], fire([], ['a'])],
  [{ mode: 'cancel_running' }, [begun('a'), waits('b')], fire(['b'], ['a'])],
])('%j, beside %j', ([policy, open, step]) => {
  expect(overlapDecision(policy, open)).toEqual(step);
});
