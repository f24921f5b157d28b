/** The input of a simulation, as plain data: the same scenario gives the same history. */
import type { Expressions } from '../model/expression.ts';
import { impossible } from '../model/fault.ts';
import type { Milliseconds, TaskName } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import type { History as Past } from '../planner/planner.ts';
import type { Mishaps } from './behaviour.ts';
import { Chance } from './chance.ts';
import type { RunSettings } from './history.ts';

export interface Scenario {
  readonly seed: number;
  readonly subject: SimulatedPipeline;
  readonly settings: RunSettings;
  readonly mishaps: Mishaps;
  /** Whether attempts are sent to a thread before it is free. */
  readonly sendsAhead: boolean;
  readonly faults: readonly WorldFault[];
  /** A second run of the same plan follows, which finds the results of the first. */
  readonly runsTwice: boolean;
}

/** The pipeline that a simulation runs. */
export interface SimulatedPipeline {
  /** Makes the plan for each holder, as `dp resume` does. */
  plan(past: Past): Plan;
  readonly evaluate: Expressions['evaluate'];
  /** Durations of an earlier run; they are drawn for tasks that have none. */
  readonly durations?: ReadonlyMap<TaskName, Milliseconds>;
  /** About how long a run takes; faults happen within this time. Absent: a few seconds. */
  readonly spanMs?: Milliseconds;
  /** Results that exist from the beginning. */
  readonly given?: readonly ResultRef[];
  /** Returns the subject without one task; undefined when it cannot be left out. */
  readonly without?: (task: TaskName) => SimulatedPipeline | undefined;
}

/** A fault that hits a holder from outside; `holder` counts from 1, over all runs of the history. */
export type WorldFault = { readonly holder: number } &
  /** The process dies at its nth call to the outside: by SIGKILL, or by a power cut, which loses what was not flushed. */
  (
    | { readonly is: 'kill' | 'power_cut'; readonly atPoint: number }
    /** The process is stopped, is taken for dead, and continues later without knowing. */
    | { readonly is: 'stop'; readonly at: Milliseconds; readonly forMs: Milliseconds }
    | { readonly is: 'disk_full'; readonly atWrite: number }
    | { readonly is: 'cancel'; readonly how: 'drain' | 'kill'; readonly at: Milliseconds }
    | { readonly is: 'clock_jump'; readonly at: Milliseconds; readonly by: Milliseconds }
    /** Results are removed or altered before this holder takes hold of the run. */
    | { readonly is: 'damage'; readonly share: number }
  );

const KINDS = ['kill', 'power_cut', 'stop', 'disk_full', 'cancel', 'clock_jump', 'damage'] as const;
const MOST_FAULTS = 5;
const DAY_MS = 86_400_000;
const SPAN_MS = 5_000;

/** Draws a scenario. Half of all histories have no faults from outside, so that ordinary runs are simulated too. */
export function drawScenario(seed: number, subject: SimulatedPipeline): Scenario {
  const chance = new Chance(seed);
  const isCalm = chance.happens(0.3, 'calm');
  const rate = (what: string, most: number): number => (isCalm ? 0 : chance.draw(what) * most);
  const faults = Array.from(
    { length: Math.max(0, chance.between(-3, MOST_FAULTS, 'faults')) },
    (_, i) => drawFault(chance, i, subject.spanMs ?? SPAN_MS),
  );
  return {
    seed,
    subject,
    settings: {
      jobs: chance.between(1, 4, 'jobs'),
      byLevel: chance.happens(0.2, 'by level'),
      onFailure: chance.happens(0.2, 'on failure') ? 'stop' : 'continue',
      graceMs: chance.one([0, 50, 1_000], 'grace'),
      cache: { read: chance.happens(0.8, 'reads'), write: chance.happens(0.8, 'writes') },
    },
    mishaps: {
      failing: rate('failing', 0.4),
      crashing: rate('crashing', 0.2),
      hanging: rate('hanging', 0.2),
    },
    sendsAhead: chance.happens(0.5, 'sends ahead'),
    faults,
    runsTwice: chance.happens(0.2, 'twice'),
  };
}

function drawFault(chance: Chance, i: number, spanMs: Milliseconds): WorldFault {
  const name = `fault ${i}`;
  const holder = chance.between(1, i + 1, `${name} holder`);
  const at = Math.round(chance.draw(`${name} at`) ** 2 * spanMs);
  const is = chance.one(KINDS, `${name} is`);
  switch (is) {
    case 'kill':
    case 'power_cut':
      return { is, holder, atPoint: 1 + Math.floor(chance.draw(`${name} point`) ** 2 * 120) };
    case 'stop':
      return { is, holder, at, forMs: chance.between(1, spanMs, `${name} for`) };
    case 'disk_full':
      return { is, holder, atWrite: chance.between(1, 20, `${name} write`) };
    case 'cancel':
      return { is, holder, at, how: chance.one(['drain', 'kill'], `${name} how`) };
    case 'clock_jump':
      return { is, holder, at, by: chance.between(-DAY_MS, DAY_MS, `${name} by`) };
    case 'damage':
      return { is, holder, share: chance.draw(`${name} share`) };
    default:
      return impossible(is);
  }
}
