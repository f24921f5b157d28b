import { prepareAgain, resumeRun } from '../../app.ts';
import { openForWriting, findRun } from '../state.ts';
import { Fault, type ExitCode } from '../../model/fault.ts';
import type { CommandContext } from '../context.ts';
import { seeThrough } from '../see-through.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { runOptionsFrom, type ExecutingOptions } from './run.ts';

/** What succeeded and is still there stays; the rest runs, with the parameters and the selection of then. */
export async function resume(
  context: CommandContext,
  options: ExecutingOptions,
  word: string,
): Promise<ExitCode> {
  const { terminal, place } = context;
  const state = openForWriting(context);
  let prepared;
  let running;
  try {
    const runId = findRun(state, word);
    if (state.store.get(runId)?.status === 'succeeded') {
      throw new Fault('DP6008', `run ${runId} has succeeded; there is nothing to go on with`);
    }
    prepared = await prepareAgain(runId, state, place);
    terminal.err(diagnosticsText(prepared.plan.warnings, terminal));
    running = await resumeRun(runId, state, prepared, runOptionsFrom(options, place.env), place);
  } catch (error) {
    state[Symbol.dispose]();
    throw error;
  }
  return seeThrough(context, prepared.plan, running);
}
