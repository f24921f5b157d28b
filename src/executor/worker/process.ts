/**
 * Worker process: assignments come in over its channel to dp, outcomes go out over it; results go to the IoManager directly.
 * It ends when dp does, whatever its task is doing.
 * It never decides whether anything is tried again, and never writes to the terminal.
 */
import { Worker } from 'node:worker_threads';
import { AttemptRunner, type WorkerState } from './attempt.ts';
import { Environment } from './environment.ts';
import { Intrinsics } from './intrinsics.ts';
import { StartedChildren } from './started-children.ts';
import type { Assignment, FromWorker, ToProcess } from '../ports/protocol.ts';
import { Pulse, Watch, type WatchdogData } from '../ports/pulse.ts';

const home = process.cwd();
const send = process.send?.bind(process);
// The task sees a process that has nobody to talk to. (Node itself still needs `process.disconnect`.)
delete process.send;
hideOwnOptions(process.env);
const worker: WorkerState = {
  environment: new Environment(),
  intrinsics: new Intrinsics(),
  children: new StartedChildren(),
};

const tell = (message: FromWorker): void => void send?.(message);

process.once('message', (first: ToProcess) => {
  if (first.is === 'serve') void serve(first);
});
// With all that the task has started.
process.once('disconnect', () => process.kill(-process.pid, 'SIGKILL'));

async function serve({
  session,
  parent,
  memoryMiB,
  watchdogFile,
}: ToProcess & { is: 'serve' }): Promise<void> {
  const pulse = new Pulse();
  const watch = new Watch();
  const opening = AttemptRunner.open(session, { tell, pulse, worker });
  // What comes before it is open waits for it.
  process.on('message', (message: Exclude<ToProcess, { is: 'serve' }>) => void obey(message));
  await opening;
  tell({ is: 'serving' });
  const workerData: WatchdogData = { parent, memoryMiB, pulse: pulse.shared, watch: watch.shared };
  new Worker(watchdogFile, { workerData, execArgv: [], env: {} }).unref();

  async function obey(message: Exclude<ToProcess, { is: 'serve' }>): Promise<void> {
    const runner = await opening;
    if (message.is === 'abort') runner.abort(message.token, message.reason);
    else await carryOut(runner, message);
  }

  async function carryOut(runner: AttemptRunner, assignment: Assignment): Promise<void> {
    if (process.cwd() !== home) process.chdir(home);
    watch.begin(assignment.token, assignment.heartbeatMs);
    await runner.run(assignment);
    watch.end();
  }
}

/** Node takes the limit of its heap from the environment, where tasks should not see it. */
function hideOwnOptions(env: NodeJS.ProcessEnv): void {
  const options = env['NODE_OPTIONS']?.replace(/ ?--max-old-space-size=\d+$/, '');
  if (options === undefined) return;
  if (options === '') delete env['NODE_OPTIONS'];
  else env['NODE_OPTIONS'] = options;
}
