/** Checks a run's events against each other and against its summary. Problems come out as sentences; an empty list means none. */
import { EventOrder } from './event-order.ts';
import { isUnknownTopic } from './event-shape.ts';
import { isLifecycle, type RecordedEvent, type RunTotals } from './event.ts';
import type { RunId } from './ids.ts';
import {
  applyEvent,
  emptyRun,
  hasEnded,
  isFinished,
  type RunRecord,
  type RunStatus,
  type TaskStatus,
} from './run.ts';

interface SequencedEvent {
  readonly seq: number;
  readonly event: RecordedEvent;
}

/** `events` come in recorded order, one at a time; `summary` is the status that the run is listed with, if it is. */
export function checkRun(
  runId: RunId,
  events: Iterable<SequencedEvent>,
  summary?: RunStatus,
): string[] {
  const wrong: string[] = [];
  const run = emptyRun(runId);
  const order = new EventOrder();
  const ended = new Map<string, string>();
  let last = 0;
  let elements = 0;
  let totals: RunTotals | undefined;
  for (const { seq, event } of events) {
    if (seq !== last + 1) wrong.push(missing(last + 1, seq - 1));
    last = seq;
    if (isLifecycle(event) && event.topic === 'run.task.expanded') elements += event.data.elements;
    const impossible =
      elements > MOST_UNHEARD_ELEMENTS + seq
        ? `event ${seq} says that there are ${elements} elements, of which nothing is on record`
        : impossibleNext(order, run, { seq, event });
    if (impossible !== undefined) return [...wrong, impossible];
    applyEvent(run, event);
    if (isLifecycle(event) && 'totals' in event.data) ({ totals } = event.data);
    const attempt = endedBy(event);
    if (attempt === undefined) continue;
    const before = ended.get(attempt);
    if (before !== undefined && !isLateTimeout(before, event.topic))
      wrong.push(`${attempt} has more than one outcome`);
    ended.set(attempt, event.topic);
  }
  if (summary !== undefined && run.status !== summary)
    wrong.push(`it is listed as ${summary}, and its events say ${run.status}`);
  if (hasEnded(run.status)) wrong.push(...wrongAtTheEnd(run, totals));
  return wrong;
}

/** Limit of the elements that a crashed run may have expanded without recording them; a forged count must not cause a long loop. */
const MOST_UNHEARD_ELEMENTS = 1_000_000;

/** Returns why no event from this one on can be trusted. */
function impossibleNext(
  order: EventOrder,
  run: RunRecord,
  { seq, event }: SequencedEvent,
): string | undefined {
  if (isUnknownTopic(event.topic))
    return `event ${seq} has the topic "${event.topic}", which is unknown`;
  return isLifecycle(event) ? order.problem(run, event) : undefined;
}

function wrongAtTheEnd({ tasks, hooks }: RunRecord, totals: RunTotals | undefined): string[] {
  const open = [...tasks].filter(([, { status }]) => !isFinished(status));
  const wrong = open.map(([name]) => `it has ended, and task "${name}" has no outcome`);
  const statuses = [...tasks].filter(([name]) => !hooks.has(name)).map(([, { status }]) => status);
  for (const [of, total] of Object.entries<number>({ ...totals })) {
    const count = statuses.filter((status) => TOTAL_OF[status] === of).length;
    if (count !== total) wrong.push(`its end counts ${total} ${of}, and its tasks are ${count}`);
  }
  return wrong;
}

/** The run total that counts tasks of each status. */
export const TOTAL_OF: Partial<Record<TaskStatus, keyof RunTotals>> = {
  succeeded: 'succeeded',
  cached: 'cached',
  failed: 'failed',
  timed_out: 'failed',
  skipped: 'skipped',
  upstream_failed: 'upstreamFailed',
  cancelled: 'cancelled',
};

function missing(first: number, last: number): string {
  return first === last ? `event ${first} is missing` : `events ${first} to ${last} are missing`;
}

/** Earlier versions named the last attempt when the total timeout of a task expired before its next one. */
const isLateTimeout = (before: string, topic: string): boolean =>
  before === 'run.task.retrying' && topic === 'run.task.timed_out';

/** Returns the attempt whose outcome the event reports; undefined for an event that is not about an attempt. */
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
