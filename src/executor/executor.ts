/**
 * Executor: a Plan comes in, events go out until the run has ended.
 * It starts what `Progress` says may start, within the limits, and records every change before anyone hears of it.
 * It never decides what a plan means, holds no result, and prints nothing.
 */
import { Execution } from './execution.ts';
import type { ExecuteRequest, ExecutorPorts, RunHandle } from './request.ts';

/** Begins at once; the run has to be held by this process. */
export function execute(request: ExecuteRequest, ports: ExecutorPorts): RunHandle {
  return new Execution(request, ports);
}
