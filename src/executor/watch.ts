/** Which attempt a process is at, and how long that may be silent, where the watchdog sees it. */
import type { Mebibytes, Milliseconds } from '../model/ids.ts';

export interface WatchdogData {
  /** Number of the process that is dp. */
  readonly parent: number;
  readonly memoryMiB: Mebibytes | null;
  /** Of a `Pulse`, and of a `Watch`. */
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
