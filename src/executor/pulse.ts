/** When a worker last gave a sign of life, in memory that other threads read: nobody's busy event loop stands in between. */
import type { Milliseconds } from '../model/ids.ts';

export class Pulse {
  /** One word: the last sign, in nanoseconds of the clock that all threads share. */
  readonly shared: BigInt64Array;

  constructor(shared: BigInt64Array = new BigInt64Array(new SharedArrayBuffer(8))) {
    this.shared = shared;
  }

  beat(): void {
    Atomics.store(this.shared, 0, process.hrtime.bigint());
  }

  /** How long ago the last sign was. */
  get silentMs(): Milliseconds {
    return Number(process.hrtime.bigint() - Atomics.load(this.shared, 0)) / 1e6;
  }
}
