/** Daemons and runners in memory. */
import type { JsonObject } from '../model/json.ts';
import type { Processes, ProcessRecord } from './processes.ts';
import type { Liveness } from './run-row.ts';

/** Immutable: an older version stays as it was. */
export interface MemoryProcessTables {
  readonly list: readonly Omit<ProcessRecord, 'leads'>[];
  /** Number of the newest process. */
  readonly newest: number;
  readonly lease: { readonly process: number; readonly epoch: number } | undefined;
}

export const NO_PROCESSES: MemoryProcessTables = { list: [], newest: 0, lease: undefined };

export interface MemoryProcessesPorts {
  readonly read: () => MemoryProcessTables;
  readonly write: (change: Partial<MemoryProcessTables>) => void;
  readonly isAlive: Liveness;
}

export class MemoryProcesses implements Processes {
  readonly #ports: MemoryProcessesPorts;

  constructor(ports: MemoryProcessesPorts) {
    this.#ports = ports;
  }

  enter(process: Omit<ProcessRecord, 'n' | 'leads'>): number {
    const n = this.#ports.read().newest + 1;
    this.#ports.write({ list: [...this.#living(), { ...process, n }], newest: n });
    return n;
  }

  leave(n: number): void {
    this.#ports.write({ list: this.#ports.read().list.filter((one) => one.n !== n) });
  }

  beat(n: number, told?: JsonObject): boolean {
    const { list } = this.#ports.read();
    if (!list.some((one) => one.n === n)) return false;
    if (told !== undefined)
      this.#ports.write({ list: list.map((one) => (one.n === n ? { ...one, told } : one)) });
    return true;
  }

  list(): ProcessRecord[] {
    const { lease } = this.#ports.read();
    return this.#living().map((one) => ({ ...one, leads: one.n === lease?.process }));
  }

  lead(n: number): number | undefined {
    const { list, lease } = this.#ports.read();
    if (!list.some((one) => one.n === n)) return undefined;
    if (lease?.process === n) return lease.epoch;
    if (this.#living().some((one) => one.n === lease?.process)) return undefined;
    const epoch = (lease?.epoch ?? 0) + 1;
    this.#ports.write({ lease: { process: n, epoch } });
    return epoch;
  }

  #living(): readonly Omit<ProcessRecord, 'leads'>[] {
    return this.#ports.read().list.filter(({ owner }) => this.#ports.isAlive(owner));
  }
}
