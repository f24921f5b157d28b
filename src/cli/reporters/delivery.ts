/** A running run comes in; its reporters get its events. */
import type { Running } from '../../app/running/run.ts';
import type { RecordedEvent } from '../../model/event.ts';
import type { Plan } from '../../model/plan.ts';
import { faultOf } from '../console/fault-of.ts';
import type { Reporter } from './reporter.ts';

/** Settles when the reporter has had the run's last event. Has to be called when the run has just begun. */
export function deliver(reporter: Reporter, plan: Plan, running: Running): Promise<void> {
  // Subscribes at once: events published before that would be missed.
  const events = eventsFor(reporter, running);
  return tell(reporter, plan, running, events);
}

async function tell(
  reporter: Reporter,
  plan: Plan,
  running: Running,
  events: AsyncIterable<RecordedEvent> | undefined,
): Promise<void> {
  await reporter.begun?.(plan, running);
  if (events === undefined) return;
  for await (const event of events) {
    const delivered = reporter.event?.(event);
    if (delivered !== undefined) await delivered;
  }
}

function eventsFor(
  { wants }: Reporter,
  running: Running,
): AsyncIterable<RecordedEvent> | undefined {
  if (wants === undefined) return undefined;
  return wants === 'latest'
    ? running.follow('run.**', { capacity: 65_536, overflow: 'drop_oldest' })
    : everyEvent(running, running.follow('**', { capacity: 1, overflow: 'drop_oldest' }));
}

/** Reads the events from the store, which keeps them anyway, so that a slow reader costs no memory; `news` only says that there are more. */
async function* everyEvent(
  { state, runId }: Running,
  news: AsyncIterable<RecordedEvent>,
): AsyncGenerator<RecordedEvent> {
  let seen = 0;
  const added = function* (): Generator<RecordedEvent> {
    for (const { seq, event } of state.store.read(runId, seen)) {
      seen = seq;
      yield event;
    }
  };
  for await (const _ of news) yield* added();
  yield* added();
}

/** Reports an error that ends the work early to the reporters, and throws it again. */
export async function reportingFaults<T>(
  reporters: readonly Reporter[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await reportFault(reporters, error);
    throw error;
  }
}

export async function reportFault(reporters: readonly Reporter[], error: unknown): Promise<void> {
  const { diagnostics } = faultOf(error);
  for (const reporter of reporters) await reporter.faulted?.(diagnostics);
}
