/** The timeline of a run: a fold over its events into the spans in which each attempt waited and ran. */
import { isLifecycle, type RecordedEvent, type RunEvent } from '../model/event.ts';
import type { Instant, TaskName } from '../model/ids.ts';

export type SpanEnd = 'succeeded' | 'failed' | 'timed_out' | 'crashed' | 'cancelled' | 'open';

export type TimelineSpan =
  /** The task was ready and waited for a slot. */
  | { readonly is: 'queued'; readonly from: Instant; readonly to: Instant }
  /** The task waited for its next attempt. */
  | { readonly is: 'waiting'; readonly from: Instant; readonly to: Instant }
  | {
      readonly is: 'running';
      /** Absent for a mapped task, whose span covers all its elements. */
      readonly attempt?: number;
      readonly from: Instant;
      readonly to: Instant;
      readonly end: SpanEnd;
    };

export interface TimelineLane {
  readonly spans: readonly TimelineSpan[];
  /** Lanes of a mapped task's elements, by index; undefined for an element without events. */
  readonly elements: readonly (TimelineLane | undefined)[];
}

/** The time in which one process held the run: from its start or resume to its end, or to the last event of that process. */
export interface HeldPeriod {
  readonly from: Instant;
  readonly to: Instant;
}

export interface Timeline {
  readonly lanes: ReadonlyMap<TaskName, TimelineLane>;
  readonly heldPeriods: readonly HeldPeriod[];
}

type Open =
  | { readonly is: 'queued' | 'waiting'; readonly from: Instant; readonly dueAt?: Instant }
  | { readonly is: 'running'; readonly attempt?: number; readonly from: Instant };

class GrowingLane implements TimelineLane {
  readonly spans: TimelineSpan[] = [];
  readonly elements: GrowingLane[] = [];
  open: Open | undefined;

  begin(open: Open): void {
    this.open = open;
  }

  end(now: Instant, end: SpanEnd): void {
    const { open } = this;
    this.open = undefined;
    if (open === undefined) return;
    if (open.is === 'running') this.spans.push({ ...open, to: now, end });
    else if (open.dueAt === undefined || open.dueAt >= now)
      this.spans.push({ is: open.is, from: open.from, to: now });
    else {
      // The attempt was due, and no slot was free.
      this.spans.push({ is: 'waiting', from: open.from, to: open.dueAt });
      this.spans.push({ is: 'queued', from: open.dueAt, to: now });
    }
  }
}

export class TimelineFold {
  readonly #lanes = new Map<TaskName, GrowingLane>();
  readonly #heldPeriods: { from: Instant; to: Instant }[] = [];
  readonly #open = new Set<GrowingLane>();

  apply(event: RecordedEvent): void {
    if (!isLifecycle(event)) return;
    if (event.topic === 'run.started' || event.topic === 'run.resumed') {
      const last = this.#heldPeriods.at(-1);
      if (last !== undefined) this.#closeAll(last.to, 'crashed');
      this.#heldPeriods.push({ from: event.time, to: event.time });
      return;
    }
    const period = this.#heldPeriods.at(-1);
    if (period !== undefined) period.to = Math.max(period.to, event.time);
    if (event.task !== undefined) this.#applyTo(this.#laneOf(event.task, event.element), event);
    else if (/^run\.[a-z]+$/.test(event.topic)) this.#closeAll(event.time, 'cancelled');
  }

  /** Spans that have not ended stay open until `now`, by default until the last event. */
  timeline(now?: Instant): Timeline {
    const last = this.#heldPeriods.at(-1);
    if (last !== undefined && now !== undefined && this.#open.size > 0)
      last.to = Math.max(last.to, now);
    this.#closeAll(last?.to ?? 0, 'open');
    return { lanes: this.#lanes, heldPeriods: this.#heldPeriods };
  }

  #applyTo(lane: GrowingLane, event: RunEvent): void {
    const { time } = event;
    switch (event.topic) {
      case 'run.task.progress':
        return;
      case 'run.task.ready':
        lane.end(time, 'cancelled');
        this.#begin(lane, { is: 'queued', from: time });
        return;
      case 'run.task.expanded':
        lane.end(time, 'cancelled');
        this.#begin(lane, { is: 'running', from: time });
        return;
      case 'run.task.started':
        lane.end(time, 'cancelled');
        this.#begin(lane, { is: 'running', attempt: event.attempt ?? 1, from: time });
        return;
      case 'run.task.retrying':
        lane.end(time, event.data.reason === 'upstream_failed' ? 'cancelled' : event.data.reason);
        this.#begin(lane, { is: 'waiting', from: time, dueAt: event.data.dueAt });
        return;
      default:
        lane.end(time, endOf(event));
        this.#open.delete(lane);
    }
  }

  #begin(lane: GrowingLane, open: Open): void {
    lane.begin(open);
    this.#open.add(lane);
  }

  #closeAll(now: Instant, end: SpanEnd): void {
    for (const lane of this.#open) lane.end(now, end);
    this.#open.clear();
  }

  #laneOf(task: TaskName, element: number | undefined): GrowingLane {
    let lane = this.#lanes.get(task);
    if (lane === undefined) this.#lanes.set(task, (lane = new GrowingLane()));
    return element === undefined ? lane : (lane.elements[element] ??= new GrowingLane());
  }
}

function endOf(event: RunEvent): SpanEnd {
  switch (event.topic) {
    case 'run.task.succeeded':
      return 'succeeded';
    case 'run.task.failed':
      return event.data.reason;
    case 'run.task.timed_out':
      return 'timed_out';
    default:
      return 'cancelled';
  }
}

/** Maps times to lengths. The pauses in which no process held the run have no length. */
export class TimeScale {
  readonly #heldPeriods: readonly HeldPeriod[];
  readonly length: number;

  constructor(heldPeriods: readonly HeldPeriod[]) {
    this.#heldPeriods = heldPeriods;
    this.length = heldPeriods.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** Returns a position from 0 to `length`. */
  at(time: Instant): number {
    let before = 0;
    for (const { from, to } of this.#heldPeriods) {
      if (time <= to) return before + Math.max(0, time - from);
      before += to - from;
    }
    return before;
  }
}
