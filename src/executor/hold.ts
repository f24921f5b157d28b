/** Acquires a run: creates a new one, or takes over one whose process is gone. Returns what its holder needs to know. */
import type { Owner, RecordedEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { isInstant, type RunId } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import { foldRun } from '../model/run.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { Clock } from '../lib/clock.ts';
import type { NewRun, RunStore } from '../store/run-store.ts';
import type { EarlierWork } from './run/earlier-work.ts';
import { earlierWork } from './run/resumption.ts';

/** A run that this process holds: no other process executes it. */
export interface RunHold {
  readonly runId: RunId;
  readonly owner: Owner;
  /** Number of this holder of the run, from 1; it fences off the results of earlier holders. */
  readonly epoch: number;
  /** The work that earlier holders of the run finished. */
  readonly earlier?: EarlierWork;
}

export interface HoldPorts {
  readonly store: Pick<RunStore, 'begin' | 'acquire' | 'read' | 'release'>;
  readonly io: Pick<IoManager, 'has'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly owner: Owner;
}

/** Records a new run. Throws DP6004 when the id has been used before, DP8006 when the clock shows a time that no record can hold. */
export function beginRun(
  { store, clock, owner }: Omit<HoldPorts, 'io'>,
  { pipeline, planId, file }: Plan,
  run: Pick<NewRun, 'runId' | 'request' | 'parent' | 'startedBy'>,
): RunHold {
  const startedAt = clock.now();
  if (!isInstant(startedAt))
    throw new Fault(
      'DP8006',
      'the clock of this machine shows a time before 1970, or after the year 9999',
    );
  const epoch = store.begin({ ...run, pipeline, planId, file, startedAt, owner });
  return { runId: run.runId, owner, epoch };
}

/** Takes over a run whose process is gone. Throws DP6004, which names the holder, when that process still runs. */
export async function takeUpRun(
  { store, io, owner }: Omit<HoldPorts, 'clock'>,
  runId: RunId,
): Promise<RunHold> {
  const epoch = store.acquire(runId, owner);
  try {
    const earlier = await earlierWork(foldRun(runId, eventsOf(store, runId)), (ref) => io.has(ref));
    return { runId, owner, epoch, ...(earlier && { earlier }) };
  } catch (error) {
    store.release(runId);
    throw error;
  }
}

function* eventsOf(store: Pick<RunStore, 'read'>, runId: RunId): Generator<RecordedEvent> {
  for (const { event } of store.read(runId)) yield event;
}
