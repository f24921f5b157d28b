/** Runs whose process is gone come in and are resumed, oldest first; the resumed run, or why it could not be resumed, goes out. */
import { Fault } from '../../model/fault.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import { type Clock, delay } from '../../lib/clock.ts';
import { recordedEvents, type State } from '../project/state.ts';

export type Recovered<Resumed> =
  | { readonly is: 'resumed'; readonly runId: RunId; readonly resumed: Resumed }
  | Left;

/** The run cannot be resumed, for example because its code changed or its record is damaged, and is not tried again. */
interface Left {
  readonly is: 'left';
  readonly runId: RunId;
  readonly fault: Fault;
}

export interface RecoverPorts<Resumed> {
  /** Opens the state for reading. */
  readonly reading: () => State;
  readonly resume: (runId: RunId) => Promise<Resumed>;
  readonly clock: Clock;
}

/** A run that crashed after so many resumes may take its process down, and is left for a person to look at. */
const MOST_RESUMPTIONS = 5;

/** Resumes one run at a time; other processes may do the same at once. `everyMs` is the interval of looks; absent: until none is left. */
export async function* recoverRuns<Resumed>(
  { reading, resume, clock }: RecoverPorts<Resumed>,
  everyMs?: Milliseconds,
): AsyncGenerator<Recovered<Resumed>, void> {
  const left = new Set<RunId>();
  for (;;) {
    const { runId, damaged } = oldestCrashed(reading, left);
    for (const one of damaged) left.add(one.runId);
    yield* damaged;
    if (runId !== undefined) {
      const recovered = await recovery(runId, { reading, resume });
      if (recovered?.is === 'left') left.add(runId);
      if (recovered !== undefined) yield recovered;
    } else if (everyMs === undefined) return;
    else await delay(clock, everyMs);
  }
}

interface Look {
  /** The run to resume next; undefined when there is none. */
  readonly runId: RunId | undefined;
  /** Runs whose record does not say whether they have crashed. */
  readonly damaged: readonly Left[];
}

function oldestCrashed(reading: () => State, left: ReadonlySet<RunId>): Look {
  using state = reading();
  const damaged: Left[] = [];
  const crashed = state.store.list({
    status: 'crashed',
    isOwn: true,
    hearDamage: (fault, runId) => {
      if (!left.has(runId)) damaged.push({ is: 'left', runId, fault });
    },
  });
  return { runId: crashed.findLast(({ runId }) => !left.has(runId))?.runId, damaged };
}

/** Returns undefined when another process resumed the run in the meantime. */
async function recovery<Resumed>(
  runId: RunId,
  { reading, resume }: Omit<RecoverPorts<Resumed>, 'clock'>,
): Promise<Recovered<Resumed> | undefined> {
  try {
    refuseHopeless(reading, runId);
    return { is: 'resumed', runId, resumed: await resume(runId) };
  } catch (fault) {
    if (!(fault instanceof Fault)) throw fault;
    return fault.code === 'DP6004' ? undefined : { is: 'left', runId, fault };
  }
}

function refuseHopeless(reading: () => State, runId: RunId): void {
  using state = reading();
  let resumptions = 0;
  for (const { topic } of recordedEvents(state, runId)) if (topic === 'run.resumed') resumptions++;
  if (resumptions < MOST_RESUMPTIONS) return;
  throw new Fault(
    'DP6020',
    `run ${runId} was resumed ${resumptions} times, and crashed each time`,
    {
      hint: [
        { do: 'showRun', run: runId },
        { do: 'resumeRun', run: runId },
      ],
    },
  );
}
