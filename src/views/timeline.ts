/** When each attempt of a run waited, ran and ended: a fold over the events, next to the one that gives the record. */
import { isLifecycle, type RecordedEvent, type RunEvent } from '../model/event.ts';
import type { Instant, TaskName } from '../model/ids.ts';

export type SpanEnd = 'succeeded' | 'failed' | 'timed_out' | 'crashed' | 'cancelled' | 'open';

export type Span =
  /** Its inputs were there, and no slot. */
  | { readonly is: 'queued'; readonly from: Instant; readonly to: Instant }
  /** Between two attempts. */
  | { readonly is: 'waiting'; readonly from: Instant; readonly to: Instant }
  | {
      readonly is: 'running';
      /** Absent: all elements of a mapped task together. */
      readonly attempt?: number;
      readonly from: Instant;
      readonly to: Instant;
      readonly end: SpanEnd;
    };

export interface Lane {
  readonly spans: readonly Span[];
  /** Of a mapped task, by index; a hole where nothing happened. */
  readonly elements: readonly (Lane | undefined)[];
}

/** From when a process took the run up until it ended it, or was last heard of. */
export interface Sitting {
  readonly from: Instant;
  readonly to: Instant;
}

export interface Timeline {
  readonly lanes: ReadonlyMap<TaskName, Lane>;
  readonly sittings: readonly Sitting[];
}

type Open =
  | { readonly is: 'queued' | 'waiting'; readonly from: Instant; readonly dueAt?: Instant }
  | { readonly is: 'running'; readonly attempt?: number; readonly from: Instant };

class GrowingLane implements Lane {
  readonly spans: Span[] = [];
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
      // Due, and no slot was free.
      this.spans.push({ is: 'waiting', from: open.from, to: open.dueAt });
      this.spans.push({ is: 'queued', from: open.dueAt, to: now });
    }
  }
}

export class TimelineFold {
  readonly #lanes = new Map<TaskName, GrowingLane>();
  readonly #sittings: { from: Instant; to: Instant }[] = [];
  readonly #open = new Set<GrowingLane>();

  apply(event: RecordedEvent): void {
    if (!isLifecycle(event)) return;
    if (event.topic === 'run.started' || event.topic === 'run.resumed') {
      const last = this.#sittings.at(-1);
      if (last !== undefined) this.#closeAll(last.to, 'crashed');
      this.#sittings.push({ from: event.time, to: event.time });
      return;
    }
    const sitting = this.#sittings.at(-1);
    if (sitting !== undefined) sitting.to = Math.max(sitting.to, event.time);
    if (event.task !== undefined) this.#applyTo(this.#laneOf(event.task, event.element), event);
    else if (/^run\.[a-z]+$/.test(event.topic)) this.#closeAll(event.time, 'cancelled');
  }

  /** What has not ended is open until `now`; left out, until the last that was heard. */
  timeline(now?: Instant): Timeline {
    const last = this.#sittings.at(-1);
    if (last !== undefined && now !== undefined && this.#open.size > 0)
      last.to = Math.max(last.to, now);
    this.#closeAll(last?.to ?? 0, 'open');
    return { lanes: this.#lanes, sittings: this.#sittings };
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

/** Time as length: the pauses in which no process held the run take none. */
export class TimeScale {
  readonly #sittings: readonly Sitting[];
  readonly length: number;

  constructor(sittings: readonly Sitting[]) {
    this.#sittings = sittings;
    this.length = sittings.reduce((sum, { from, to }) => sum + to - from, 0);
  }

  /** From 0 to `length`. */
  at(time: Instant): number {
    let before = 0;
    for (const { from, to } of this.#sittings) {
      if (time <= to) return before + Math.max(0, time - from);
      before += to - from;
    }
    return before;
  }
}
