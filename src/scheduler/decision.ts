/**
 * Decides the ticks of one trigger within a transaction of the ledger: what is due comes in, rows and queued runs go out.
 * It waits for nothing, so nothing changes between what it reads and what it writes.
 */
import { type Instant, type RunId, tickRunId } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { TickScope } from '../model/expression.ts';
import { Fault } from '../model/fault.ts';
import type { DecidedTick, DueTick, TickVerdict } from '../model/tick.ts';
import {
  type ClockTrigger,
  isOfClock,
  type TriggerDefinition,
} from '../model/trigger-definition.ts';
import type { LedgerTransaction, TriggerRecord } from '../store/tick-ledger.ts';
import { holdsDateOf } from './policies/calendar.ts';
import { type PauseSpan, settled } from './policies/catch-up.ts';
import { overlapDecision } from './policies/overlap.ts';
import { lanesFor, triggerLane } from './lanes.ts';
import { TickRows } from './tick-rows.ts';
import { previousTime, ticksOf } from './ticks.ts';

/** Who decides, and when. */
export interface DecidingMoment {
  readonly now: Instant;
  /** `HOST:PID` */
  readonly decidedBy: string;
  /** Version of the time zone data. */
  readonly tz: string;
}

/** Evaluates what a trigger says about one tick. Both throw DP1009 for a value that is absent or does not fit. */
export interface TickExpressions {
  readonly condition: (scope: FiringScope) => boolean;
  readonly params: (scope: FiringScope) => JsonObject;
}

/** Most triggers say nothing about single ticks. */
export const NOTHING_SAID: TickExpressions = { condition: () => true, params: () => ({}) };

/** What fired a trigger, as its expressions see it. */
export interface FiringScope {
  readonly tick: TickScope;
  readonly event?: Json;
}

/** What a decision is about. */
export interface DecidingTrigger {
  readonly record: TriggerRecord;
  readonly definition: TriggerDefinition;
  readonly expressions: TickExpressions;
}

/** What a transaction left: the record as it is then, and the rows that were added. */
export interface Decided {
  readonly record: TriggerRecord;
  readonly ticks: readonly DecidedTick[];
}

/** Decides all ticks of a trigger of the clock up to now. */
export function settleClock(
  transaction: LedgerTransaction,
  { record, definition, expressions }: DecidingTrigger,
  moment: DecidingMoment,
  endsPause = false,
): Decided {
  const { spec } = definition;
  if (!isOfClock(spec)) return { record, ticks: [] };
  const { pause, upTo } = pauseAt(record, moment.now, endsPause);
  const isHeldBack = pause !== undefined && upTo === undefined && spec.catchup.mode !== 'none';
  const to = isHeldBack ? Math.min(moment.now, pause.since) : moment.now;
  const rows = new TickRows(transaction, record, moment);
  if (to > record.decidedTo) {
    const span: PauseSpan | undefined = pause && { ...pause, upTo: upTo ?? moment.now };
    const steps = settled(
      dueTicks(definition, spec, record.decidedTo, to),
      { catchup: spec.catchup, lateAfterMs: spec.lateAfter * 1000 },
      {
        now: moment.now,
        pause: span,
        objection: (tick) => objectionTo(tick, { definition, spec, expressions }),
      },
    );
    for (const step of steps)
      rows.add(
        step.tick,
        step.is === 'let_go'
          ? step.verdict
          : () =>
              queuedRun(step.tick, step.because, { transaction, definition, expressions, moment }),
      );
  }
  const decidedTo = Math.max(record.decidedTo, to);
  const after: TriggerRecord = {
    ...record,
    decidedTo,
    // Ticks that a pause holds back are in the past already.
    armed: nextInstant(definition, spec, Math.max(decidedTo, moment.now)),
    pause: upTo === undefined ? record.pause : null,
    streak: rows.end(),
  };
  transaction.put(after);
  return { record: after, ticks: rows.added };
}

/** Decides one firing that no clock decided; a pause does not hold it back. Returns its row. */
export function decideFiring(
  transaction: LedgerTransaction,
  { record, definition, expressions }: DecidingTrigger,
  firing: Occurrence,
  moment: DecidingMoment,
): DecidedTick | undefined {
  const rows = new TickRows(transaction, record, moment);
  const { because, event, given } = firing;
  const parts = { transaction, definition, expressions, moment, event, given };
  const row = rows.add(firing.tick, () => {
    const objection =
      because === 'by_hand' ? undefined : conditionObjection(firing.tick, parts, firing.event);
    return objection ?? queuedRun(firing.tick, because, parts);
  });
  transaction.put({ ...record, streak: rows.end() });
  return row;
}

