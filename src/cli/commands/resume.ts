import { prepareAgain, resumeRun } from '../../app/running/resume.ts';
import type { Running } from '../../app/running/run.ts';
import { findRun } from '../../app/project/find-run.ts';
import { openForWriting } from '../console/state.ts';
import { Fault } from '../../model/fault.ts';
import type { ExitCode } from '../console/exit-codes.ts';
import type { Plan } from '../../model/plan.ts';
import type { CommandContext } from '../console/context.ts';
import { tellingFaults } from '../reporters/hearing.ts';
import { openReporters } from '../reporters/open.ts';
import { seeThrough } from '../reporters/see-through.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { runOptionsFrom, type ExecutingOptions } from './run.ts';

/** What succeeded and is still there stays; the rest runs, with the parameters and the selection of then. */
export async function resume(
  context: CommandContext,
  options: ExecutingOptions,
  word: string,
): Promise<ExitCode> {
  const reporters = await openReporters(context, options.reporter);
  const { plan, running } = await tellingFaults(reporters, () => goOn(context, options, word));
  return seeThrough(plan, running, reporters);
}

async function goOn(
  context: CommandContext,
  options: ExecutingOptions,
  word: string,
): Promise<{ readonly plan: Plan; readonly running: Running }> {
  const { terminal, place } = context;
  const state = openForWriting(context);
  try {
    const runId = findRun(state, word);
    if (state.store.get(runId)?.status === 'succeeded') {
      throw new Fault('DP6008', `run ${runId} has succeeded; there is nothing to go on with`);
    }
    const how = runOptionsFrom(options, place.env);
    const prepared = await prepareAgain(runId, how, state, place);
    terminal.err(diagnosticsText(prepared.plan.warnings, terminal));
    const running = await resumeRun(runId, state, prepared, how, place);
    return { plan: prepared.plan, running };
  } catch (error) {
    state[Symbol.dispose]();
    throw error;
  }
}
