import { Fault } from '../model/fault.ts';

/** Shared counters have 30 bits. */
const CAPACITY_LIMIT = 1_000_000_000;

/** Returns the capacity. Throws DP6106 when a queue cannot have it. */
export function checkCapacity(capacity: number): number {
  if (Number.isInteger(capacity) && capacity >= 1 && capacity <= CAPACITY_LIMIT) return capacity;
  throw new Fault('DP6106', `capacity ${capacity} is not a whole number from 1 to 1,000,000,000`);
}
