/** The record comes in; what the daemons and runners of a state do goes out. It needs no daemon. */
import type { Instant, Milliseconds } from '../../model/ids.ts';
import type { RunStore } from '../../store/run-store.ts';
import type { ProcessRecord } from '../../store/processes.ts';

export interface ScheduleStatus {
  readonly daemons: readonly ProcessRecord[];
  readonly runners: readonly (ProcessRecord & { readonly runs: number })[];
  /** Triggers that have a definition. */
  readonly triggers: number;
  /** Those with a next instant. */
  readonly armed: number;
  readonly running: number;
  readonly queued: number;
  readonly nextDue: Instant | null;
  /** How long the oldest tick is overdue, or the oldest run that might begin has waited. */
  readonly oldestDueUnstartedMs: Milliseconds;
  /** A daemon leads, and nothing has been overdue for long. */
  readonly healthy: boolean;
}

type StatusStore = Pick<RunStore, 'processes' | 'list' | 'holder' | 'queue' | 'ledger'>;

export interface StatusMoment {
  readonly now: Instant;
  /** Most runs of the queue at once. */
  readonly maxRuns: number;
}

/** A due tick that waits for so long shows that nothing goes on. */
export const OVERDUE_MS: Milliseconds = 300_000;

export function scheduleStatus(store: StatusStore, moment: StatusMoment): ScheduleStatus {
  const processes = store.processes.list();
  const daemons = processes.filter(({ kind }) => kind === 'daemon');
  const running = store.list({ status: 'running' });
  const holders = running.map(({ runId }) => store.holder(runId)?.pid);
  const triggers = store.ledger.triggers().filter(({ definition }) => definition !== null);
  const armed = triggers.flatMap(({ armed: at }) => at ?? []);
  const oldestDueUnstartedMs = overdueOf(store, moment);
  return {
    daemons,
    runners: processes
      .filter(({ kind }) => kind === 'runner')
      .map((one) => ({ ...one, runs: holders.filter((pid) => pid === one.owner.pid).length })),
    triggers: triggers.length,
    armed: armed.length,
    running: running.length,
    queued: store.list({ status: 'queued' }).length,
    nextDue: armed.length === 0 ? null : Math.min(...armed),
    oldestDueUnstartedMs,
    healthy: daemons.some(({ leads }) => leads) && oldestDueUnstartedMs < OVERDUE_MS,
  };
}

/** Returns how long the oldest tick is overdue, or the oldest run that might begin has waited. */
export function overdueOf(
  { queue, ledger }: Pick<RunStore, 'queue' | 'ledger'>,
  { now, maxRuns }: StatusMoment,
): Milliseconds {
  const due = ledger
    .triggers()
    .flatMap(({ armed, definition }) => (definition === null ? [] : (armed ?? [])));
  const oldest = Math.min(queue.oldestReady(maxRuns) ?? Infinity, ...due);
  return Math.max(0, now - Math.min(oldest, now));
}
