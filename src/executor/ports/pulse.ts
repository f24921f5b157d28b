/** When a worker last gave a sign of life, in memory that other threads read: nobody's busy event loop stands in between. */
import type { Milliseconds, Mebibytes } from '../../model/ids.ts';

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

export interface WatchdogData {
  /** Number of the process that is dp. */
  readonly parent: number;
  readonly memoryMiB: Mebibytes | null;
  /** Memory of a `Pulse`, and of a `Watch`. */
  readonly pulse: BigInt64Array;
  readonly watch: Float64Array;
}

export class Watch {
  /** Two words: the attempt's token, or 0 without one; the milliseconds it may be silent. */
  readonly shared: Float64Array;

  constructor(shared: Float64Array = new Float64Array(new SharedArrayBuffer(16))) {
    this.shared = shared;
  }

  begin(token: number, heartbeatMs: Milliseconds = Infinity): void {
    this.shared[1] = heartbeatMs;
    this.shared[0] = token;
  }

  end(): void {
    this.shared[0] = 0;
  }

  get token(): number {
    return this.shared[0] ?? 0;
  }

  get heartbeatMs(): Milliseconds {
    return this.shared[1] ?? Infinity;
  }
}
