import type { Engine } from '../../app/engine.ts';
import type { ExitCode } from '../console/exit-codes.ts';
import type { RunId } from '../../model/ids.ts';
import type { CommandContext } from '../console/context.ts';
import { reportingFaults } from '../reporters/delivery.ts';
import { openReporters } from '../reporters/open.ts';
import { runToEnd } from '../reporters/run-to-end.ts';
import { findRun } from '../../app/project/find-run.ts';
import { projectRoot } from '../console/state.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { engineFor, policyFrom, type ExecutingOptions } from './run.ts';

/** Resumes a run with its own parameters and selection. Results that are still there are kept, and the rest runs. */
export async function resume(
  context: CommandContext,
  options: ExecutingOptions,
  word: string,
): Promise<ExitCode> {
  const { terminal } = context;
  const reporters = await openReporters(context, options.reporter);
  await using engine = engineFor(context, options, projectRoot(context));
  const { plan, running } = await reportingFaults(reporters, async () => {
    const resumed = await engine.resume(runIn(engine, word), policyFrom(options));
    terminal.err(diagnosticsText(resumed.plan.warnings, terminal));
    return resumed;
  });
  return await runToEnd(plan, running, reporters);
}

/** Returns the id of the run that a word of the command line names. */
export function runIn(engine: Engine, word: string): RunId {
  using state = engine.reading();
  return findRun(state, word);
}
