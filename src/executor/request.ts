/** What the executor is asked, and what it answers with. */
import type { Broker } from '../events/broker.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { Expressions } from '../model/expression.ts';
import type { Milliseconds, RunId, TaskName } from '../model/ids.ts';
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
import type { Hold } from './hold.ts';
import type { RunEnding } from '../model/run.ts';
import type { RetriedElements } from './run/earlier-work.ts';

/** How a run goes, whatever its plan. */
export interface RunPolicy {
  /** A barrier after each level. */
  readonly byLevel: boolean;
  /** What a failure does to tasks that do not depend on it. */
  readonly onFailure: 'continue' | 'stop';
  /** How long stopped work may take to end by itself. */
  readonly graceMs: Milliseconds;
  readonly cache: { readonly read: boolean; readonly write: boolean };
}

export interface ExecuteRequest extends Hold, RunPolicy {
  readonly plan: Plan;
  /** Most units of work at once: threads and commands together. */
  readonly jobs: number;
  /** The whole environment of the tasks, and the declared part of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly declaredEnv: Readonly<Record<string, string>>;
  /** The values that are redacted in all that leaves a task. */
  readonly secrets: readonly string[];
  readonly surroundings: Surroundings;
  /** Absent: the compiler vouches for every argument. */
  readonly checks?: ArgumentChecks;
  /** The run that this one does over. */
  readonly retryOf?: RunId;
  /** What of its mapped tasks stands. */
  readonly retried?: RetriedElements;
  /** The run, and the task in it, that this one works for. */
  readonly parent?: { readonly runId: RunId; readonly task: TaskName };
}

export interface ExecutorPorts {
  readonly store: RunStore;
  readonly broker: Pick<Broker, 'publish'>;
  readonly io: IoManager;
  readonly expressions: Expressions;
  readonly clock: Clock;
  /** How worker processes are started, for tasks that ask for one. */
  readonly processEntry: () => ProcessEntry;
  /** Absent: no task of the plan is a pipeline. */
  readonly subruns?: Subruns;
  /** Places for work, shared with other runs. */
  readonly sharedJobs: SharedJobs;
  /** Threads of the run's environment; whoever made them closes them. */
  readonly threads: Threads;
  readonly session: Pick<Session, 'root' | 'cacheFolder' | 'results' | 'logs' | 'transformerFile'>;
}

export interface RunHandle {
  /** How the run ended; rejects only when the world failed (disk, state) or dp has a bug. */
  readonly ended: Promise<RunEnding>;
  /** `drain`: start nothing more, let running work end within the grace. `kill`: end it now. */
  cancel(reason: string, how: 'drain' | 'kill'): void;
}
