/** The hidden command by which the executable starts as a worker process, from the file that its argument names. */
export const TASK_PROCESS = 'task-process';
