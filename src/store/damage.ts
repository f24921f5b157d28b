/** Rows that are not as dp writes them: the file was altered, or the disk lost something that SQLite cannot see. */
import { Fault } from '../model/fault.ts';
import type { RunId } from '../model/ids.ts';
import { isResultRef, type ResultRef } from '../model/result.ts';

/** Hears of a damaged row, which is then left out. Absent: the fault is thrown. */
export type HearDamage = (fault: Fault, run: RunId) => void;

/** A damaged run stays on record, and with it all that it has stored; the examination of the state tells it. */
export const ignoreDamage: HearDamage = () => undefined;

export function damagedRun(run: RunId, what: string): Fault {
  return new Fault('DP8004', `the record of run "${run}" is damaged: ${what}`, {
    hint: 'other runs are not affected; restore the state directory from a backup to have this one again',
  });
}

/** Returns undefined for a text that is no JSON. */
export function jsonIn(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The reference in a text; undefined when there is none. */
export function refIn(text: unknown): ResultRef | undefined {
  const ref = jsonIn(text);
  return isResultRef(ref) ? ref : undefined;
}

/** What `read` makes of each row; of damaged ones only `hear` learns. */
export function* wholeOnes<Row, Item>(
  rows: Iterable<Row>,
  read: (row: Row) => Item,
  hear: ((fault: Fault, row: Row) => void) | undefined,
): Generator<Item> {
  for (const row of rows) {
    let item;
    try {
      item = read(row);
    } catch (error) {
      if (hear === undefined || !(error instanceof Fault) || error.code !== 'DP8004') throw error;
      hear(error, row);
      continue;
    }
    yield item;
  }
}
