import { usualJobs } from '../../app/project/jobs.ts';
import {
  jobsWithin,
  meansOfThisProcess,
  type JobLimit,
  type Means,
} from '../../app/project/job-limits.ts';
import { openEngine, type Engine, type RunPolicy } from '../../app/engine.ts';
import { load, onlyPipeline } from '../../app/planning/load.ts';
import { prepare } from '../../app/planning/prepare.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Fault } from '../../model/fault.ts';
import type { Sample } from '../../model/plan.ts';
import type { ExitCode } from '../console/exit-codes.ts';
import type { RunId } from '../../model/ids.ts';
import type { CommandContext, SelectingOptions } from '../console/context.ts';
import { planOptionsFrom } from '../console/plan-options.ts';
import { exitCodeAtSignal } from '../console/signals.ts';
import type { ReporterChoice } from '../reporters/choice.ts';
import { reportingFaults } from '../reporters/delivery.ts';
import { openReporters } from '../reporters/open.ts';
import { runToEnd } from '../reporters/run-to-end.ts';
import { diagnosticsText } from '../text/diagnostics.ts';

/** Options of every command that executes runs. */
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
  /** True stands for the usual sample. */
  readonly verifyCache?: true | Sample;
  readonly runId?: RunId;
}

/** A tenth of the results that would be reused. */
const USUAL_SAMPLE: Sample = { share: 0.1 };

export async function run(
  context: CommandContext,
  options: RunCommandOptions,
  file: string | undefined,
  tasks: readonly string[],
): Promise<ExitCode> {
  const { terminal, caller } = context;
  const { verifyCache, strict, runId } = options;
  const reporters = await openReporters(context, options.reporter);
  const loaded = await reportingFaults(reporters, async () =>
    load(file ?? (await onlyPipeline(caller)), caller),
  );
  await using engine = await reportingFaults(reporters, async () =>
    engineFor(context, options, loaded.root),
  );
  const { prepared, started } = await reportingFaults(reporters, async () => {
    engine.warmUp(loaded);
    const policy = policyFrom(options);
    // Without stored results every task runs.
    const asked = policy.cache.read ? options : { ...options, force: true as const };
    const ready = await prepare(loaded, await planOptionsFrom(asked, tasks, caller), caller);
    terminal.err(diagnosticsText(ready.plan.warnings, terminal));
    const verify = verifyCache === true ? USUAL_SAMPLE : verifyCache;
    return { prepared: ready, started: engine.start(ready, { ...policy, runId, verify }) };
  });
  const { plan } = prepared;
  if (started.is === 'begun')
    return await runToEnd(plan, started.running, reporters, { strict: strict === true });
  const stop = new AbortController();
  const stopped = exitCodeAtSignal(stop);
  terminal.err(
    `run ${started.runId} was started before: dp reports it and does not start it again\n`,
  );
  const ended = await reportingFaults(reporters, () =>
    engine.outcomeOf(started.runId, prepared, stop.signal),
  );
  return await (ended === undefined ? stopped : runToEnd(plan, ended, reporters));
}

/** Opens the engine of a project as the options ask. The caller disposes of it. */
export function engineFor(
  { caller, terminal }: CommandContext,
  { jobs, durability }: ExecutingOptions,
  project: string,
): Engine {
  const means = meansOfThisProcess();
  const limit = jobsWithin(jobs ?? usualJobs(project, caller), means);
  if (jobs !== undefined && limit.by !== undefined)
    terminal.err(diagnosticsText([fewerJobs(limit.jobs, limit.by, means)], terminal));
  const report = ({ diagnostics }: Fault): void =>
    terminal.err(diagnosticsText(diagnostics.map(asWarning), terminal));
  return openEngine({ project, caller, jobs: limit.jobs, durability, startedBy: 'cli', report });
}

const asWarning = (diagnostic: Diagnostic): Diagnostic => ({ ...diagnostic, severity: 'warning' });

function fewerJobs(most: number, by: NonNullable<JobLimit['by']>, means: Means): Diagnostic {
  const { what, hint } = SCARCE[by];
  const message = `at most ${most} tasks run at once, as this process may have ${means[by]} ${what}`;
  return { code: 'DP8002', severity: 'warning', message, hint };
}

const SCARCE = {
  openFiles: { what: 'open files', hint: 'raise the limit of open files (`ulimit -n`)' },
  memoryMiB: {
    what: 'MiB of memory',
    hint: 'ask for fewer (`-j`), or give the machine or container more memory',
  },
  mappings: {
    what: 'memory mappings',
    hint: 'raise the limit of memory mappings (`sysctl vm.max_map_count`)',
  },
} as const;

export function policyFrom({ byLevel, onFailure, grace, cache }: ExecutingOptions): RunPolicy {
  return {
    byLevel: byLevel === true,
    onFailure,
    graceMs: grace * 1000,
    cache: { read: cache.includes('r'), write: cache.includes('w') },
  };
}
