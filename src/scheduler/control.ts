/** What people ask of a trigger: pause, resume, fire. Each is one transaction of the ledger, with or without a daemon. */
import { Fault } from '../model/fault.ts';
import type { Instant } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import { type DecidedTick, isPausedAt, type Pause, type TriggerId } from '../model/tick.ts';
import type { TriggerDefinition } from '../model/trigger-definition.ts';
import type { LedgerTransaction, TickLedger } from '../store/tick-ledger.ts';
import {
  decideFiring,
  type DecidingMoment,
  type DecidingTrigger,
  settleClock,
  type TickExpressions,
} from './decision.ts';

export interface ControlParts {
  readonly ledger: TickLedger;
  readonly expressionsOf: (definition: TriggerDefinition) => Promise<TickExpressions>;
  readonly moment: DecidingMoment;
}

/** Throws DP6321, and DP6322 when the trigger is paused. Ticks that are due by now are decided first. */
export async function pause(
  trigger: TriggerId,
  asked: Omit<Pause, 'since'>,
  parts: ControlParts,
): Promise<void> {
  await change(trigger, parts, (transaction, { record, definition, expressions }) => {
    if (isPausedAt(record.pause, parts.moment.now))
      throw new Fault('DP6322', `trigger "${trigger}" is paused already`);
    const settled = settleClock(transaction, { record, definition, expressions }, parts.moment);
    const since = Math.max(parts.moment.now, settled.record.decidedTo);
    transaction.put({ ...settled.record, pause: { ...asked, since }, streak: null });
  });
}

/** Throws DP6321, and DP6322 when the trigger is not paused. Returns the ticks that were decided: what is made up for, and what is not. */
export async function resume(
  trigger: TriggerId,
  parts: ControlParts,
): Promise<readonly DecidedTick[]> {
  return change(trigger, parts, (transaction, deciding) => {
    if (!isPausedAt(deciding.record.pause, parts.moment.now))
      throw new Fault('DP6322', `trigger "${trigger}" is not paused`);
    const { record, ticks } = settleClock(transaction, deciding, parts.moment, true);
    transaction.put({ ...record, pause: null, streak: null });
    return ticks;
  });
}

/** Returns what `resume` would decide now, and decides nothing. */
export async function resumePreview(
  trigger: TriggerId,
  parts: ControlParts,
): Promise<readonly DecidedTick[]> {
  let ticks: readonly DecidedTick[] = [];
  const preview = change(trigger, parts, (transaction, deciding) => {
    ({ ticks } = settleClock(transaction, deciding, parts.moment, true));
    throw new PreviewEnd();
  });
  await preview.catch((error: unknown) => {
    if (!(error instanceof PreviewEnd)) throw error;
  });
  return ticks;
}

/** Takes a transaction back. */
class PreviewEnd extends Error {}

export interface FireRequest {
  /** Asking again with the same identity fires once. */
  readonly identity: string;
  /** Logical time of the run. */
  readonly at: Instant;
  readonly params: JsonObject;
}

/** Makes a tick of the trigger; a pause does not hold it back. Returns its row, of an earlier request with the same identity, too. */
export async function fire(
  trigger: TriggerId,
  { identity, at, params }: FireRequest,
  parts: ControlParts,
): Promise<DecidedTick> {
  const firing = `by hand ${identity}`;
  const fired = await change(trigger, parts, (transaction, deciding) =>
    decideFiring(
      transaction,
      deciding,
      { tick: { at: parts.moment.now, time: at, firing }, because: 'by_hand', given: params },
      parts.moment,
    ),
  );
  const row = fired ?? parts.ledger.ticks({ trigger }).find((tick) => tick.firing === firing);
  if (row === undefined) throw new Fault('DP9001', `the tick "${firing}" has no row`);
  return row;
}

/** The definition may change until the transaction begins: then it is prepared again. */
async function change<T>(
  trigger: TriggerId,
  { ledger, expressionsOf }: ControlParts,
  act: (transaction: LedgerTransaction, deciding: DecidingTrigger) => T,
): Promise<T> {
  for (;;) {
    const known = ledger.triggers().find((record) => record.trigger === trigger)?.definition;
    if (!known) throw unknownTrigger(trigger);
    const expressions = await expressionsOf(known);
    const done = ledger.write(undefined, (transaction) => {
      const record = transaction.trigger(trigger);
      if (!record?.definition || JSON.stringify(record.definition) !== JSON.stringify(known))
        return undefined;
      return { result: act(transaction, { record, definition: known, expressions }) };
    });
    if (done !== undefined) return done.result;
  }
}

const unknownTrigger = (trigger: TriggerId): Fault =>
  new Fault('DP6321', `there is no trigger "${trigger}"`, { hint: { do: 'listTriggers' } });
