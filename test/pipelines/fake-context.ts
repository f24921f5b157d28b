import type { TaskContext, TaskLog } from 'dp';

/** What a task is given outside a run: its log lines and progress are dropped. */
export function fakeContext(): TaskContext {
  const log: TaskLog = { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
  return {
    runId: 'test',
    task: 'task',
    attempt: 1,
    signal: new AbortController().signal,
    log,
    params: {},
    env: {},
    key: 'key',
    resumeFrom: 0,
    publish: ignore,
    progress: ignore,
    heartbeat: ignore,
  };
}

function ignore(): void {}
