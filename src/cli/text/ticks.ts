/** The next ticks of triggers as JSON and as lines. */
import type { ExplainedTick, TriggerTicks } from '../../app/scheduling/next-ticks.ts';
import type { Instant } from '../../model/ids.ts';
import type { TimeSpec } from '../../model/pipeline.ts';
import { durationText } from '../../views/amounts.ts';
import { isoTime } from '../../views/json.ts';
import { scheduleText } from '../../views/tick-words.ts';

export function ticksJson({ trigger, spec, next }: TriggerTicks): object {
  return {
    trigger,
    next: next.map((tick) => {
      const mark = markOf(tick);
      return {
        at: isoTime(tick.at),
        local: localTime(tick.at, spec),
        offset: zoned(tick.at, spec.timezone).offset,
        ...(mark === undefined ? {} : { mark }),
        why: whyText(tick, spec),
      };
    }),
  };
}

export function ticksText({ trigger, spec, next }: TriggerTicks, explain: boolean): string {
  const lines = next.map((tick) => {
    const { offset } = zoned(tick.at, spec.timezone);
    const mark = markOf(tick) ?? '';
    const shown = `  ${localTime(tick.at, spec)}${offset}  ${isoTime(tick.at)}  ${mark}`;
    return `${shown.trimEnd()}\n${explain ? `      ${whyText(tick, spec)}\n` : ''}`;
  });
  const zone = `${scheduleText(spec)}, shown in ${spec.timezone}`;
  return `${trigger}  ${zone}\n${lines.join('') || '  the trigger has ended\n'}`;
}

function markOf({ change, jitter }: ExplainedTick): 'gap' | 'fold' | 'jitter' | undefined {
  return change?.is ?? (jitter === true ? 'jitter' : undefined);
}

function whyText(tick: ExplainedTick, spec: TimeSpec): string {
  const { change, jitter } = tick;
  const texts = [scheduleText(spec)];
  if (change !== undefined) {
    const step = `${spec.timezone} changes from ${zoned(change.at - 1, spec.timezone).offset} to ${zoned(change.at, spec.timezone).offset} at ${isoTime(change.at)}`;
    texts.push(
      change.is === 'gap'
        ? `the clock jumps over its time, so it fires at the end of the gap: ${step}`
        : `the clock shows this time twice: ${step}`,
    );
  }
  if (jitter === true) texts.push(`its jitter delays it by ${durationText(tick.at - tick.time)}`);
  return texts.join('; ');
}

function localTime(at: Instant, { timezone }: TimeSpec): string {
  return zoned(at, timezone).toPlainDateTime().toString({ smallestUnit: 'second' });
}

function zoned(at: Instant, timezone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timezone);
}
