import { Fault } from '../model/fault.ts';

/** Keeps counts within 30 bits, which shared counters need. */
const CAPACITY_LIMIT = 1_000_000_000;

/** Throws DP6106 unless the capacity is one that a queue can have. */
export function checkCapacity(capacity: number): number {
  if (Number.isInteger(capacity) && capacity >= 1 && capacity <= CAPACITY_LIMIT) return capacity;
  throw new Fault('DP6106', `capacity ${capacity} is not a whole number from 1 to 1,000,000,000`);
}
