/** Holds a run's events against each other and against its summary. What is wrong comes out as sentences; none: all is well. */
import { isLifecycle, type RecordedEvent } from './event.ts';
import type { RunId } from './ids.ts';
import { applyEvent, emptyRun, type RunStatus } from './run.ts';

/** `events` in the order they are on record, one at a time; `summary` is the status that the run is listed with. */
export function checkRun(
  runId: RunId,
  events: Iterable<{ readonly seq: number; readonly event: RecordedEvent }>,
  summary: RunStatus,
): string[] {
  const wrong: string[] = [];
  const run = emptyRun(runId);
  const ended = new Set<string>();
  let last = 0;
  for (const { seq, event } of events) {
    if (seq !== last + 1) wrong.push(missing(last + 1, seq - 1));
    last = seq;
    applyEvent(run, event);
    const attempt = endedBy(event);
    if (attempt === undefined) continue;
    if (ended.has(attempt)) wrong.push(`${attempt} has more than one outcome`);
    ended.add(attempt);
  }
  if (run.status !== summary)
    wrong.push(`it is listed as ${summary}, and its events say ${run.status}`);
  return wrong;
}

function missing(first: number, last: number): string {
  return first === last ? `event ${first} is missing` : `events ${first} to ${last} are missing`;
}

/** The attempt whose outcome the event tells; what befell a task without one of its tries is none. */
function endedBy(event: RecordedEvent): string | undefined {
  if (!isLifecycle(event) || event.attempt === undefined) return undefined;
  switch (event.topic) {
    case 'run.task.succeeded':
    case 'run.task.failed':
    case 'run.task.timed_out':
    case 'run.task.retrying': {
      const element = event.element === undefined ? '' : `[${event.element}]`;
      return `attempt ${event.attempt} of task "${event.task}${element}"`;
    }
    default:
      return undefined;
  }
}
