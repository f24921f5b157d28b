import { usualJobs } from '../../app/project/jobs.ts';
import { beginThreads, startRun, type RunOptions, type Threads } from '../../app/running/run.ts';
import { load, onlyPipeline } from '../../app/planning/load.ts';
import { prepare } from '../../app/planning/prepare.ts';
import type { Sample } from '../../model/plan.ts';
import type { ExitCode } from '../console/exit-codes.ts';
import type { CommandContext, SelectingOptions } from '../console/context.ts';
import { planOptionsFrom } from '../console/plan-options.ts';
import type { ReporterChoice } from '../reporters/choice.ts';
import { tellingFaults } from '../reporters/hearing.ts';
import { openReporters } from '../reporters/open.ts';
import { seeThrough } from '../reporters/see-through.ts';
import { diagnosticsText } from '../text/diagnostics.ts';

/** How a run goes, whoever begins it. */
export interface ExecutingOptions {
  readonly jobs?: number;
  readonly byLevel?: boolean;
  readonly onFailure: 'continue' | 'stop';
  readonly cache: 'rw' | 'r' | 'w' | 'off';
  readonly grace: number;
  readonly durability: 'run' | 'task';
  readonly reporter: readonly ReporterChoice[];
}

export interface RunCommandOptions extends SelectingOptions, ExecutingOptions {
  /** True: the sample that nothing else is said of. */
  readonly verifyCache?: true | Sample;
}

/** A tenth of what would be reused. */
const USUAL_SAMPLE: Sample = { share: 0.1 };

export async function run(
  context: CommandContext,
  options: RunCommandOptions,
  file: string | undefined,
  tasks: readonly string[],
): Promise<ExitCode> {
  const { terminal, place } = context;
  const { verifyCache, strict } = options;
  const verify =
    verifyCache === undefined ? {} : { verify: verifyCache === true ? USUAL_SAMPLE : verifyCache };
  const reporters = await openReporters(context, options.reporter);
  const { plan, running } = await tellingFaults(reporters, async () => {
    const loaded = await load(file ?? (await onlyPipeline(place)), place);
    const how = runOptionsFrom(options, place.env);
    const threads = beginThreads(loaded, how.jobs, place);
    return orClose(threads, async () => {
      // Who reads no stored results runs every task.
      const asked = how.cache.read ? options : { ...options, force: true as const };
      const prepared = await prepare(loaded, planOptionsFrom(asked, tasks), place);
      terminal.err(diagnosticsText(prepared.plan.warnings, terminal));
      return {
        plan: prepared.plan,
        running: startRun(prepared, { ...how, threads, ...verify }, place),
      };
    });
  });
  return seeThrough(plan, running, reporters, { strict: strict === true });
}

/** Threads are of no use when there is nothing to run. */
async function orClose<T>(threads: Threads, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await threads.close();
    throw error;
  }
}

export function runOptionsFrom(
  options: ExecutingOptions,
  env: CommandContext['place']['env'],
): RunOptions {
  return {
    jobs: options.jobs ?? usualJobs({ env }),
    byLevel: options.byLevel === true,
    onFailure: options.onFailure,
    graceMs: options.grace * 1000,
    cache: { read: options.cache.includes('r'), write: options.cache.includes('w') },
    durability: options.durability,
  };
}
