/** The spans of time in which a zone keeps one offset, each asked of `Temporal` once. */
import type { Seconds } from '../model/ids.ts';

/** Instants in [from, to), in seconds since 1970-01-01T00:00:00Z; infinite where there is no change. Offsets are seconds east of UTC. */
export interface OffsetSpan {
  readonly from: Seconds;
  readonly to: Seconds;
  readonly offset: Seconds;
  /** Offset in front of `from` and from `to` on. */
  readonly offsetBefore: Seconds;
  readonly offsetAfter: Seconds;
}

export function offsetSpanAt(zone: string, second: Seconds): OffsetSpan {
  const spans = spansOf(zone);
  const place = firstAfter(spans, second);
  const known = spans[place - 1];
  if (known !== undefined && second < known.to) return known;
  const span = readSpan(zone, second);
  spans.splice(place, 0, span);
  return span;
}

/** Offsets never change while a process lives: its time zone data is part of Node. */
const known = new Map<string, OffsetSpan[]>();

function spansOf(zone: string): OffsetSpan[] {
  const spans = known.get(zone) ?? [];
  if (spans.length === 0) known.set(zone, spans);
  return spans;
}

/** Returns the place of the first span that begins after the second; the spans are sorted. */
function firstAfter(spans: readonly OffsetSpan[], second: Seconds): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.from <= second) low = middle + 1;
    else high = middle;
  }
  return low;
}

function readSpan(zone: string, second: Seconds): OffsetSpan {
  const within = Temporal.Instant.fromEpochMilliseconds(second * 1000).toZonedDateTimeISO(zone);
  // A nanosecond later, as the transition before an instant is never at the instant itself.
  const begin = within.add({ nanoseconds: 1 }).getTimeZoneTransition('previous');
  const end = within.getTimeZoneTransition('next');
  return {
    from: begin === null ? -Infinity : begin.epochMilliseconds / 1000,
    to: end === null ? Infinity : end.epochMilliseconds / 1000,
    offset: offsetOf(within),
    offsetBefore: offsetOf(begin?.subtract({ nanoseconds: 1 }) ?? within),
    offsetAfter: offsetOf(end ?? within),
  };
}

function offsetOf(time: Temporal.ZonedDateTime): Seconds {
  return time.offsetNanoseconds / 1e9;
}
