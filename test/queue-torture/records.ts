/** What members wrote down: numbers of the values that were acknowledged or taken. A record survives the death of its writer. */
import { openSync, readFileSync, writeSync } from 'node:fs';

export interface Value {
  /** Number of the producer. */
  readonly from: number;
  /** Number of the value; each producer counts its own. */
  readonly n: number;
}

/** Stands in a consumer's record for a get that was aborted. */
export const ABORTED: Value = { from: 2 ** 32 - 1, n: 0 };

const RECORD_BYTES = 8;

export function recorderAt(file: string): (value: Value) => void {
  const descriptor = openSync(file, 'a');
  const record = Buffer.alloc(RECORD_BYTES);
  return ({ from, n }) => {
    record.writeUInt32LE(from);
    record.writeUInt32LE(n, 4);
    writeSync(descriptor, record);
  };
}

export function recordsIn(file: string): readonly Value[] {
  const bytes = readFileSync(file);
  return Array.from({ length: bytes.length / RECORD_BYTES }, (_, at) => ({
    from: bytes.readUInt32LE(at * RECORD_BYTES),
    n: bytes.readUInt32LE(at * RECORD_BYTES + 4),
  }));
}
