/** A prepared plan comes in; its outcomes in simulated histories go out. No task runs, and nothing is written. */
import { Tally, type Findings } from '../../simulation/findings.ts';
import { INVARIANTS } from '../../simulation/invariants.ts';
import { drawScenario, type SimulatedPipeline } from '../../simulation/scenario.ts';
import { shrink, trialText, tryOut, type Trial } from '../../simulation/trial.ts';
import type { Milliseconds, TaskName } from '../../model/ids.ts';
import { readRun } from '../project/find-run.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { openState } from '../project/state.ts';
import type { Prepared } from '../planning/prepared.ts';

export interface Simulated {
  readonly findings: Findings;
  /** The invariants that were checked in every history. */
  readonly invariants: readonly string[];
  /** The run whose durations were used; undefined when they were drawn at random. */
  readonly durationsFrom: string | undefined;
  /** The first history that broke an invariant, shrunk as far as possible. */
  readonly broken: Broken | undefined;
}

export interface Broken {
  readonly seed: number;
  readonly violations: Trial['violations'];
  /** The history as text, line by line. */
  readonly history: string;
}

export async function simulatePlan(
  prepared: Prepared,
  options: { readonly histories: number; readonly seed: number },
  caller: CallerContext,
): Promise<Simulated> {
  const past = lastRun(prepared, caller);
  const subject = subjectFor(prepared, past?.durations);
  const tally = new Tally();
  let broken: Broken | undefined;
  for (let i = 0; i < options.histories && broken === undefined; i++) {
    const trial = await tryOut(drawScenario(options.seed + i, subject));
    tally.add(trial);
    if (trial.violations.length > 0) broken = brokenBy(await shrink(trial));
  }
  const { findings } = tally;
  return { findings, invariants: INVARIANTS, durationsFrom: past?.runId, broken };
}

function brokenBy(trial: Trial): Broken {
  const { scenario, violations } = trial;
  return { seed: scenario.seed, violations, history: trialText(trial) };
}

function subjectFor(
  { plan, expressions }: Prepared,
  durations?: ReadonlyMap<TaskName, Milliseconds>,
): SimulatedPipeline {
  const known = [...(durations?.values() ?? [])].reduce((sum, ms) => sum + ms, 0);
  return {
    plan: () => plan,
    evaluate: (source, scope) => expressions.evaluate(source, scope),
    given: [...plan.given.values()].map(({ output }) => output),
    ...(durations === undefined ? {} : { durations, spanMs: known }),
  };
}

/** Returns the durations of the tasks in the pipeline's last run that succeeded. */
function lastRun(
  { loaded, plan }: Prepared,
  caller: CallerContext,
): { runId: string; durations: ReadonlyMap<TaskName, Milliseconds> } | undefined {
  using state = openState(loaded.root, caller, { readOnly: true });
  const [last] = state.store.list({ pipeline: plan.pipeline, status: 'succeeded', limit: 1 });
  if (last === undefined) return undefined;
  const { runId } = last;
  const durations = new Map<TaskName, Milliseconds>();
  for (const [name, { durationMs }] of readRun(state, runId).tasks)
    if (durationMs !== undefined) durations.set(name, durationMs);
  return { runId, durations };
}
