/** A producer or consumer, on a thread or in a process of its own. It does what its seed says until its work is done or it is killed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openProcessReceiver, openProcessSender } from '../../src/events/queues/process-queue.ts';
import type { QueueReceiver, QueueSender } from '../../src/events/queues/queue.ts';
import { openThreadReceiver, openThreadSender } from '../../src/events/queues/thread-queue.ts';
import { Fault } from '../../src/model/fault.ts';
import { Chance } from '../../src/simulation/chance.ts';
import { type MemberTask, PIPE } from './member-task.ts';
import { ABORTED, recorderAt, type Value } from './records.ts';

// A cast: the parent made it.
const task = (parentPort === null ? JSON.parse(process.argv[2] ?? '') : workerData) as MemberTask;
const { role, end, from, first, last, lifespan } = task;
const chance = new Chance(task.seed);
const record = recorderAt(task.file);
let lived = 0;

if (role === 'producer')
  await produce(end === undefined ? openProcessSender(PIPE) : openThreadSender(end));
else await consume(end === undefined ? openProcessReceiver(PIPE) : openThreadReceiver(end));

/** Puts one by one, side by side and blocking. */
async function produce(sender: QueueSender<Value>): Promise<void> {
  const put = async (n: number): Promise<void> => {
    await sender.put({ from, n });
    done({ from, n });
  };
  for (let next = first, round = 0; next <= last; round++) {
    const count = Math.min(chance.between(1, 64, `count ${round}`), last - next + 1);
    const numbers = Array.from({ length: count }, (_, i) => next + i);
    next += count;
    const way = chance.one(['one by one', 'side by side', 'blocking'] as const, `way ${round}`);
    if (way === 'side by side') await Promise.all(numbers.map(put));
    else if (way === 'one by one') for (const n of numbers) await put(n);
    else
      for (const n of numbers) {
        sender.putSync({ from, n });
        done({ from, n });
      }
    await pause(round);
  }
  sender.close();
}

/** Gets one value at a time, so that a kill takes one along at most: patiently, impatiently and blocking. */
async function consume(receiver: QueueReceiver<Value>): Promise<void> {
  for (let round = 0; ; round++) {
    const way = chance.one(['patient', 'impatient', 'blocking'] as const, `way ${round}`);
    const count = chance.between(1, 64, `count ${round}`);
    for (let i = 0; i < count; i++) {
      const value = await valueFrom(receiver, way);
      if (value === 'closed') return;
      if (value === 'late') record(ABORTED);
      else done(value);
    }
    await pause(round);
  }
}

async function valueFrom(
  receiver: QueueReceiver<Value>,
  way: 'patient' | 'impatient' | 'blocking',
): Promise<Value | 'late' | 'closed'> {
  try {
    if (way === 'blocking') return receiver.getSync();
    return await receiver.get(way === 'patient' ? {} : { signal: AbortSignal.timeout(1) });
  } catch (error) {
    if (error instanceof Fault && error.code === 'DP6102') return 'closed';
    if (error instanceof DOMException && error.name === 'TimeoutError') return 'late';
    throw error;
  }
}

function done(value: Value): void {
  record(value);
  if (++lived === lifespan) {
    if (parentPort === null) process.send?.('kill me');
    else parentPort.postMessage('kill me');
  }
}

/** The pauses of real work: most values come at once, some after a while. */
async function pause(round: number): Promise<void> {
  if (chance.happens(0.05, `pause ${round}`)) await sleep(chance.between(0, 3, `length ${round}`));
}
