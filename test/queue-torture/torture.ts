/**
 * A queue with four producers and four consumers, half of them on threads and half in processes, which pause, and are killed and replaced.
 * The seed decides who does what, and who is killed after how many values; the machine decides at which byte.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { MemoryQueue } from '../../src/events/queues/memory-queue.ts';
import { receiverForProcess, senderForProcess } from '../../src/events/queues/process-queue.ts';
import { receiverForThread, senderForThread } from '../../src/events/queues/thread-queue.ts';
import { Chance } from '../../src/simulation/chance.ts';
import { takenIn, violationsIn } from './account.ts';
import { type MemberTask, PIPE } from './member-task.ts';
import { recordsIn, type Value } from './records.ts';

export interface Torture {
  readonly seed: number;
  readonly values: number;
  /** Number of times that each member is killed, about. */
  readonly kills: number;
}

export interface Tortured {
  readonly violations: readonly string[];
  readonly taken: number;
  readonly kills: number;
}

const MEMBERS = [0, 1, 2, 3];
/** A replaced producer leaves a gap: the values that were not acknowledged may be in the queue or not. */
const GAP = 100;
const PROGRAM = new URL('member.ts', import.meta.url);

export async function torture({ seed, values, kills }: Torture): Promise<Tortured> {
  const chance = new Chance(seed);
  const folder = mkdtempSync(join(tmpdir(), 'queue-torture-'));
  const queue = new MemoryQueue<Value>({ capacity: chance.between(1, 64, 'capacity') });
  const [keepsSenders, keepsReceivers] = [queue.sender(), queue.receiver()];
  const last = Math.ceil(values / MEMBERS.length) - 1;

  /** Returns the records of each life of a member. */
  const livesOf = async (role: MemberTask['role'], from: number): Promise<readonly Value[][]> => {
    const lives: Value[][] = [];
    for (let first = 0; first <= last;) {
      const life = `${role} ${from}.${lives.length}`;
      const task: MemberTask = {
        role,
        seed: chance.between(0, 2 ** 31, life),
        file: join(folder, life),
        from,
        first,
        last,
        lifespan: chance.between(1, Math.ceil((2 * last) / kills), `lifespan of ${life}`),
      };
      const isFinished = await (from % 2 === 0 ? liveOnThread : liveInProcess)(queue, task);
      lives.push([...recordsIn(task.file)]);
      if (isFinished) break;
      if (role === 'producer') first = (lives.at(-1)?.at(-1)?.n ?? first) + GAP;
    }
    return lives;
  };

  try {
    const consuming = Promise.all(MEMBERS.map((from) => livesOf('consumer', from)));
    const producers = await Promise.all(MEMBERS.map((from) => livesOf('producer', from)));
    keepsSenders.close();
    const consumers = await consuming;
    keepsReceivers.close();
    const killedConsumers = consumers.flat().length - MEMBERS.length;
    const [acknowledged, consumed] = [producers.flat(), consumers.flat()];
    return {
      violations: violationsIn({ acknowledged, consumed, killedConsumers }),
      taken: takenIn(consumed).flat().length,
      kills: killedConsumers + producers.flat().length - MEMBERS.length,
    };
  } finally {
    queue.close();
    rmSync(folder, { recursive: true });
  }
}

/** Returns true when the member did all its work, and false when it was killed. Rejects when it failed. */
async function liveOnThread(queue: MemoryQueue<Value>, task: MemberTask): Promise<boolean> {
  const end = (task.role === 'producer' ? senderForThread : receiverForThread)(queue);
  const worker = new Worker(PROGRAM, {
    workerData: { ...task, end },
    transferList: [end.port],
    execArgv: [],
  });
  let isKilled = false;
  worker.once('message', () => {
    isKilled = true;
    void worker.terminate();
  });
  const [code] = (await once(worker, 'exit')) as [number]; // rejects on an uncaught error
  if (code !== 0 && !isKilled) throw new Error(`${task.file} ended with ${code}`);
  return code === 0;
}

async function liveInProcess(queue: MemoryQueue<Value>, task: MemberTask): Promise<boolean> {
  const child = fork(PROGRAM, [JSON.stringify(task)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    execArgv: [],
  });
  (task.role === 'producer' ? senderForProcess : receiverForProcess)(queue, child.stdio[PIPE]);
  child.once('message', () => child.kill('SIGKILL'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`${task.file} ended with ${code}`);
  return code === 0;
}
