/** Ticks of the ledger as JSON and as words. */
import { impossible } from '../model/fault.ts';
import type { TimeSpec, TriggerSpec } from '../model/pipeline.ts';
import type { RunId } from '../model/ids.ts';
import type { DecidedTick, TickVerdict } from '../model/tick.ts';
import { durationText } from './amounts.ts';
import { isoTime } from './json.ts';

export function tickJson(tick: DecidedTick): Readonly<Record<string, unknown>> {
  const { trigger, at, verdict, decidedAt, decidedBy, row } = tick;
  const runId = runOf(verdict);
  return {
    trigger,
    at: isoTime(at),
    outcome: verdict.outcome,
    reason: verdictText(verdict),
    decidedAt: isoTime(decidedAt),
    decidedBy,
    latenessMs: decidedAt - at,
    ...(runId === undefined ? {} : { runId }),
    ...(row === undefined ? {} : { until: isoTime(row.until), count: row.count }),
  };
}

/** Returns the run that stands for the tick. */
export function runOf(verdict: TickVerdict): RunId | undefined {
  return verdict.outcome === 'fired' || verdict.outcome === 'coalesced' ? verdict.runId : undefined;
}

/** Returns why a tick has its outcome, as a phrase. */
export function verdictText(verdict: TickVerdict): string {
  switch (verdict.outcome) {
    case 'fired': {
      const { because, supersedes = [] } = verdict;
      const replaced = supersedes.length === 0 ? '' : `; it replaces ${supersedes.join(', ')}`;
      return `${BECAUSE[because]}${replaced}`;
    }
    case 'coalesced':
      return `the queue was full: run ${verdict.runId}, which waits, stands for it`;
    case 'skipped_overlap':
      return `run ${verdict.open} of the trigger had not ended`;
    case 'skipped_catchup':
      return verdict.beyond === 'limit'
        ? 'it was missed, and more recent ones use up what is caught up on'
        : 'it was missed, and is older than the window of what is caught up on';
    case 'skipped_condition':
      return `its condition was false: ${verdict.when}`;
    case 'skipped_calendar':
      return `calendar "${verdict.calendar}" does not hold its date`;
    case 'paused': {
      const { author, note } = verdict;
      return `${author} had paused the trigger${note === undefined ? '' : `: ${note}`}`;
    }
    case 'missed':
      return 'no scheduler noticed it in time';
    case 'refused':
      return `${verdict.code} ${verdict.message}`;
    default:
      return impossible(verdict);
  }
}

const BECAUSE = {
  due: 'it was due',
  caught_up: 'it was missed, and is caught up on',
  by_hand: 'it was fired by hand',
  occurred: 'what it waits for occurred',
} as const;

/** Returns what makes a trigger fire. */
export function specText(spec: TriggerSpec): string {
  switch (spec.is) {
    case 'cron':
    case 'every':
    case 'at':
      return scheduleText(spec);
    case 'event':
      return `event ${spec.pattern}`;
    case 'pipeline':
      return `pipeline ${spec.after.value} ${spec.on}`;
    case 'file':
      return `file ${spec.glob}`;
    case 'api':
      return 'over HTTP';
    case 'manual':
      return 'by hand';
    default:
      return impossible(spec);
  }
}

export function scheduleText(spec: TimeSpec): string {
  if (spec.is === 'cron') return `cron ${spec.cron.join(' | ')}`;
  return spec.is === 'every' ? `every ${durationText(spec.every * 1000)}` : 'once';
}
