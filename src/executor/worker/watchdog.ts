/**
 * Watchdog: a thread of a worker process, whose main thread may be held by its task.
 * It ends the process, with all that the task has started, when dp is gone or the memory is used up,
 * and tells dp of a task that is silent for too long.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { WATCHDOG_FD, type FromWatchdog } from '../ports/protocol.ts';
import { Pulse, Watch, type WatchdogData } from '../ports/pulse.ts';

const LOOK_EVERY_MS = 100;
const BYTES_PER_MIB = 2 ** 20;

const { parent, memoryMiB, pulse, watch } = workerData as WatchdogData;
const [lastSign, current] = [new Pulse(pulse), new Watch(watch)];
let toldOf = 0;

setInterval(() => {
  if (process.ppid !== parent) end();
  checkMemory();
  checkPulse();
}, LOOK_EVERY_MS);

function checkMemory(): void {
  if (memoryMiB === null) return;
  const used = process.memoryUsage.rss() / BYTES_PER_MIB;
  if (used <= memoryMiB) return;
  tell({ is: 'out_of_memory', usedMiB: Math.ceil(used) });
  end();
}

function checkPulse(): void {
  const { token, heartbeatMs } = current;
  if (token === 0 || token === toldOf || lastSign.silentMs < heartbeatMs) return;
  // The attempt may have begun or ended in the meantime.
  if (current.token !== token) return;
  toldOf = token;
  tell({ is: 'silent', token });
}

function tell(message: FromWatchdog): void {
  writeSync(WATCHDOG_FD, `${JSON.stringify(message)}\n`);
}

function end(): void {
  process.kill(-process.pid, 'SIGKILL');
}
