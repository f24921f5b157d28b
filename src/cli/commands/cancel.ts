import { openEngine } from '../../app/engine.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { CommandContext } from '../console/context.ts';
import { document } from '../../views/json.ts';
import { exitCodeAtSignal } from '../console/signals.ts';
import { projectRoot } from '../console/state.ts';
import { runIn } from './resume.ts';

export interface CancelOptions {
  readonly kill?: boolean;
  readonly reason?: string;
  /** False with --no-wait. */
  readonly wait: boolean;
}

/** Cancels a run as Ctrl-C does in its own terminal: the first request gives its tasks the grace period, the second kills them. */
export async function cancel(
  context: CommandContext,
  { kill, reason, wait }: CancelOptions,
  word: string,
): Promise<ExitCode> {
  const { terminal, json, caller } = context;
  await using engine = openEngine({ project: projectRoot(context), caller, jobs: 1 });
  const runId = runIn(engine, word);
  const request = {
    how: kill === true ? 'kill' : 'drain',
    reason: reason === undefined ? 'cancelled by dp cancel' : `cancelled: ${reason}`,
  } as const;
  const done = engine.cancel(runId, request);
  if (done === 'asked' && !wait) {
    terminal.out(json ? document({ runId, status: 'running' }) : `asked run ${runId} to end\n`);
    return EXIT.ok;
  }
  const stop = new AbortController();
  const stopped = exitCodeAtSignal(stop);
  if (done === 'asked') terminal.err(`asked run ${runId} to end; waiting until it has\n`);
  const status = await engine.endOf(runId, stop.signal);
  if (status === undefined) return await stopped;
  // The process of the run died before it saw the request.
  if (status === 'crashed') engine.cancel(runId, request);
  const ended = status === 'crashed' ? 'cancelled' : status;
  terminal.out(json ? document({ runId, status: ended }) : `run ${runId}: ${ended}\n`);
  return EXIT.ok;
}
