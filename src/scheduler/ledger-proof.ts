/**
 * Proves the ledger of a trigger: what is due in the windows in which its schedules were valid comes in, with the rows;
 * sentences about ticks without a row, and rows without a tick, go out.
 */
import type { Instant } from '../model/ids.ts';
import type { DecidedTick } from '../model/tick.ts';
import { type DefinitionWindow, isOfClock } from '../model/trigger-definition.ts';
import type { TriggerRecord } from '../store/tick-ledger.ts';
import { dueTicks } from './decision.ts';

export interface LedgerOfTrigger {
  readonly record: TriggerRecord;
  readonly windows: readonly DefinitionWindow[];
  readonly rows: readonly DecidedTick[];
}

/** Windows that were decided by other time zone data than `tz` are left out: what was due then is not known here. */
export function* ledgerContradictions(
  { record, windows, rows }: LedgerOfTrigger,
  tz: string,
): Generator<string> {
  for (const window of windows) {
    const span = {
      from: Math.max(window.from, (record.forgottenTo ?? 0) - 1),
      to: Math.min(window.to ?? Infinity, record.decidedTo),
    };
    if (window.tz === tz && span.to > span.from) yield* contradictionsOf(window, rows, span);
  }
}

function* contradictionsOf(
  { definition }: DefinitionWindow,
  rows: readonly DecidedTick[],
  { from, to }: { readonly from: Instant; readonly to: Instant },
): Generator<string> {
  const { spec, trigger } = definition;
  if (!isOfClock(spec)) return;
  const ofClock = rows.filter(({ at, firing }) => at > from && at <= to && isInstantText(firing));
  const single = new Map(ofClock.filter(({ row }) => !row).map((row) => [row.firing, row]));
  const spanning = ofClock.flatMap(({ at, row }) => (row ? [{ at, ...row, found: 0 }] : []));
  // A tick keeps its row when an edited jitter moves it into the next window.
  const anywhere = new Set(rows.filter(({ row }) => !row).map(({ firing }) => firing));
  const missing: Instant[] = [];
  for (const { at, firing } of dueTicks(definition, spec, from, to)) {
    if (single.delete(firing) || anywhere.has(firing)) continue;
    const row = spanning.find((one) => one.at <= at && at <= one.until);
    if (row === undefined) missing.push(at);
    else row.found++;
  }
  const [first] = missing;
  if (first !== undefined)
    yield `${missing.length} due ticks of trigger "${trigger}" have no row, the first at ${iso(first)}`;
  for (const { at } of single.values())
    yield `trigger "${trigger}" has a row for ${iso(at)}, when no tick was due`;
  for (const { at, count, found } of spanning)
    if (found !== count)
      yield `a row of trigger "${trigger}" at ${iso(at)} stands for ${count} ticks, and ${found} were due`;
}

/** Firings by hand and those of events have other identities than the instants of a schedule. */
const isInstantText = (firing: string): boolean => /^[+-]?\d{4,6}-\d\d-\d\dT[\d:.]+Z$/.test(firing);

const iso = (at: Instant): string => new Date(at).toISOString();
