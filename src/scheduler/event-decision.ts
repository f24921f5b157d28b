/** Decides the events that a trigger awaits within a transaction of the ledger: each event is part of exactly one decision. */
import type { PlacedEvent } from '../model/event.ts';
import { isPausedAt } from '../model/tick.ts';
import type { LedgerTransaction } from '../store/tick-ledger.ts';
import { eventScope, tickOfEvents } from './awaited-events.ts';
import {
  type Decided,
  decideFiring,
  type DecidingMoment,
  type DecidingTrigger,
} from './decision.ts';
import { triggerLane } from './lanes.ts';
import { overlapDecision } from './policies/overlap.ts';

/**
 * Returns undefined when the events stay where they are: the trigger is paused, or an earlier run is in their way. A policy that
 * would let a tick of the clock go lets events wait, as another one does not stand for them.
 */
export function decideEvents(
  transaction: LedgerTransaction,
  deciding: DecidingTrigger,
  events: readonly [PlacedEvent, ...PlacedEvent[]],
  moment: DecidingMoment,
): Decided | undefined {
  const { record, definition } = deciding;
  const { position } = events.at(-1) ?? events[0];
  // Another process decided them.
  if (record.cursor !== null && record.cursor >= position) return { record, ticks: [] };
  if (isPausedAt(record.pause, moment.now)) return undefined;
  const open = transaction.openRuns(triggerLane(definition.trigger));
  if (overlapDecision(definition.spec.overlap, open).is === 'let_go') return undefined;
  const occurrence = {
    tick: tickOfEvents(events),
    because: 'occurred',
    event: eventScope(events),
  } as const;
  const tick = decideFiring(transaction, deciding, occurrence, moment);
  const decided = transaction.trigger(definition.trigger) ?? record;
  const after = { ...decided, cursor: position };
  transaction.put(after);
  return { record: after, ticks: tick === undefined ? [] : [tick] };
}
