/** Creates the parts of one run in dependency order: each part knows only those created before it. */
import type { Broker } from '../events/broker.ts';
import type { Clock } from '../lib/clock.ts';
import type { Expressions } from '../model/expression.ts';
import type { TaskName } from '../model/ids.ts';
import type { Workforce, WorkforceListener } from './ports/workforce.ts';
import { Admission } from './queue/admission.ts';
import { SharedPools } from './queue/shared-pools.ts';
import type { ExecuteRequest } from './request.ts';
import { EarlyStarts } from './run/early-starts.ts';
import { EarlyTasks } from './run/early-tasks.ts';
import { Journal } from './run/journal.ts';
import { Levels } from './run/levels.ts';
import { Outputs } from './run/outputs.ts';
import type { RunRecords, StoredResults, TaskFiles } from './run/ports.ts';
import { Preparation } from './run/preparation.ts';
import { Readiness } from './run/readiness.ts';
import { Reusable } from './run/reusable.ts';
import { RunState } from './run/run-state.ts';
import { Settlement } from './run/settlement.ts';
import { Starts } from './run/starts.ts';
import { TaskEvents } from './run/task-events.ts';
import { UnitTimers, type TimeUp } from './run/unit-timers.ts';
import { Units } from './run/units.ts';
import { EarlierStreams } from './streams/earlier-streams.ts';
import { liveReaders } from './streams/live-readers.ts';
import { LiveStreams } from './streams/live-streams.ts';
import { Redaction } from './worker/redaction.ts';

export interface ExecutionPorts {
  readonly store: RunRecords;
  readonly broker: Pick<Broker, 'publish'>;
  readonly io: StoredResults;
  readonly files: TaskFiles;
  readonly expressions: Expressions;
  readonly clock: Clock;
  /** Creates the workforce; `redaction` applies to what workers write themselves. */
  readonly workforce: (listener: WorkforceListener, redaction: Redaction) => Workforce;
}

/** Receives events from outside the run: from workers, timers, and other runs that share its pools. */
export interface Loop extends WorkforceListener {
  timeIsUp(timeUp: TimeUp): void;
  /** Called when a unit may be able to start that could not before. */
  wake(): void;
}

export type RunParts = ReturnType<typeof wire>;

export function wire(request: ExecuteRequest, ports: ExecutionPorts, loop: Loop) {
  const { plan, runId, epoch, earlier, byLevel, jobs, onFailure } = request;
  const { store, io, files, clock, expressions } = ports;
  const wake = (): void => loop.wake();
  const run = new RunState(plan.tasks);
  const { tasks } = run;
  const redaction = new Redaction(request.secrets);
  const journal = new Journal(runId, epoch, { ...ports, redaction });
  const levels = new Levels(plan, byLevel);
  const events = new TaskEvents(tasks, journal, levels);
  const outputs = new Outputs();
  const reusable = new Reusable({
    run: runId,
    clock,
    isWritten: request.cache.write,
    files,
    wake,
  });
  const timers = new UnitTimers(clock, (timeUp) => loop.timeIsUp(timeUp));
  const readersOf = !byLevel && jobs > 1 ? liveReaders(tasks) : NO_READERS;
  const streams = new LiveStreams({ readersOf, clock, wake });
  const isKept = (name: TaskName): boolean => earlier?.outputs.has(name) === true;
  const earlierStreams = new EarlierStreams({ tasks: plan.tasks, epoch, isKept });
  const workforce = ports.workforce(loop, redaction);
  const pools = new SharedPools({ run: runId, slots: store.slots, clock, wake });
  const admission = new Admission(tasks, pools, { pools: plan.pools, jobs });
  const { surroundings, declaredEnv: env } = request;
  const preparation = new Preparation({
    plan,
    runId,
    at: request.at,
    surroundings,
    env,
    expressions,
    io,
    outputs,
    run,
  });
  const settlement = new Settlement({
    tasks,
    levels,
    events,
    outputs,
    reusable,
    streams,
    onFailure,
    earlier,
  });
  const common = {
    run,
    clock,
    events,
    admission,
    timers,
    settlement,
    workforce,
    preparation,
    earlier,
  };
  const units = new Units({ ...common, runId, reusable, retried: request.retried });
  const early = new EarlyTasks({ ...common, streams, units });
  const earlyStarts = new EarlyStarts({ ...common, streams, early });
  const readiness = new Readiness({
    ...common,
    readCache: request.cache.read,
    store,
    io,
    files,
    units,
  });
  const starts = new Starts({
    ...common,
    runId,
    epoch,
    expressions,
    streams,
    earlierStreams,
    earlyStarts,
    bus: store.bus,
  });
  return {
    run,
    journal,
    levels,
    outputs,
    reusable,
    timers,
    streams,
    workforce,
    admission,
    settlement,
    units,
    early,
    earlyStarts,
    readiness,
    starts,
  };
}

const NO_READERS: ReturnType<typeof liveReaders> = new Map();