export interface Occurrence {
  readonly tick: DueTick;
  readonly because: 'by_hand' | 'occurred';
  readonly event?: Json | undefined;
  /** Parameters that replace those of the trigger. */
  readonly given?: JsonObject | undefined;
}

/** `upTo` is when the pause ended; absent while it goes on. */
function pauseAt(
  { pause }: TriggerRecord,
  now: Instant,
  endsPause: boolean,
): { readonly pause?: NonNullable<TriggerRecord['pause']>; readonly upTo?: Instant } {
  if (pause === null) return {};
  if (pause.until !== undefined && pause.until <= now) return { pause, upTo: pause.until };
  return endsPause ? { pause, upTo: now } : { pause };
}

export function* dueTicks(
  { trigger }: Pick<TriggerDefinition, 'trigger'>,
  spec: ClockTrigger,
  from: Instant,
  to: Instant,
): Generator<DueTick, void> {
  for (const { at, time } of ticksOf(trigger, spec, { from, to }))
    yield { at, time, firing: new Date(time).toISOString() };
}

/** Returns null when nothing is due any more. */
export function nextInstant(
  { trigger }: Pick<TriggerDefinition, 'trigger'>,
  spec: ClockTrigger,
  after: Instant,
): Instant | null {
  return ticksOf(trigger, spec, { from: after, to: Infinity }).next().value?.at ?? null;
}

interface FiringParts {
  readonly definition: TriggerDefinition;
  readonly expressions: TickExpressions;
}

/** Returns why a tick that is due is not to be fired. */
function objectionTo(
  tick: DueTick,
  parts: FiringParts & { readonly spec: ClockTrigger },
): TickVerdict | undefined {
  const { calendar } = parts.definition;
  if (calendar !== undefined && !holdsDateOf(calendar, tick.time, parts.spec.timezone))
    return { outcome: 'skipped_calendar', calendar: parts.spec.calendar?.value ?? '' };
  return conditionObjection(tick, parts, undefined);
}

function conditionObjection(
  tick: DueTick,
  { definition, expressions }: FiringParts,
  event: Json | undefined,
): TickVerdict | undefined {
  const { when } = definition.spec;
  if (when === undefined) return undefined;
  const isMet = (): boolean => expressions.condition(scopeOf(definition, tick, event));
  return refusedOn((): TickVerdict | undefined =>
    isMet() ? undefined : { outcome: 'skipped_condition', when: when.value },
  );
}

interface QueueingParts extends FiringParts {
  readonly transaction: LedgerTransaction;
  readonly moment: DecidingMoment;
  readonly event?: Json | undefined;
  readonly given?: JsonObject | undefined;
}

/** Queues the run of a tick unless an earlier run is in its way, and returns what became of the tick. */
function queuedRun(
  tick: DueTick,
  because: Extract<TickVerdict, { outcome: 'fired' }>['because'],
  { transaction, definition, expressions, moment, event, given }: QueueingParts,
): TickVerdict {
  const { trigger, pipeline, file, spec } = definition;
  const decision = overlapDecision(spec.overlap, transaction.openRuns(triggerLane(trigger)));
  if (decision.is === 'let_go') return decision.verdict;
  return refusedOn((): TickVerdict => {
    const params = { ...expressions.params(scopeOf(definition, tick, event)), ...given };
    const runId: RunId = tickRunId(trigger, tick.firing, tick.time);
    for (const run of decision.supersedes)
      transaction.cancel(run, `run ${runId} of the same trigger takes its place`);
    for (const run of decision.cancels)
      transaction.cancel(run, `run ${runId} of the same trigger follows`);
    transaction.enqueue({
      runId,
      pipeline,
      file,
      params,
      at: tick.time,
      startedBy: { by: 'trigger', trigger, tick: tick.firing },
      queuedAt: moment.now,
      priority: 'live',
      lanes: lanesFor(definition),
    });
    const { supersedes } = decision;
    return {
      outcome: 'fired',
      runId,
      because,
      ...(supersedes.length === 0 ? {} : { supersedes }),
    };
  });
}

/** A trigger whose expressions cannot be evaluated for a tick is not asked again for it. */
function refusedOn<T>(evaluate: () => T): T | TickVerdict {
  try {
    return evaluate();
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'DP1009') throw error;
    return { outcome: 'refused', code: error.code, message: error.message };
  }
}

function scopeOf(
  { trigger, spec }: TriggerDefinition,
  { at, time }: DueTick,
  event: Json | undefined,
): FiringScope {
  const start = isOfClock(spec) ? (previousTime(trigger, spec, time) ?? time) : time;
  return {
    tick: {
      time: new Date(time),
      scheduled: new Date(at),
      window: { start: new Date(start), end: new Date(time) },
    },
    ...(event === undefined ? {} : { event }),
  };
}
