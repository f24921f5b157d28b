import { setTimeout as sleep } from 'node:timers/promises';
import { recordedEvents } from '../../app/project/state.ts';
import { Fault } from '../../model/fault.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../console/exit-codes.ts';
import type { RunId } from '../../model/ids.ts';
import type { CommandContext } from '../console/context.ts';
import { openForReading } from '../console/state.ts';
import { diagnosticsText } from '../text/diagnostics.ts';
import { resume } from './resume.ts';
import type { ExecutingOptions } from './run.ts';

export interface RecoverOptions extends ExecutingOptions {
  /** Seconds between two looks; absent: one look. */
  readonly watch?: number;
}

/** A run that took this many processes with it is left for a person to look at. */
const MOST_RESUMPTIONS = 5;

/**
 * Goes on with every run whose process is gone, oldest first, one at a time; another `dp recover` may take its share.
 * What cannot go on (changed code, say) is told once. The exit code is the worst of them.
 */
export async function recover(context: CommandContext, options: RecoverOptions): Promise<ExitCode> {
  /** Those that cannot go on. */
  const left = new Set<RunId>();
  let worst: ExitCode = EXIT.ok;
  for (;;) {
    const runId = oldestCrashed(context, left);
    if (runId !== undefined) {
      const code = await goOn(context, options, runId, left);
      if (code === EXIT.interrupted || code === EXIT.terminated) return code;
      worst = worse(worst, code);
    } else if (options.watch === undefined) return worst;
    else await sleep(options.watch * 1_000);
  }
}

function oldestCrashed(context: CommandContext, left: ReadonlySet<RunId>): RunId | undefined {
  using state = openForReading(context);
  const crashed = state.store.list({ status: 'crashed', isOwn: true });
  return crashed.findLast(({ runId }) => !left.has(runId))?.runId;
}

async function goOn(
  context: CommandContext,
  options: ExecutingOptions,
  runId: RunId,
  left: Set<RunId>,
): Promise<ExitCode> {
  try {
    refuseHopeless(context, runId);
    context.terminal.err(`going on with run ${runId}\n`);
    return await resume(context, options, runId);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    // Another process took it up in the meantime.
    if (error.code === 'DP6004') return EXIT.ok;
    left.add(runId);
    context.terminal.err(diagnosticsText(error.diagnostics, context.terminal));
    return exitCodeOf(error);
  }
}

function refuseHopeless(context: CommandContext, runId: RunId): void {
  using state = openForReading(context);
  let resumptions = 0;
  for (const { topic } of recordedEvents(state, runId)) if (topic === 'run.resumed') resumptions++;
  if (resumptions < MOST_RESUMPTIONS) return;
  throw new Fault(
    'DP6020',
    `run ${runId} was taken up ${resumptions} times, and crashed each time`,
    {
      hint: `see what it was doing: dp show ${runId}; go on all the same: dp resume ${runId}`,
    },
  );
}

/** A failed task is less bad than a run that could not go on. */
const worse = (one: ExitCode, other: ExitCode): ExitCode => (other > one ? other : one);
