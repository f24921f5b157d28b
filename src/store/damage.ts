/** Rows that dp did not write this way: the file was altered, or the disk lost data without SQLite noticing. */
import { Fault } from '../model/fault.ts';
import type { RunId } from '../model/ids.ts';
import { isResultRef, type ResultRef } from '../model/result.ts';

/** Receives damaged rows, which are then left out. Absent: the fault is thrown. */
export type HearDamage = (fault: Fault, run: RunId) => void;

/** Ignores damage: the damaged run and its results stay on record, and the examination of the state reports it. */
export const ignoreDamage: HearDamage = () => undefined;

export function damagedRun(run: RunId, what: string): Fault {
  return new Fault('DP8004', `the record of run "${run}" is damaged: ${what}`, {
    hint: 'other runs are not affected; restore the state directory from a backup to have this one again',
  });
}

/** Returns undefined for text that is not JSON. */
export function jsonIn(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Returns the result reference in a text; undefined when there is none. */
export function refIn(text: unknown): ResultRef | undefined {
  const ref = jsonIn(text);
  return isResultRef(ref) ? ref : undefined;
}

/** Yields what `read` makes of each row; damaged rows are reported to `hear` only. */
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
