/** Runs and events that stand for any others. */
import type { Owner, RunEvent, RunTotals, UserEvent } from '../../src/model/event.ts';
import type { ResultRef } from '../../src/model/result.ts';
import type { CacheEntry, NewRun, RunStore } from '../../src/store/run-store.ts';

export const digest = (of: number): string => of.toString(16).padStart(64, '0');

export const owner = (pid: number): Owner => ({ pid, startTime: '7', bootId: 'b', host: 'here' });

/** A request as dp keeps it. */
export const requestWith = (more: object): Uint8Array =>
  new TextEncoder().encode(JSON.stringify({ params: {}, selection: {}, tasks: [], ...more }));

export function newRun(runId: string, more: Partial<NewRun> = {}): NewRun {
  return {
    runId,
    pipeline: 'flights',
    planId: digest(1),
    file: '/project/flights.yaml',
    startedAt: 1_000,
    owner: owner(1),
    request: requestWith({ params: { of: runId } }),
    ...more,
  };
}

const NONE = { succeeded: 0, cached: 0, failed: 0, skipped: 0, upstreamFailed: 0, cancelled: 0 };
let made = 0;
const common = (runId: string, time: number) => ({ v: 1, id: `e${++made}`, runId, time }) as const;

export function started(runId: string, time = 1_000): RunEvent {
  const { pipeline, planId, file } = newRun(runId);
  const data = { pipeline, planId, file, params: {}, tasks: 1, owner: owner(1) };
  return { ...common(runId, time), topic: 'run.started', data };
}

export function resumed(runId: string, by: Owner, time = 3_000): RunEvent {
  return { ...common(runId, time), topic: 'run.resumed', data: { owner: by } };
}

export function ended(
  runId: string,
  how: 'succeeded' | 'failed' | 'cancelled' = 'succeeded',
  time = 2_000,
  counted: Partial<RunTotals> = { succeeded: 1 },
): RunEvent {
  const totals = { ...NONE, ...counted };
  switch (how) {
    case 'cancelled':
      return {
        ...common(runId, time),
        topic: 'run.cancelled',
        data: { totals, reason: 'SIGINT' },
      };
    default:
      return { ...common(runId, time), topic: `run.${how}`, data: { totals } };
  }
}

/** Puts an entry into the cache, as a run does that is no longer on record. */
export function remember(store: RunStore, entry: CacheEntry): void {
  const runId = 'remembers';
  store.begin(newRun(runId));
  store.append(runId, [], [entry]);
  store.release(runId);
  store.remove([runId]);
}

export const result = (run: string, task: string, id = '1'): ResultRef => ({
  is: 'value',
  run,
  task,
  id,
  bytes: 12,
  digest: digest(2),
});

export function taskSucceeded(
  runId: string,
  task: string,
  more: { output?: ResultRef; element?: number; time?: number } = {},
): RunEvent {
  return {
    ...common(runId, more.time ?? 1_500),
    topic: 'run.task.succeeded',
    task,
    attempt: 1,
    ...(more.element === undefined ? {} : { element: more.element }),
    data: { output: more.output ?? result(runId, task), durationMs: 0.25, key: digest(3) },
  };
}

export function taskStarted(runId: string, task: string, element?: number): RunEvent {
  return {
    ...common(runId, 1_200),
    topic: 'run.task.started',
    task,
    attempt: 1,
    ...(element === undefined ? {} : { element }),
    data: { worker: 0, token: '1.1' },
  };
}

/** The events of a task, or of an element, that succeeds with its first attempt. */
export const taskRan = (...about: Parameters<typeof taskSucceeded>): readonly RunEvent[] => [
  taskStarted(about[0], about[1], about[2]?.element),
  taskSucceeded(...about),
];

export function taskCached(runId: string, task: string, fromRun: string): RunEvent {
  return {
    ...common(runId, 1_500),
    topic: 'run.task.cached',
    task,
    data: { output: result(fromRun, task), fromRun, key: digest(3) },
  };
}

export function taskFailed(runId: string, task: string): RunEvent {
  const error = { name: 'Error', message: 'no "data": 100 % {{missing}}\n\u0000\u2028 \ud800' };
  return {
    ...common(runId, 1_500),
    topic: 'run.task.failed',
    task,
    attempt: 1,
    data: { reason: 'failed', error, durationMs: 3 },
  };
}

export function published(runId: string, data: unknown): UserEvent {
  return { ...common(runId, 1_500), topic: 'data.flights.arrived', task: 'x', attempt: 1, data };
}
