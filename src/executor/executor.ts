/**
 * Executor: a Plan comes in, events go out until the run has ended.
 * It starts the tasks that `Progress` releases, within the limits, and records every change before it is published.
 * It does not interpret the plan, holds no result, and prints nothing.
 */
import type { IoManager } from '../io/io-manager.ts';
import { putBackOutputs } from '../io/task-outputs.ts';
import type { KeptOutputs } from '../model/kept-outputs.ts';
import { changedInputs, declaredReads, notesOf } from '../io/task-inputs.ts';
import { Dispatcher } from './workers/dispatcher.ts';
import { Execution } from './execution.ts';
import type { ExecuteRequest, ExecutorPorts, RunHandle } from './request.ts';
import { NO_SUBRUNS } from './ports/subruns.ts';

/** Starts the run immediately, with workers on this machine. This process must hold the run. */
export function execute(request: ExecuteRequest, ports: ExecutorPorts): RunHandle {
  const { plan, runId: run, jobs, graceMs, epoch, env, secrets } = request;
  const { threads, sharedJobs, processEntry, io } = ports;
  const { pipeline, params, folder } = plan;
  const checks = request.checks ?? new Map();
  const { root, logs } = ports.session;
  const ground = { root, state: logs.stateFolder, env, params };
  const session = { ...ports.session, run, pipeline, params, secrets, checks };
  return new Execution(request, {
    ...ports,
    files: {
      declared: (patterns, outputs) => declaredReads({ patterns, outputs, folder }, ground),
      notesOf: (seen) => notesOf(seen, ground),
      putBack: (outputs) => putBack(io, outputs, root),
      hold: (notes) => changedInputs(notes, ground).length === 0,
    },
    workforce: (listener, redaction) =>
      new Dispatcher({
        jobs,
        sharedJobs,
        subruns: ports.subruns ?? NO_SUBRUNS,
        graceMs,
        epoch,
        threads,
        processEntry,
        session,
        env,
        folder,
        io,
        bus: ports.store.bus,
        clock: ports.clock,
        redaction,
        listener,
      }),
  });
}

/** Returns false when the kept files are gone or damaged, or cannot be written: the command then makes them again. */
async function putBack(io: IoManager, outputs: KeptOutputs, root: string): Promise<boolean> {
  try {
    await putBackOutputs(io, outputs, root);
    return true;
  } catch {
    return false;
  }
}
