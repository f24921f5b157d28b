/** A run as it goes on in another process: what is on record comes first, then what is added, until the run has ended. */
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { State } from '../../app/project/state.ts';
import type { RecordedEvent } from '../../model/event.ts';
import { EXIT, type ExitCode } from '../console/exit-codes.ts';
import type { RunId } from '../../model/ids.ts';
import type { CommandContext } from '../console/context.ts';
import { exitCodeAtSignal } from '../console/signals.ts';

/** Quick enough for the eye; a look at the store takes a fraction of a millisecond. */
const LOOK_EVERY_MS = 100;
/** Events told in a row; signals are heard in between. */
const EVENTS_AT_ONCE = 500;

export interface Follower {
  event(event: RecordedEvent, seq: number): Promise<void> | void;
  /** Everything on record has been told. Called at each look, the last one when the run has ended. */
  upToDate?(hasEnded: boolean): Promise<void>;
}

/** Ctrl-C ends the following and leaves the run alone. */
export async function follow(
  { terminal }: CommandContext,
  { store }: State,
  runId: RunId,
  follower: Follower,
): Promise<ExitCode> {
  const stop = new AbortController();
  const stopped = exitCodeAtSignal(stop);
  let seen = 0;
  let told = 0;
  while (!stop.signal.aborted) {
    // Before the events: when this says that the run has ended, its last event is on record.
    const status = store.get(runId)?.status;
    const hasEnded = status !== 'running' && status !== 'queued';
    for (const { seq, event } of store.read(runId, seen)) {
      await follower.event(event, seq);
      seen = seq;
      if (++told % EVENTS_AT_ONCE === 0) await setImmediate();
      if (stop.signal.aborted) return stopped;
    }
    await follower.upToDate?.(hasEnded);
    if (hasEnded) {
      if (status === 'crashed')
        terminal.err(`the process of run ${runId} is gone; to go on: dp resume ${runId}\n`);
      return EXIT.ok;
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  return stopped;
}
