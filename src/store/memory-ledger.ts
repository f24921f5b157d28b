/** The ledger of ticks in memory: immutable tables, so that a power cut can set them back. */
import type { Instant, RunId } from '../model/ids.ts';
import type { QueuedRun } from '../model/queued-run.ts';
import type { DecidedTick, DueTick, TriggerId } from '../model/tick.ts';
import type { DefinitionWindow } from '../model/trigger-definition.ts';
import { leadsNoMore } from './held.ts';
import type {
  LedgerTransaction,
  OpenRun,
  TickLedger,
  TickQuery,
  TriggerRecord,
} from './tick-ledger.ts';

/** A trigger with all that is remembered of it. */
export interface LedgerEntry {
  readonly record: TriggerRecord;
  readonly windows: readonly DefinitionWindow[];
  /** By firing, in the order in which they were decided. */
  readonly ticks: ReadonlyMap<string, DecidedTick>;
}

export interface MemoryLedgerPorts {
  readonly read: () => ReadonlyMap<TriggerId, LedgerEntry>;
  readonly commit: (triggers: ReadonlyMap<TriggerId, LedgerEntry>) => void;
  /** Makes one transaction of all that the work commits. */
  readonly together: <T>(work: () => T) => T;
  /** Returns the fencing number of the present leader. */
  readonly epoch: () => number;
  readonly runs: Pick<LedgerTransaction, 'enqueue' | 'openRuns' | 'cancel'>;
}

export class MemoryLedger implements TickLedger {
  readonly #ports: MemoryLedgerPorts;

  constructor(ports: MemoryLedgerPorts) {
    this.#ports = ports;
  }

  write<T>(epoch: number | undefined, work: (transaction: LedgerTransaction) => T): T {
    if (epoch !== undefined && epoch !== this.#ports.epoch()) throw leadsNoMore();
    return this.#ports.together(() => work(new MemoryTransaction(this.#ports)));
  }

  triggers(): TriggerRecord[] {
    const records = [...this.#ports.read().values()].map(({ record }) => record);
    return records.toSorted((a, b) => (a.trigger < b.trigger ? -1 : 1));
  }

  ticks({ trigger, from, to, outcome, limit }: TickQuery = {}): DecidedTick[] {
    return [...this.#ports.read()]
      .filter(([name]) => trigger === undefined || name === trigger)
      .flatMap(([, { ticks }]) => [...ticks.values()])
      .filter((tick) => from === undefined || (tick.row?.until ?? tick.at) > from)
      .filter((tick) => to === undefined || tick.at <= to)
      .filter((tick) => outcome === undefined || tick.verdict.outcome === outcome)
      .toReversed()
      .toSorted((a, b) => b.at - a.at)
      .slice(0, limit);
  }

  windows(trigger: TriggerId): DefinitionWindow[] {
    return [...(this.#ports.read().get(trigger)?.windows ?? [])];
  }

  forgettable(before: Instant): number {
    return this.ticks().filter((tick) => (tick.row?.until ?? tick.at) < before).length;
  }

  forget(before: Instant): number {
    let forgotten = 0;
    const triggers = Array.from(this.#ports.read(), ([name, entry]): [TriggerId, LedgerEntry] => {
      const spans = [...entry.ticks.values()].filter(({ row }) => row && row.until >= before);
      const to = Math.max(
        entry.record.forgottenTo ?? 0,
        Math.min(before, ...spans.map(({ at }) => at)),
      );
      const ticks = [...entry.ticks].filter(([, tick]) => (tick.row?.until ?? tick.at) >= to);
      forgotten += entry.ticks.size - ticks.length;
      const windows = entry.windows.filter((window) => window.to === null || window.to >= to);
      const record = { ...entry.record, forgottenTo: to };
      return [name, { record, windows, ticks: new Map(ticks) }];
    });
    this.#ports.commit(new Map(triggers));
    return forgotten;
  }
}

class MemoryTransaction implements LedgerTransaction {
  readonly #ports: MemoryLedgerPorts;

  constructor(ports: MemoryLedgerPorts) {
    this.#ports = ports;
  }

  trigger(trigger: TriggerId): TriggerRecord | undefined {
    return this.#entry(trigger)?.record;
  }

  put(record: TriggerRecord): void {
    const { windows = [], ticks = new Map() } = this.#entry(record.trigger) ?? {};
    this.#set({ record, windows, ticks });
  }

  closeWindow(trigger: TriggerId, to: Instant): void {
    const entry = this.#entry(trigger);
    const windows = entry?.windows.map((window) =>
      window.to === null ? { ...window, to } : window,
    );
    if (entry !== undefined && windows !== undefined) this.#set({ ...entry, windows });
  }

  openWindow(window: Omit<DefinitionWindow, 'to'>): void {
    const entry = this.#entry(window.definition.trigger);
    if (entry === undefined) return;
    const others = entry.windows.filter(({ from }) => from !== window.from);
    this.#set({ ...entry, windows: [...others, { ...window, to: null }] });
  }

  has(trigger: TriggerId, { at, firing }: Pick<DueTick, 'at' | 'firing'>): boolean {
    const ticks = this.#entry(trigger)?.ticks ?? new Map<string, DecidedTick>();
    if (ticks.has(firing)) return true;
    return [...ticks.values()].some((tick) => tick.row && tick.at <= at && at <= tick.row.until);
  }

  add(tick: DecidedTick): void {
    const entry = this.#entry(tick.trigger);
    if (entry !== undefined && !this.has(tick.trigger, tick))
      this.#set({ ...entry, ticks: new Map(entry.ticks).set(tick.firing, tick) });
  }

  extend(
    { trigger, firing }: Pick<DecidedTick, 'trigger' | 'firing'>,
    until: Instant,
    count: number,
  ): void {
    const entry = this.#entry(trigger);
    const tick = entry?.ticks.get(firing);
    if (entry === undefined || tick === undefined) return;
    const row = { until, count: (tick.row?.count ?? 1) + count };
    this.#set({ ...entry, ticks: new Map(entry.ticks).set(firing, { ...tick, row }) });
  }

  enqueue(run: QueuedRun): boolean {
    return this.#ports.runs.enqueue(run);
  }

  openRuns(lane: string): OpenRun[] {
    return this.#ports.runs.openRuns(lane);
  }

  cancel(run: RunId, reason: string): void {
    this.#ports.runs.cancel(run, reason);
  }

  #entry(trigger: TriggerId): LedgerEntry | undefined {
    return this.#ports.read().get(trigger);
  }

  #set(entry: LedgerEntry): void {
    this.#ports.commit(new Map(this.#ports.read()).set(entry.record.trigger, entry));
  }
}
