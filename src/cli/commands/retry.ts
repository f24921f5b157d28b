import type { ExitCode } from '../console/exit-codes.ts';
import type { TaskName } from '../../model/ids.ts';
import type { CommandContext } from '../console/context.ts';
import { projectRoot } from '../console/state.ts';
import { reportingFaults } from '../reporters/delivery.ts';
import { openReporters } from '../reporters/open.ts';
import { runToEnd } from '../reporters/run-to-end.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { runIn } from './resume.ts';
import { engineFor, policyFrom, type ExecutingOptions } from './run.ts';

export interface RetryCommandOptions extends ExecutingOptions {
  readonly from?: readonly TaskName[];
  readonly failed?: boolean;
}

/** Starts a new run that repeats an earlier one and is linked to it. */
export async function retry(
  context: CommandContext,
  options: RetryCommandOptions,
  word: string,
): Promise<ExitCode> {
  const { terminal } = context;
  const isPartly = options.failed === true || options.from !== undefined;
  const again = isPartly ? new Set(options.from) : 'all';
  const reporters = await openReporters(context, options.reporter);
  await using engine = engineFor(context, options, projectRoot(context));
  const { plan, running } = await reportingFaults(reporters, async () => {
    const retried = await engine.retry(runIn(engine, word), again, policyFrom(options));
    terminal.err(diagnosticsText(retried.plan.warnings, terminal));
    return retried;
  });
  return await runToEnd(plan, running, reporters);
}
