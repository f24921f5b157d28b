/** Time of a worker's last sign of life, in shared memory, so that no busy event loop delays it. */
import type { Milliseconds, Mebibytes } from '../../model/ids.ts';

export class Pulse {
  /** One word: time of the last sign, in nanoseconds of the clock that all threads share. */
  readonly shared: BigInt64Array;

  constructor(shared: BigInt64Array = new BigInt64Array(new SharedArrayBuffer(8))) {
    this.shared = shared;
  }

  beat(): void {
    Atomics.store(this.shared, 0, process.hrtime.bigint());
  }

  /** Time since the last sign of life. */
  get silentMs(): Milliseconds {
    return Number(process.hrtime.bigint() - Atomics.load(this.shared, 0)) / 1e6;
  }
}

export interface WatchdogData {
  /** Process id of dp. */
  readonly parent: number;
  readonly memoryMiB: Mebibytes | null;
  /** Shared memory of a `Pulse`. */
  readonly pulse: BigInt64Array;
  /** Shared memory of a `Watch`. */
  readonly watch: Float64Array;
}

export class Watch {
  /** Two words: the attempt's token (0 without an attempt), and the milliseconds that it may be silent. */
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
