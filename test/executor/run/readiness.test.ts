import { describe, expect, test } from 'vitest';
import type { EarlierWork } from '../../../src/executor/run/earlier-work.ts';
import { turnOf, type Turn } from '../../../src/executor/run/readiness.ts';
import type { TaskSkipReason } from '../../../src/model/recorded-reason.ts';
import type { Decision } from '../../../src/model/plan.ts';
import type { ResultRef } from '../../../src/model/result.ts';

const OUTPUT: ResultRef = { is: 'value', run: 'r', task: 'a', id: '1', bytes: 1, digest: 'd' };

const RUN: Decision = { action: 'run', reason: { is: 'never_succeeded' } };
const SKIP: Decision = { action: 'skip', reason: { is: 'condition_false', when: 'false' } };
const CACHED: Decision = {
  action: 'cached',
  reason: { is: 'unchanged', run: 'run-0' },
  output: OUTPUT,
  fromRun: 'run-0',
};
const UNFIT: TaskSkipReason = { is: 'hook_unfit', hook: 'on_failure', status: 'succeeded' };

const earlier = (isReused: boolean): EarlierWork => ({
  outputs: new Map([['a', OUTPUT]]),
  reused: new Set(isReused ? ['a'] : []),
  attempts: new Map(),
  elements: new Map(),
  waits: new Map(),
});

const turn = (
  decision: Decision,
  before?: EarlierWork,
  unfit?: TaskSkipReason,
  isFresh = true,
): Turn | undefined =>
  turnOf({ name: 'a', key: 'key', decision }, { earlier: before, unfit, isFresh });

describe('the turn of a task', () => {
  test('comes to nothing that is known before, when it runs', () => {
    expect(turn(RUN)).toBeUndefined();
  });

  test('comes to what the plan has decided', () => {
    expect(turn(SKIP)).toEqual({ is: 'skip', reason: { is: 'condition_false', when: 'false' } });
    expect(turn(CACHED)).toEqual({ is: 'reuse', output: OUTPUT, fromRun: 'run-0', key: 'key' });
  });

  test('is open again once a task of the run has begun, when the result depends on what it read', () => {
    const read: Decision = { ...CACHED, lookAgain: 'later' };
    expect(turn(read)).toMatchObject({ is: 'reuse' });
    expect(turn(read, undefined, undefined, false)).toBeUndefined();
    expect(turn(CACHED, undefined, undefined, false)).toMatchObject({ is: 'reuse' });
    expect(turn({ ...CACHED, lookAgain: 'always' })).toBeUndefined();
  });

  test('keeps what an earlier holder of the run finished, whatever the plan says', () => {
    const kept = { is: 'keep', output: OUTPUT, status: 'succeeded' };
    for (const decision of [RUN, SKIP, CACHED])
      expect(turn(decision, earlier(false))).toEqual(kept);
    expect(turn(RUN, earlier(true), UNFIT)).toEqual({ ...kept, status: 'cached' });
  });

  test('skips a hook that is for another ending of the run', () => {
    expect(turn(RUN, undefined, UNFIT)).toEqual({ is: 'skip', reason: UNFIT });
  });
});
