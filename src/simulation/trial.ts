/** A scenario comes in; its histories and the invariants they broke go out, and the smallest scenario found that breaks the same. */
import { factLine, type RunHistory } from './history.ts';
import { violationsOf, type Violation } from './invariants.ts';
import type { Scenario } from './scenario.ts';
import { simulate } from './simulation.ts';

export interface Trial {
  readonly scenario: Scenario;
  readonly runs: readonly RunHistory[];
  readonly violations: readonly Violation[];
}

export async function tryOut(scenario: Scenario): Promise<Trial> {
  const runs = await simulate(scenario);
  return { scenario, runs, violations: runs.flatMap(violationsOf) };
}

/** Greatest number of scenarios tried while shrinking. */
const MOST_TRIALS = 300;

/** Removes what is not needed to break the first invariant that the trial broke. */
export async function shrink(trial: Trial): Promise<Trial> {
  const broken = trial.violations[0]?.invariant;
  let smallest = trial;
  let left = MOST_TRIALS;
  for (let hasShrunk = true; hasShrunk;) {
    hasShrunk = false;
    for (const scenario of smallerThan(smallest.scenario)) {
      if (left-- <= 0) return smallest;
      const smaller = await tryOut(scenario);
      if (!smaller.violations.some(({ invariant }) => invariant === broken)) continue;
      smallest = smaller;
      hasShrunk = true;
      break;
    }
  }
  return smallest;
}

/** Yields scenarios that each have one thing less. */
function* smallerThan(scenario: Scenario): Generator<Scenario> {
  const { subject, faults, settings, mishaps } = scenario;
  if (scenario.runsTwice) yield { ...scenario, runsTwice: false };
  for (const fault of faults)
    yield { ...scenario, faults: faults.filter((other) => other !== fault) };
  for (const { name } of subject.plan({ cached: () => undefined, last: () => undefined }).tasks) {
    const smaller = subject.without?.(name);
    if (smaller !== undefined) yield { ...scenario, subject: smaller };
  }
  if (scenario.sendsAhead) yield { ...scenario, sendsAhead: false };
  for (const kind of ['failing', 'crashing', 'hanging'] as const)
    if (mishaps[kind] > 0) yield { ...scenario, mishaps: { ...mishaps, [kind]: 0 } };
  if (settings.byLevel) yield { ...scenario, settings: { ...settings, byLevel: false } };
  if (settings.jobs > 1) yield { ...scenario, settings: { ...settings, jobs: 1 } };
}

/** Returns a report: the scenario, what happened, and the broken invariants. */
export function trialText({ scenario, runs, violations }: Trial): string {
  const { seed, settings, mishaps, faults, sendsAhead } = scenario;
  const lines = [`seed ${seed}`, `  ${JSON.stringify({ ...settings, ...mishaps, sendsAhead })}`];
  for (const fault of faults) lines.push(`  ${JSON.stringify(fault)}`);
  for (const { runId, facts } of runs) {
    const plan = facts.find((fact) => fact.is === 'held')?.plan;
    lines.push('', runId);
    for (const { name, dependsOn, settings: task, map, work } of plan?.tasks ?? []) {
      const needs = dependsOn.map(({ task: upstream }) => upstream).join(' ');
      const { maxRetries, timeout, failSafe, pool, triggerRule, cache } = task;
      const told = { maxRetries, timeout, failSafe, pool, triggerRule, cache: cache !== false };
      const kind = `${work.is}${map === undefined ? '' : ', mapped'}`;
      lines.push(`  ${name} (${kind}) ← ${needs || 'nothing'}  ${JSON.stringify(told)}`);
    }
    // Published events repeat the stored ones.
    for (const fact of facts) if (fact.is !== 'told') lines.push(factLine(fact));
  }
  lines.push('', ...violations.map(({ invariant, message }) => `broken: ${invariant}: ${message}`));
  return `${lines.join('\n')}\n`;
}
