import { prepareRetry } from '../../app/running/retry.ts';
import type { Again } from '../../model/plan.ts';
import { startRun } from '../../app/running/run.ts';
import type { Prepared } from '../../app/planning/prepared.ts';
import type { ExitCode } from '../console/exit-codes.ts';
import type { TaskName } from '../../model/ids.ts';
import type { CommandContext } from '../console/context.ts';
import { tellingFaults } from '../reporters/hearing.ts';
import { openReporters } from '../reporters/open.ts';
import { seeThrough } from '../reporters/see-through.ts';
import { findRun } from '../../app/project/find-run.ts';
import { openForReading } from '../console/state.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { runOptionsFrom, type ExecutingOptions } from './run.ts';

export interface RetryOptions extends ExecutingOptions {
  readonly from?: readonly TaskName[];
  readonly failed?: boolean;
}

/** A new run, linked to the one it does over. */
export async function retry(
  context: CommandContext,
  options: RetryOptions,
  word: string,
): Promise<ExitCode> {
  const { terminal, place } = context;
  const isPartly = options.failed === true || options.from !== undefined;
  const again = isPartly ? new Set(options.from) : 'all';
  const reporters = await openReporters(context, options.reporter);
  const { plan, running } = await tellingFaults(reporters, async () => {
    const prepared = await planned(context, word, again);
    terminal.err(diagnosticsText(prepared.plan.warnings, terminal));
    const how = runOptionsFrom(options, place.env);
    return { plan: prepared.plan, running: startRun(prepared, how, place) };
  });
  return seeThrough(plan, running, reporters);
}

async function planned(context: CommandContext, word: string, again: Again): Promise<Prepared> {
  using state = openForReading(context);
  return await prepareRetry(findRun(state, word), again, state, context.place);
}
