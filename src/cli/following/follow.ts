/** Follows a run of any process until it has ended. */
import { followRun } from '../../app/running/follow.ts';
import type { State } from '../../app/project/state.ts';
import type { RecordedEvent } from '../../model/event.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { RunId } from '../../model/ids.ts';
import { hasEnded } from '../../model/run.ts';
import type { CommandContext } from '../console/context.ts';
import { exitCodeAtSignal } from '../console/signals.ts';

export interface Follower {
  event(event: RecordedEvent, seq: number): Promise<void> | void;
  /** Called at each look, after every event on record; the last time when the run has ended. */
  upToDate?(hasEnded: boolean): Promise<void>;
}

/** Ctrl-C ends the following and does not affect the run. */
export async function follow(
  { terminal, caller: { clock } }: CommandContext,
  { store }: State,
  runId: RunId,
  follower: Follower,
): Promise<ExitCode> {
  const stop = new AbortController();
  const stopped = exitCodeAtSignal(stop);
  for await (const told of followRun({ store, clock }, runId, { signal: stop.signal })) {
    if (told.is === 'event') await follower.event(told.event, told.seq);
    else {
      const { status } = told;
      await follower.upToDate?.(status === undefined || hasEnded(status));
      if (status === 'crashed')
        terminal.err(`the process of run ${runId} is gone; to resume it: dp resume ${runId}\n`);
    }
  }
  return stop.signal.aborted ? stopped : EXIT.ok;
}
