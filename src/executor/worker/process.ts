/**
 * Worker process: assignments come in over its channel to dp, outcomes go out over it; results go to the IoManager directly.
 * It ends when dp does, whatever its task is doing.
 * It never decides whether anything is tried again, and never writes to the terminal.
 */
import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { AttemptRunner, type WorkerState } from './attempt.ts';
import { Environment } from './environment.ts';
import { Intrinsics } from './intrinsics.ts';
import { Observer } from './observer.ts';
import { StartedChildren } from './started-children.ts';
import { CHANNEL_FD, ProcessChannel } from '../ports/process-channel.ts';
import type { FromWorker, ToProcess } from '../ports/protocol.ts';
import { Pulse, Watch, type WatchdogData } from '../ports/pulse.ts';

const home = process.cwd();
hideOwnOptions(process.env);
const worker: WorkerState = {
  environment: new Environment(),
  // It replaces functions that the intrinsics then keep.
  observer: new Observer(),
  intrinsics: new Intrinsics(),
  children: new StartedChildren(),
};

const channel = new ProcessChannel(new Socket({ fd: CHANNEL_FD, readable: true, writable: true }), {
  // The cast is safe: dp is at the other end.
  heard: (message) => hear(message as ToProcess),
  // The whole process group is killed, with all that the task has started.
  ended: () => process.kill(-process.pid, 'SIGKILL'),
});
const tell = (message: FromWorker): void => channel.send(message);

const pulse = new Pulse();
const watch = new Watch();
let opening: Promise<AttemptRunner> | undefined;

function hear(message: ToProcess): void {
  if (message.is === 'serve') void serve(message);
  // Messages that arrive before the runner is open wait for it.
  else void opening?.then((runner) => obey(runner, message));
}

async function serve({
  session,
  parent,
  memoryMiB,
  watchdogFile,
}: ToProcess & { is: 'serve' }): Promise<void> {
  opening = AttemptRunner.open(session, { tell, pulse, worker });
  await opening;
  tell({ is: 'serving' });
  const workerData: WatchdogData = { parent, memoryMiB, pulse: pulse.shared, watch: watch.shared };
  new Worker(watchdogFile, { workerData, execArgv: [], env: {} }).unref();
}

async function obey(
  runner: AttemptRunner,
  message: Exclude<ToProcess, { is: 'serve' }>,
): Promise<void> {
  if (message.is === 'abort') {
    runner.abort(message.token, message.reason);
    return;
  }
  if (process.cwd() !== home) process.chdir(home);
  watch.begin(message.token, message.heartbeatMs);
  await runner.run(message);
  watch.end();
}

/** Node takes the limit of its heap from the environment, where tasks should not see it. */
function hideOwnOptions(env: NodeJS.ProcessEnv): void {
  const options = env['NODE_OPTIONS']?.replace(/ ?--max-old-space-size=\d+$/, '');
  if (options === undefined) return;
  if (options === '') delete env['NODE_OPTIONS'];
  else env['NODE_OPTIONS'] = options;
}
