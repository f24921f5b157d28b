import { describe, expect, test } from 'vitest';
import { recordedText } from '../../src/model/recorded-reason.ts';
import {
  ruleSkip,
  verdictOf,
  type Ending,
  type UpstreamCounts,
  type Verdict,
  TRIGGER_RULES,
  type TriggerRule,
} from '../../src/model/trigger-rule.ts';

const OUTCOMES = ['succeeded', 'failed', 'forgiven', 'skipped', 'upstream_failed'] as const;
type Outcome = (typeof OUTCOMES)[number];
type Upstream = Outcome | 'pending';

/** Each rule in plain words, for upstreams that have all ended. */
const RULES: Readonly<Record<TriggerRule, (ends: readonly Outcome[]) => Verdict>> = {
  all_success: (ends) =>
    ends.every(isFine) ? 'run' : ends.some(isBroken) ? 'upstream_failed' : 'skip',
  all_done: () => 'run',
  always: () => 'run',
  all_failed: (ends) => (ends.every(hasFailed) ? 'run' : 'skip'),
  one_failed: (ends) => (ends.some(hasFailed) ? 'run' : 'skip'),
  one_success: (ends) =>
    ends.includes('succeeded') ? 'run' : ends.some(hasFailed) ? 'upstream_failed' : 'skip',
  none_failed: (ends) => (ends.some(isBroken) ? 'upstream_failed' : 'run'),
  none_failed_min_one_success: (ends) =>
    ends.some(isBroken) ? 'upstream_failed' : ends.some(isFine) ? 'run' : 'skip',
};

const isBroken = (end: Outcome): boolean => end === 'failed' || end === 'upstream_failed';
const isFine = (end: Outcome): boolean => end === 'succeeded' || end === 'forgiven';
/** A failure that is forgiven is a failure still, where failures are asked for. */
const hasFailed = (end: Outcome): boolean => isBroken(end) || end === 'forgiven';

const WAIT_FOR_ALL: readonly TriggerRule[] = ['all_done', 'always'];

/** By definition: wait exactly while two ways for the open ones to end lead to different verdicts. */
function verdictByDefinition(rule: TriggerRule, upstreams: readonly Upstream[]): Verdict {
  if (upstreams.length === 0) return 'run';
  if (WAIT_FOR_ALL.includes(rule) && upstreams.includes('pending')) return 'wait';
  const verdicts = new Set(completions(upstreams).map(RULES[rule]));
  const [first] = verdicts;
  return verdicts.size === 1 ? first! : 'wait';
}

function completions([first, ...others]: readonly Upstream[]): Outcome[][] {
  if (first === undefined) return [[]];
  const firsts = first === 'pending' ? OUTCOMES : [first];
  return firsts.flatMap((end) => completions(others).map((rest) => [end, ...rest]));
}

/** Every mix of up to `size` upstreams. */
function mixes(size: number): Upstream[][] {
  if (size === 0) return [[]];
  const upstreams: readonly Upstream[] = [...OUTCOMES, 'pending'];
  const smaller = mixes(size - 1);
  const full = smaller
    .filter((mix) => mix.length === size - 1)
    .flatMap((mix) => upstreams.map((one) => [...mix, one]));
  return [...smaller, ...full];
}

function counts(upstreams: readonly Upstream[]): UpstreamCounts {
  const count = (wanted: Upstream): number => upstreams.filter((one) => one === wanted).length;
  return {
    total: upstreams.length,
    succeeded: count('succeeded'),
    failed: count('failed'),
    forgiven: count('forgiven'),
    skipped: count('skipped'),
    upstreamFailed: count('upstream_failed'),
  };
}

const verdict = (rule: TriggerRule, ...upstreams: Upstream[]): Verdict =>
  verdictOf(rule, counts(upstreams));

describe.for(TRIGGER_RULES)('%s', (rule) => {
  test('answers every mix of up to three upstreams as its definition does', () => {
    const cases = mixes(3);
    expect(cases).toHaveLength(1 + 6 + 36 + 216);
    const wrong = cases
      .map((upstreams) => ({
        upstreams: upstreams.join(' '),
        found: verdict(rule, ...upstreams),
        expected: verdictByDefinition(rule, upstreams),
      }))
      .filter(({ found, expected }) => found !== expected);
    expect(wrong).toEqual([]);
  });
});

test('a task that waits for nothing runs, whatever its rule', () => {
  for (const rule of TRIGGER_RULES) expect(verdict(rule)).toBe('run');
});

test('rules about one upstream do not wait for the others', () => {
  expect(verdict('one_success', 'succeeded', 'pending')).toBe('run');
  expect(verdict('one_failed', 'failed', 'pending')).toBe('run');
});

test('rules about the end of all do wait for the others', () => {
  expect(verdict('all_done', 'succeeded', 'pending')).toBe('wait');
  expect(verdict('always', 'failed', 'pending')).toBe('wait');
});

test('a forgiven failure starts tasks that need success, and tasks that wait for failure', () => {
  expect(verdict('all_success', 'forgiven', 'succeeded')).toBe('run');
  expect(verdict('none_failed', 'forgiven')).toBe('run');
  expect(verdict('one_failed', 'forgiven', 'pending')).toBe('run');
  expect(verdict('all_failed', 'forgiven')).toBe('run');
});

test('a skip is passed on, unless something broke', () => {
  expect(verdict('all_success', 'skipped', 'succeeded')).toBe('skip');
  expect(verdict('all_success', 'skipped', 'pending')).toBe('wait');
  expect(verdict('all_success', 'skipped', 'failed')).toBe('upstream_failed');
});

test.each<[TriggerRule, Record<string, Ending>, string]>([
  ['all_success', { a: 'skipped', b: 'succeeded' }, 'a skipped'],
  ['all_success', { a: 'skipped', b: 'skipped' }, 'a, b skipped'],
  ['all_failed', { a: 'failed', b: 'succeeded' }, 'all_failed: b succeeded'],
  ['all_failed', { a: 'failed', b: 'skipped' }, 'all_failed: b skipped'],
  ['one_success', { a: 'skipped', b: 'skipped' }, 'a, b skipped'],
  ['one_failed', { a: 'succeeded', b: 'succeeded' }, 'one_failed: none of a, b failed'],
  ['one_failed', { a: 'succeeded', b: 'skipped' }, 'one_failed: none of a, b failed'],
  ['one_failed', { a: 'succeeded' }, 'one_failed: a did not fail'],
  ['none_failed_min_one_success', { a: 'skipped' }, 'a skipped'],
])('%s skips after %o because "%s"', (rule, ended, sentence) => {
  expect(wordsAfter(rule, new Map(Object.entries(ended)))).toBe(sentence);
});

function wordsAfter(rule: TriggerRule, ended: ReadonlyMap<string, Ending>): string {
  return recordedText({ is: 'trigger_rule', ...ruleSkip(rule, ended) });
}

test('a long list of upstreams is cut', () => {
  const ended = new Map(Array.from({ length: 9 }, (_, i) => [`t${i}`, 'succeeded'] as const));
  expect(wordsAfter('one_failed', ended)).toBe(
    'one_failed: none of t0, t1, t2, t3, t4, t5 and 3 more failed',
  );
});
