/** The executor's input, and the handle that it returns. */
import type { Broker } from '../events/broker.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { Expressions } from '../model/expression.ts';
import type { Instant, Milliseconds, RunId, TaskName } from '../model/ids.ts';
import type { Plan } from '../model/plan.ts';
import type { ArgumentChecks } from '../planner/argument-checks.ts';
import type { Surroundings } from '../planner/planner.ts';
import type { RunStore } from '../store/run-store.ts';
import type { Clock } from '../lib/clock.ts';
import type { Session } from './ports/protocol.ts';
import type { SharedJobs } from './queue/shared-jobs.ts';
import type { Subruns } from './ports/subruns.ts';
import type { Threads } from './workers/threads.ts';
import type { ProcessEntry } from './ports/worker.ts';
import type { RunHold } from './hold.ts';
import type { RunEnding } from '../model/run.ts';
import type { RetriedElements } from './run/earlier-work.ts';

/** Settings of a run that do not depend on its plan. */
export interface RunPolicy {
  /** True when tasks wait until all earlier levels have ended. */
  readonly byLevel: boolean;
  /** Whether tasks that do not depend on a failed one still start. */
  readonly onFailure: 'continue' | 'stop';
  /** Time that stopped work has to end by itself. */
  readonly graceMs: Milliseconds;
  readonly cache: { readonly read: boolean; readonly write: boolean };
}

export interface ExecuteRequest extends RunHold, RunPolicy {
  readonly plan: Plan;
  /** Logical time: the instant that the run works for. */
  readonly at: Instant;
  /** Maximum number of units at once: threads and commands together. */
  readonly jobs: number;
  /** Complete environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  /** Declared part of `env`. */
  readonly declaredEnv: Readonly<Record<string, string>>;
  /** Values that are redacted in all output of a task. */
  readonly secrets: readonly string[];
  readonly surroundings: Surroundings;
  /** Absent when the compiler has checked every argument. */
  readonly checks?: ArgumentChecks;
  /** The run that this one retries. */
  readonly retryOf?: RunId;
  /** Elements of the retried run's mapped tasks whose results are kept. */
  readonly retried?: RetriedElements;
  /** The run and its task that started this run as a sub-run. */
  readonly parent?: { readonly runId: RunId; readonly task: TaskName };
}

export interface ExecutorPorts {
  readonly store: RunStore;
  readonly broker: Pick<Broker, 'publish'>;
  readonly io: IoManager;
  readonly expressions: Expressions;
  readonly clock: Clock;
  /** Returns how worker processes are started; called only when a task needs one. */
  readonly processEntry: () => ProcessEntry;
  /** Absent when no task of the plan is a pipeline. */
  readonly subruns?: Subruns;
  /** Job slots that are shared with other runs. */
  readonly sharedJobs: SharedJobs;
  /** Threads with the run's environment; their creator closes them. */
  readonly threads: Threads;
  readonly session: Pick<
    Session,
    'root' | 'code' | 'cacheFolder' | 'results' | 'logs' | 'transformerFile'
  >;
}

export interface RunHandle {
  /** Resolves with how the run ended; rejects only when the disk or the state failed, or dp has a bug. */
  readonly ended: Promise<RunEnding>;
  /** `drain` starts nothing more and lets running work end within the grace; `kill` ends it now. */
  cancel(reason: string, how: 'drain' | 'kill'): void;
}
