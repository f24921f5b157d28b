import { join } from 'node:path';
import { isTaskName, type RunId, type TaskName } from './ids.ts';

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

/** Returns whether a file of this name can be the log of an attempt. */
export function isLogName(name: string): boolean {
  const [task = '', ...numbers] = name.slice(0, -4).split('.');
  const areNumbers =
    numbers.length > 0 && numbers.length < 3 && numbers.every((n) => /^\d{1,15}$/.test(n));
  return name.endsWith('.log') && isTaskName(task) && areNumbers;
}
