/** The queue of runs in memory: runs that have not begun, among the rows of all runs. */
import type { Owner } from '../model/event.ts';
import type { Instant, RunId } from '../model/ids.ts';
import type { Lane, QueuedRun } from '../model/queued-run.ts';
import { hasEnded, type RunSummary } from '../model/run.ts';
import type { RunQueue, TakenRun } from './run-queue.ts';

/** What the row of a run that was queued has. */
export interface QueuedPart {
  readonly summary: RunSummary;
  readonly owner: Owner | undefined;
  /** Gone when the run begins. */
  readonly queued?: { readonly run: QueuedRun; readonly losses: number };
  readonly lanes: readonly Lane[];
}

export interface MemoryQueuePorts {
  /** Rows of all runs, in their order. */
  readonly rows: () => ReadonlyMap<RunId, QueuedPart>;
  readonly add: (run: QueuedRun) => void;
  readonly acquire: (run: RunId, owner: Owner, losses: number) => void;
  readonly isHeld: (row: QueuedPart) => boolean;
}

export class MemoryRunQueue implements RunQueue {
  readonly #ports: MemoryQueuePorts;

  constructor(ports: MemoryQueuePorts) {
    this.#ports = ports;
  }

  put(run: QueuedRun): boolean {
    if (this.#ports.rows().has(run.runId)) return false;
    this.#ports.add(run);
    return true;
  }

  take(owner: Owner, most: number, atOnce = Infinity): TakenRun[] {
    const taken = this.#next(most, atOnce);
    for (const { run, losses } of taken) this.#ports.acquire(run.runId, owner, losses);
    return taken;
  }

  oldestReady(atOnce = Infinity): Instant | undefined {
    const since = this.#next(Infinity, atOnce).map(({ run }) => run.queuedAt);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  #next(most: number, atOnce: number): TakenRun[] {
    const on = this.#goingOn();
    const room = Math.min(most, atOnce - on.length);
    const inUse = new Map<string, number>();
    for (const { lanes } of on) enter(inUse, lanes);
    const taken: TakenRun[] = [];
    for (const { run, losses, wasHeld } of this.#free()) {
      if (taken.length >= room) break;
      const { lanes = [] } = run;
      if (!lanes.every(({ name, most: limit }) => (inUse.get(name) ?? 0) < limit)) continue;
      enter(inUse, lanes);
      taken.push({ run, losses: losses + (wasHeld ? 1 : 0) });
    }
    return taken;
  }

  waiting(): number {
    return this.#free().length;
  }

  /** Returns the queued runs that no living process has taken, in the order in which they begin. */
  #free(): (TakenRun & { readonly wasHeld: boolean })[] {
    const free = [...this.#ports.rows().values()].flatMap((row) => {
      const { queued, owner, summary } = row;
      const isFree = queued !== undefined && !hasEnded(summary.status) && !this.#ports.isHeld(row);
      return isFree ? [{ ...queued, wasHeld: owner !== undefined }] : [];
    });
    return [...free.filter(isLive), ...free.filter((one) => !isLive(one))];
  }

  /** Returns the runs that came from the queue, have not ended, and have begun or are about to. */
  #goingOn(): QueuedPart[] {
    return [...this.#ports.rows().values()].filter(
      (row) =>
        row.summary.queuedAt !== undefined &&
        !hasEnded(row.summary.status) &&
        (!row.queued || this.#ports.isHeld(row)),
    );
  }
}

const isLive = ({ run }: TakenRun): boolean => run.priority === 'live';

function enter(inUse: Map<string, number>, lanes: readonly Lane[]): void {
  for (const { name } of lanes) inUse.set(name, (inUse.get(name) ?? 0) + 1);
}
