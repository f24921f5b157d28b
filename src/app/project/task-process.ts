/** First word of a command line that is no user's: the executable becomes a worker process, from the file named by the second. */
export const TASK_PROCESS = 'task-process';
