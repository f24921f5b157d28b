import { join } from 'node:path';
import type { RunId, TaskName } from './ids.ts';

/** Returns the file that holds the log of an attempt: `.dp/runs/RUN/logs/TASK.ATTEMPT.log`, with the element's number in between for mapped tasks. */
export function logFile(
  stateFolder: string,
  run: RunId,
  task: TaskName,
  attempt: number,
  element?: number,
): string {
  const name =
    element === undefined ? `${task}.${attempt}.log` : `${task}.${element}.${attempt}.log`;
  return join(stateFolder, 'runs', run, 'logs', name);
}
