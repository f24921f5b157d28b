/** Brings the ledger to the definitions that are valid now: new, edited and removed triggers. An edit never looks back. */
import type { DecidedTick, TriggerId } from '../model/tick.ts';
import { isOfClock, scheduleOf, type TriggerDefinition } from '../model/trigger-definition.ts';
import type { LedgerTransaction, TriggerRecord } from '../store/tick-ledger.ts';
import { isOfBus } from './awaited-events.ts';
import {
  type Decided,
  type DecidingMoment,
  nextInstant,
  settleClock,
  type TickExpressions,
} from './decision.ts';

/** What is needed to decide what is left of the schedule before. */
export interface DefiningParts {
  readonly moment: DecidingMoment;
  /** Evaluates what the definition before says. */
  readonly expressions: TickExpressions;
  /** Position of the newest event: a trigger that waits for events never looks back. */
  readonly newestEvent: number;
}

/** Records the definition. Ticks up to now are decided by what was valid. */
export function define(
  transaction: LedgerTransaction,
  definition: TriggerDefinition,
  parts: DefiningParts,
): Decided {
  const { tz, now } = parts.moment;
  const { spec, trigger } = definition;
  const before = transaction.trigger(trigger);
  if (before !== undefined && isSameSchedule(before, definition, tz)) {
    const record = { ...before, definition };
    transaction.put(record);
    return { record, ticks: [] };
  }
  const rest = before && settleRest(transaction, before, parts);
  const from = Math.max(now, rest?.record.decidedTo ?? 0);
  const record: TriggerRecord = {
    pause: null,
    forgottenTo: null,
    ...rest?.record,
    // No row stands for ticks of two schedules.
    streak: null,
    trigger,
    definition,
    tz,
    decidedTo: from,
    armed: isOfClock(spec) ? nextInstant(definition, spec, from) : null,
    cursor: isOfBus(spec) ? parts.newestEvent : null,
  };
  transaction.put(record);
  transaction.closeWindow(trigger, from);
  transaction.openWindow({ from, tz, definition });
  return { record, ticks: rest?.ticks ?? [] };
}

/** Ends a trigger that its file no longer has. What it missed stays missed. */
export function undefine(
  transaction: LedgerTransaction,
  trigger: TriggerId,
  parts: DefiningParts,
): readonly DecidedTick[] {
  const before = transaction.trigger(trigger);
  if (before === undefined || before.definition === null) return [];
  const { record, ticks } = settleRest(transaction, before, parts);
  transaction.put({ ...record, definition: null, armed: null });
  transaction.closeWindow(trigger, Math.max(parts.moment.now, record.decidedTo));
  return ticks;
}

/** Decides what is left of a schedule that ends: nothing is caught up on. */
function settleRest(
  transaction: LedgerTransaction,
  record: TriggerRecord,
  { expressions, moment }: DefiningParts,
): Decided {
  const { definition } = record;
  if (definition === null || !isOfClock(definition.spec)) return { record, ticks: [] };
  const spec = { ...definition.spec, catchup: { mode: 'none', limit: 0, window: null } } as const;
  const ending = { record, definition: { ...definition, spec }, expressions };
  return settleClock(transaction, ending, moment);
}

function isSameSchedule(before: TriggerRecord, definition: TriggerDefinition, tz: string): boolean {
  const { definition: valid } = before;
  return valid !== null && before.tz === tz && scheduleOf(valid) === scheduleOf(definition);
}
