/**
 * App: the use cases and the wiring. A prepared plan comes in, a run under way goes out.
 * It makes the adapters and hands them to the rooms; it decides nothing that a room could decide.
 */
import type { SubscribeOptions } from '../../events/broker.ts';
import { MemoryBroker } from '../../events/memory.ts';
import { systemClock } from '../../lib/clock.ts';
import { execute } from '../../executor/executor.ts';
import { SharedJobs } from '../../executor/queue/shared-jobs.ts';
import type { RunHandle } from '../../executor/request.ts';
import { encodeRequest } from '../../executor/run/resumption.ts';
import { Threads } from '../../executor/workers/threads.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { RecordedEvent } from '../../model/event.ts';
import { newRunId, type Milliseconds, type RunId, type TaskName } from '../../model/ids.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { keepParts, partsOf } from '../../planner/parts.ts';
import { thisProcess } from '../../store/process-identity.ts';
import { watchForCancel } from './cancel.ts';
import { ChildRuns } from './child-runs.ts';
import {
  cacheFolder,
  executorProcess,
  executorWorker,
  transformer,
} from '../project/installation.ts';
import type { Loaded } from '../planning/load.ts';
import { pick, standardEnv, type Place } from '../project/place.ts';
import type { Prepared } from '../planning/prepared.ts';
import { type State, openState } from '../project/state.ts';
import { verification } from './verify-cache.ts';
import type { Sample } from '../../model/plan.ts';
import type { EarlierWork } from '../../executor/run/earlier-work.ts';

export type { Threads } from '../../executor/workers/threads.ts';

export interface RunOptions {
  readonly jobs: number;
  readonly byLevel: boolean;
  readonly onFailure: 'continue' | 'stop';
  readonly graceMs: Milliseconds;
  readonly cache: { readonly read: boolean; readonly write: boolean };
  readonly durability: 'run' | 'task';
  /** From `beginThreads`, of the same size. */
  readonly threads?: Threads;
  /** Stored results that a new run makes again, to compare. */
  readonly verify?: Sample;
}

/**
 * A thread on its way while the plan is still being made, for a pipeline that will surely want one. The caller closes it
 * when no run follows.
 */
export function beginThreads({ pipeline }: Loaded, jobs: number, place: Place): Threads {
  const env = { ...standardEnv(place.env), ...pick(place.env, pipeline.env) };
  const threads = new Threads({ size: jobs, workerFile: executorWorker(), env });
  if (surelyRunsFunctions(pipeline)) void threads.begin();
  return threads;
}

/** Where every function asks for stored results there may be nothing to run. */
function surelyRunsFunctions({ tasks, defaults }: Pipeline): boolean {
  for (const { work, settings } of tasks.values())
    if (work.is === 'function' && !(settings.cache ?? defaults.cache)) return true;
  return false;
}

export interface Running {
  readonly runId: RunId;
  /** Most units of work at once. */
  readonly jobs: number;
  readonly handle: RunHandle;
  readonly state: State;
  /** Events of the run from its beginning, for those who ask at once; ends with the run. */
  follow(pattern: string, options?: SubscribeOptions): AsyncIterable<RecordedEvent>;
  /** What there is to warn of when it has ended. */
  findings(): readonly Diagnostic[];
}

/** Begins a run; the caller disposes of its state when it has ended. */
export function startRun(prepared: Prepared, options: RunOptions, place: Place): Running {
  const { loaded, plan, selection, ground } = prepared;
  const state = openState(loaded.root, place, { readOnly: false, durability: options.durability });
  const startedAt = Date.now();
  const runId = newRunId(startedAt);
  const { planId, pipeline, file } = plan;
  const request = encodeRequest(plan, selection, keepParts(partsOf(plan, ground)));
  state.store.begin({ runId, pipeline, planId, file, startedAt, owner: thisProcess(), request });
  const held = { state, runId, epoch: 1 };
  if (options.verify === undefined) return launch(prepared, options, place, held);
  const { plan: verifying, findings } = verification(prepared, runId, options.verify, state);
  return { ...launch({ ...prepared, plan: verifying }, options, place, held), findings };
}

interface Held {
  readonly state: State;
  readonly runId: RunId;
  readonly epoch: number;
  readonly earlier?: EarlierWork;
  /** Of a run that works for another one; it has that one's state and places. */
  readonly parent?: { readonly runId: RunId; readonly task: TaskName };
  readonly sharedJobs?: SharedJobs;
}

export function launch(prepared: Prepared, options: RunOptions, place: Place, held: Held): Running {
  const { loaded, plan, expressions, surroundings, declaredEnv, checks, retryOf } = prepared;
  const { state, runId } = held;
  const broker = new MemoryBroker();
  const binding = transformer();
  const { jobs, byLevel, onFailure, graceMs, cache, threads } = options;
  const { parent, sharedJobs = new SharedJobs(jobs) } = held;
  const subruns = new ChildRuns({
    parent: runId,
    subs: prepared.subs,
    state,
    readCache: cache.read,
    place,
    launch: (child, heldChild) => {
      const { threads: _, ...same } = options;
      return launch(child, same, place, { ...heldChild, state, sharedJobs }).handle;
    },
  });
  const handle = execute(
    {
      plan,
      runId,
      owner: thisProcess(),
      epoch: held.epoch,
      jobs,
      byLevel,
      onFailure,
      graceMs,
      cache,
      env: { ...standardEnv(place.env), ...declaredEnv },
      declaredEnv,
      surroundings,
      checks,
      ...(retryOf === undefined ? {} : { retryOf }),
      ...(parent === undefined ? {} : { parent }),
      ...(held.earlier === undefined ? {} : { earlier: held.earlier }),
    },
    {
      store: state.store,
      broker,
      io: state.io,
      expressions,
      clock: systemClock,
      workerFile: executorWorker(),
      processEntry: executorProcess,
      subruns,
      sharedJobs,
      ...(threads === undefined ? {} : { threads }),
      session: {
        root: loaded.root,
        results: { kind: 'filesystem', root: state.folder },
        logs: { kind: 'files', stateFolder: state.folder },
        cacheFolder: cacheFolder(),
        ...(binding === undefined ? {} : { transformerFile: binding }),
      },
    },
  );
  const watch = watchForCancel(state.store, runId, handle);
  const ended = closingAfter(handle.ended, broker, watch);
  return {
    runId,
    jobs,
    handle: { ended, cancel: (reason, how) => handle.cancel(reason, how) },
    state,
    // Whatever a run tells has a run on record.
    follow: (pattern, how) => broker.subscribe(pattern, how) as AsyncIterable<RecordedEvent>,
    findings: () => [],
  };
}

async function closingAfter<T>(
  ended: Promise<T>,
  broker: MemoryBroker,
  watch: Disposable,
): Promise<T> {
  try {
    return await ended;
  } finally {
    watch[Symbol.dispose]();
    await broker.close();
  }
}
