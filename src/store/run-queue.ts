/** Runs that were accepted and wait for a process to begin them. Each is begun by one process, whoever else asks or dies. */
import type { Owner } from '../model/event.ts';
import type { Instant } from '../model/ids.ts';
import type { QueuedRun } from '../model/queued-run.ts';

/** A queued run is on record like any other: it is listed, cancelled and removed by the same methods of the store. */
export interface RunQueue {
  /** Adds the run, all or nothing. Returns false, and changes nothing, when its id is on record already. */
  put(run: QueuedRun): boolean;
  /**
   * Acquires up to `most` runs whose lanes have room, live ones first, then in the order in which they were queued. Begin each
   * with `RunStore.begin`, or end it by appending its end, or hand it back with `RunStore.release`. When the process dies
   * before, the next one to ask takes the run. `atOnce` limits how many runs of the queue go on, over all processes.
   */
  take(owner: Owner, most: number, atOnce?: number): TakenRun[];
  /** Number of queued runs that no living process has taken. Costs nothing as long as there are none. */
  waiting(): number;
  /** Returns since when the first of those waits that `take` would return; undefined when there is none. */
  oldestReady(atOnce?: number): Instant | undefined;
}

export interface TakenRun {
  readonly run: QueuedRun;
  /** How many processes took the run before and died without beginning it. */
  readonly losses: number;
}
