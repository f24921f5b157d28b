import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { INVARIANTS, violationsOf } from '../../src/simulation/invariants.ts';
import { factLine, type Fact, type RunHistory } from '../../src/simulation/history.ts';
import { verdict, type UpstreamState } from '../../src/simulation/oracle.ts';
import { randomSubject } from './random-pipeline.ts';
import { drawScenario, type Scenario } from '../../src/simulation/scenario.ts';
import { simulate } from '../../src/simulation/simulation.ts';
import { shrink, trialText, tryOut } from '../../src/simulation/trial.ts';
import { verdictOf, TRIGGER_RULES } from '../../src/model/trigger-rule.ts';

const drawn = (seed: number): Scenario => drawScenario(seed, randomSubject(seed));

test('every invariant holds in hundreds of histories', async () => {
  const broken: string[] = [];
  for (let seed = 1; seed <= 300; seed++) {
    const { violations } = await tryOut(drawn(seed));
    for (const { invariant, message } of violations)
      broken.push(`${seed}: ${invariant}: ${message}`);
  }
  expect(broken).toEqual([]);
});

/** Each was found by the simulation, and broke what its name says does not happen any more. */
test.each([
  ['elements of a mapped task are counted on when a run goes on', 7],
  ['what stands in for a kept task stays cached in the totals', 65],
  ['a task that fails after a resume shows no result of before', 36],
  ['a run that is killed before it says anything begins when it is resumed', 4],
  ['a holder that was taken for dead takes no slot in the name of the next', 301_375],
  ['what was done stays done when a resumed run is cancelled before its turn', 669],
])('%s', async (_name, seed) => {
  const { violations } = await tryOut(drawn(seed));
  expect(violations).toEqual([]);
});

test('the same seed gives the same history, step by step', async () => {
  expect(await told(11)).toEqual(await told(11));
  expect(await told(11)).not.toEqual(await told(12));
});

test('histories see everything that can befall a run', async () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 150; seed++)
    for (const { facts } of await simulate(drawn(seed)))
      for (const fact of facts) seen.add(kindOf(fact));
  expect([...seen].sort()).toEqual(
    expect.arrayContaining([
      'answered cancelled',
      'answered crashed',
      'answered failed',
      'answered succeeded',
      'answered timed_out',
      'ended cancelled',
      'ended failed',
      'ended succeeded',
      'gave_up',
      'placed ahead',
      'refused',
      'stopped',
      'taken_back',
      'vanished',
    ]),
  );
});

test('the oracle and the engine agree on every trigger rule', () => {
  const states: readonly UpstreamState[] = [
    'open',
    'succeeded',
    'failed',
    'forgiven',
    'skipped',
    'upstream_failed',
  ];
  const words = { wait: 'wait', run: 'run', skip: 'skipped', upstream_failed: 'upstream_failed' };
  fc.assert(
    fc.property(
      fc.constantFrom(...TRIGGER_RULES),
      fc.array(fc.constantFrom(...states), { maxLength: 6 }),
      (rule, upstreams) => {
        const count = (state: UpstreamState): number =>
          upstreams.filter((one) => one === state).length;
        const counted = verdictOf(rule, {
          total: upstreams.length,
          succeeded: count('succeeded'),
          failed: count('failed'),
          forgiven: count('forgiven'),
          skipped: count('skipped'),
          upstreamFailed: count('upstream_failed'),
        });
        expect(verdict(rule, upstreams)).toBe(words[counted]);
      },
    ),
    { numRuns: 2_000 },
  );
});

describe('an invariant', () => {
  test('has a name of its own', () => {
    expect(new Set(INVARIANTS).size).toBe(INVARIANTS.length);
    expect(INVARIANTS.length).toBeGreaterThan(15);
  });

  test.each<[string, (history: RunHistory) => RunHistory]>([
    ['a run ends', without(({ is }) => is === 'ended')],
    [
      'an event is told after it is stored',
      (history) => changed(history, 'told', { isStored: false }),
    ],
    [
      'nothing is placed where there is no room',
      (history) => changed(history, 'placed', { room: 'none' }),
    ],
    ['an attempt is on record before it is sent', without(({ is }) => is === 'stored')],
    [
      'a run that ended is safe on the disk',
      (history) => changed(history, 'ended', { isRecordSafe: false }),
    ],
    [
      'an attempt has one outcome at most',
      ({ record, ...rest }) => ({ ...rest, record: [...record, ...record] }),
    ],
    ['only the holder stores', (history) => changed(history, 'stored', { holder: 99 })],
    ['an answer comes to its event', without(({ is }) => is === 'stored')],
    ['a unit is tried once at a time', placedTwice],
  ])('%s: a history in which it does not is found out', async (invariant, spoil) => {
    const [history] = await simulate({ ...drawn(2), ...CALM });
    expect(violationsOf(history!)).toEqual([]);
    const found = violationsOf(spoil(history!)).map(({ invariant: name }) => name);
    expect(found).toContain(invariant);
  });
});

test('a broken history is reported as small as it can be made, with the way to see it again', async () => {
  const trial = await tryOut(drawn(3));
  const wrong = { ...trial, violations: [{ invariant: 'pigs fly', message: 'they do not' }] };
  const text = trialText(await shrink(wrong));
  expect(text).toContain('seed 3');
  expect(text).toContain('broken: pigs fly: they do not');
});

async function told(seed: number): Promise<string[]> {
  const runs = await simulate(drawn(seed));
  return runs.flatMap(({ facts }) => facts.map(factLine));
}

/** Nothing goes wrong, and the run succeeds. */
const CALM = {
  faults: [],
  mishaps: { failing: 0, crashing: 0, hanging: 0 },
  runsTwice: false,
} as const;

function without(isMeant: (fact: Fact) => boolean): (history: RunHistory) => RunHistory {
  return (history) => ({ ...history, facts: history.facts.filter((fact) => !isMeant(fact)) });
}

function placedTwice(history: RunHistory): RunHistory {
  return { ...history, facts: history.facts.flatMap(twice) };
}

const twice = (fact: Fact): Fact[] => (fact.is === 'placed' ? [fact, fact] : [fact]);

function changed(history: RunHistory, is: Fact['is'], change: object): RunHistory {
  const spoilt = (fact: Fact): Fact => (fact.is === is ? { ...fact, ...change } : fact);
  return { ...history, facts: history.facts.map(spoilt) };
}

function kindOf(fact: Fact): string {
  switch (fact.is) {
    case 'answered':
      return `answered ${fact.outcome.is === 'failed' ? fact.outcome.failure.reason : fact.outcome.is}`;
    case 'ended':
      return `ended ${fact.ending.status}`;
    case 'placed':
      return `placed ${fact.room}`;
    default:
      return fact.is;
  }
}
