import { load, onlyPipeline } from '../../app/planning/load.ts';
import { prepare } from '../../app/planning/prepare.ts';
import { simulatePlan, type Simulated } from '../../app/running/simulate.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext, SelectingOptions } from '../console/context.ts';
import { planOptionsFrom } from '../console/plan-options.ts';
import { document } from '../../views/json.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { durationText } from '../../views/amounts.ts';

export interface SimulateOptions extends SelectingOptions {
  readonly histories: number;
  readonly seed?: number;
}

/** Simulates runs of a pipeline. No task runs: the seed decides what every attempt does. */
export async function simulate(
  context: CommandContext,
  options: SimulateOptions,
  file: string | undefined,
  tasks: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller, json } = context;
  const loaded = await load(file ?? (await onlyPipeline(caller)), caller);
  const asked = await planOptionsFrom({ ...options, force: true }, tasks, caller);
  const prepared = await prepare(loaded, asked, caller);
  terminal.err(diagnosticsText(prepared.plan.warnings, terminal));
  const { histories, seed = Math.floor(Math.random() * 2 ** 31) } = options;
  const simulated = await simulatePlan(prepared, { histories, seed }, caller);
  const { pipeline, planId } = prepared.plan;
  if (json) terminal.out(document({ pipeline, planId, seed, ...simulatedJson(simulated) }));
  else terminal.out(simulatedText(simulated, seed));
  return simulated.broken === undefined ? EXIT.ok : EXIT.taskFailed;
}

function simulatedJson({ findings, invariants, durationsFrom, broken }: Simulated): object {
  return {
    ...findings,
    invariants,
    durationsFrom: durationsFrom ?? null,
    assumptions: ASSUMPTIONS,
    violations: broken?.violations ?? [],
    ...(broken === undefined ? {} : { brokenSeed: broken.seed, history: broken.history }),
  };
}

const ASSUMPTIONS = [
  'attempts fail, crash or hang at random; each history draws the rates, up to 40, 20 and 20 %, and three in ten histories have none',
  'in most histories processes are killed, stopped, or run out of disk, power is cut, results are lost, the run is cancelled, or the clock jumps',
  'conditions and lists that read results are drawn at random; three in four conditions are true, and a list has up to 5 elements',
  'a run that does not succeed is resumed twice, without any of these faults',
];

type CountedOutcome = keyof Simulated['findings']['outcomes'];

const OUTCOMES: Readonly<Record<CountedOutcome, string>> = {
  succeeded: 'succeeded without a resume',
  succeeded_resumed: 'succeeded after a resume',
  failed: 'failed',
  cancelled: 'cancelled',
  given_up: 'did not end: the disk or the last process was lost',
};

const REASONS_SHOWN = 10;

function simulatedText(simulated: Simulated, seed: number): string {
  const { findings, invariants, durationsFrom, broken } = simulated;
  const { histories, outcomes, reasons, tookMs, attempts, misfortunes } = findings;
  if (broken !== undefined) {
    return `${broken.history}\nan invariant does not hold, which is a bug in dp. To reproduce it: dp simulate --seed ${broken.seed} --histories 1\n`;
  }
  const lines = [
    `${histories} histories with ${attempts} attempts and ${misfortunes} lost processes: all ${invariants.length} invariants held (seed ${seed})`,
    '',
    'how the runs ended',
    ...Object.entries(OUTCOMES).map(([outcome, text]) =>
      row(outcomes[outcome as CountedOutcome], text),
    ),
  ];
  if (reasons.length > 0) {
    lines.push('', 'tasks that failed a run');
    for (const { task, runs } of reasons.slice(0, REASONS_SHOWN)) lines.push(row(runs, task));
  }
  if (tookMs !== undefined) {
    const { median, most } = tookMs;
    lines.push(
      '',
      `a run that succeeded without a resume took ${durationText(median)} (median), at most ${durationText(most)}`,
    );
  }
  const durations =
    durationsFrom === undefined
      ? 'durations are drawn at random: no earlier run succeeded'
      : `durations are those of run ${durationsFrom}, varied by up to a half`;
  lines.push('', 'assumptions', ...[durations, ...ASSUMPTIONS].map((text) => `  ${text}`));
  return `${lines.join('\n')}\n`;
}

const row = (count: number, text: string): string => `${String(count).padStart(8)}  ${text}`;
