/** The ticks of a trigger: the instants of its schedule within its first and last one, each delayed by the trigger's jitter. */
import { parseCron } from '../model/cron.ts';
import { impossible } from '../model/fault.ts';
import { digestOf, type Instant, LAST_INSTANT, type Milliseconds } from '../model/ids.ts';
import type { TimeSpec } from '../model/pipeline.ts';
import type { TriggerId } from '../model/tick.ts';
import { type CronSchedule, due, type Window } from './due.ts';

export interface PlannedTick {
  /** The instant at which it fires. */
  readonly at: Instant;
  /** The instant of the schedule, which the run is about. */
  readonly time: Instant;
}

/** Yields the ticks that fire within the window, strictly increasing. */
export function* ticksOf(
  trigger: TriggerId,
  spec: TimeSpec,
  { from, to }: Window,
): Generator<PlannedTick, void> {
  const delay = jitterOf(trigger, spec.jitter * 1000);
  const window = {
    from: Math.max(from - delay, (spec.start ?? -Infinity) - 1, EARLIEST),
    to: Math.min(to - delay, spec.end ?? LAST_INSTANT, LAST_INSTANT),
  };
  for (const time of instantsOf(spec, window)) yield { at: time + delay, time };
}

const EARLIEST: Instant = -1;

/** Returns the instant of the schedule before another one; undefined when there is none. */
export function previousTime(
  trigger: TriggerId,
  spec: TimeSpec,
  time: Instant,
): Instant | undefined {
  const to = time - 1;
  for (const span of SPANS_MS) {
    const before = [...ticksOf(trigger, { ...spec, jitter: 0 }, { from: time - span, to })].at(-1);
    if (before !== undefined) return before.time;
  }
  return undefined;
}

const HOUR_MS: Milliseconds = 3_600_000;
/** From an hour to a century: the first that holds a tick holds few. */
const SPANS_MS: readonly Milliseconds[] = [1, 24, 200, 800, 9_000, 90_000, 900_000].map(
  (hours) => hours * HOUR_MS,
);

/** Returns a delay in whole seconds that is below `most` and is always the same for the trigger. */
export function jitterOf(trigger: TriggerId, most: Milliseconds): Milliseconds {
  const share = Number.parseInt(digestOf(['jitter', trigger]).slice(0, 8), 16) / 2 ** 32;
  return Math.floor((share * most) / 1000) * 1000;
}

function* instantsOf(spec: TimeSpec, window: Window): Generator<Instant, void> {
  switch (spec.is) {
    case 'cron':
      yield* inOrder(cronSchedules(spec).map((schedule) => due(schedule, window)));
      break;
    case 'every':
      yield* periods(spec, window);
      break;
    case 'at':
      if (spec.instant > window.from && spec.instant <= window.to) yield spec.instant;
      break;
    default:
      impossible(spec);
  }
}

/** Returns a schedule for each expression; the file's have been checked. */
export function cronSchedules(spec: Extract<TimeSpec, { is: 'cron' }>): readonly CronSchedule[] {
  return spec.cron.flatMap((text) => {
    const cron = parseCron(text);
    return 'problem' in cron ? [] : [{ cron, timezone: spec.timezone, dst: spec.dst }];
  });
}

function* periods(
  { every, anchor }: Extract<TimeSpec, { is: 'every' }>,
  { from, to }: Window,
): Generator<Instant, void> {
  const period = every * 1000;
  for (let n = Math.floor((from - anchor) / period) + 1; ; n++) {
    const at = Math.round(anchor + n * period);
    if (at > to) return;
    if (at > from) yield at;
  }
}

/** Merges increasing instants; one that several have comes once. */
function* inOrder(sources: readonly Generator<Instant, void>[]): Generator<Instant, void> {
  const heads = sources.map((source) => ({ source, next: source.next() }));
  for (;;) {
    const instants = heads.flatMap(({ next }) => (next.done === true ? [] : [next.value]));
    if (instants.length === 0) return;
    const first = Math.min(...instants);
    yield first;
    for (const head of heads) if (head.next.value === first) head.next = head.source.next();
  }
}
