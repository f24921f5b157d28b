/** The parts that execute a run: its own, and those that it shares with the other runs of its engine. */
import type { Broker } from '../../events/broker.ts';
import type { RunHold } from '../../executor/hold.ts';
import type { SharedJobs } from '../../executor/queue/shared-jobs.ts';
import type { ExecuteRequest, ExecutorPorts, RunPolicy } from '../../executor/request.ts';
import type { Supply, ThreadSupply } from '../../executor/workers/thread-supply.ts';
import type { CallerContext } from '../project/caller-context.ts';
import type { State } from '../project/state.ts';

/** The parts that all runs of an engine share. */
export interface Shared {
  readonly state: State;
  readonly caller: CallerContext;
  readonly broker: Pick<Broker, 'publish'>;
  /** Greatest number of units of work at once; the next field has the places for them. */
  readonly jobs: number;
  readonly sharedJobs: SharedJobs;
  readonly threads: ThreadSupply;
  readonly processEntry: ExecutorPorts['processEntry'];
}

/** A run that is about to be executed. */
export interface HeldRun extends Pick<ExecuteRequest, 'parent'> {
  readonly hold: RunHold;
  readonly policy: RunPolicy;
  /** The threads of the run that this one is a child of. */
  readonly supply?: Supply;
  /** Secrets of the run that this one works for. */
  readonly secrets?: readonly string[];
}
