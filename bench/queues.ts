/**
 * Measures how fast values come from here to a thread and to a process: through a queue of dp, and through what Node has. Node's ways have no
 * limit and do not say what has arrived; a second figure is with an answer for each value, 64 of them under way.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { Socket } from 'node:net';
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { MemoryQueue } from '../src/events/queues/memory-queue.ts';
import { openProcessReceiver, receiverForProcess } from '../src/events/queues/process-queue.ts';
import type { QueueReceiver, QueueSender } from '../src/events/queues/queue.ts';
import {
  openThreadReceiver,
  receiverForThread,
  type ThreadQueueEnd,
} from '../src/events/queues/thread-queue.ts';
import { ProcessChannel } from '../src/executor/ports/process-channel.ts';
import { compare, type Subject } from './measure.ts';

const VALUES = 5_000;
const UNDER_WAY = 64;
const PIPE = 4;
const VALUE = { task: 'clean', attempt: 1, file: 'data/flights.csv', rows: [1, 2, 3], bytes: 9 };

/** How a far side receives: it says `done` after each `VALUES`, and answers each value where that is asked for. */
type Way = 'queue' | 'messages' | 'answers' | 'frames';

/** A way to send a value, and to hear what the far side says. */
interface Line {
  send(message: unknown): void;
  /** Returns how the listener is removed. */
  hear(listener: (message: unknown) => void): () => unknown;
}

const [, , wayInProcess] = process.argv;
if (parentPort !== null) {
  const { way, end } = workerData as { way: Way; end?: ThreadQueueEnd };
  await receive(way, portLine(parentPort), end && openThreadReceiver(end));
} else if (wayInProcess !== undefined) {
  await receive(
    wayInProcess as Way,
    wayInProcess === 'frames'
      ? channelLine(new Socket({ fd: PIPE, readable: true, writable: true }))
      : childLine(process),
    wayInProcess === 'queue' ? openProcessReceiver(PIPE) : undefined,
  );
} else await benchmark();

async function benchmark(): Promise<void> {
  await compare(
    `To a thread (${UNDER_WAY} under way unless one by one)`,
    {
      'MessagePort, nothing answered': oneWay(threadLine('messages')),
      'MessagePort, each value answered': answered(threadLine('answers')),
      ...throughQueue((queue) => threadLine('queue', receiverForThread(queue))),
    },
    { unit: 'values' },
  );
  await compare(
    `To a process (${UNDER_WAY} under way unless one by one)`,
    {
      'child.send, nothing answered': oneWay(processLine('messages')),
      'child.send, each value answered': answered(processLine('answers')),
      "the executor's channel, each value answered": answered(frameLine()),
      ...throughQueue((queue) => processLine('queue', queue)),
    },
    { unit: 'values' },
  );
  process.exit(); // the far sides live as long as this process
}

function throughQueue(open: (queue: MemoryQueue<unknown>) => Line): Record<string, Subject> {
  const queue = new MemoryQueue<unknown>({ capacity: 1_024 });
  const sender = queue.sender();
  const line = open(queue);
  return {
    'dp queue, put side by side': () => arrival(line, () => putAll(sender, UNDER_WAY)),
    'dp queue, put one by one': () => arrival(line, () => putAll(sender, 1)),
  };
}

async function putAll(sender: QueueSender<unknown>, underWay: number): Promise<void> {
  let left = VALUES;
  const put = async () => {
    while (left-- > 0) await sender.put(VALUE);
  };
  await Promise.all(Array.from({ length: underWay }, put));
}

function oneWay(line: Line): Subject {
  return () =>
    arrival(line, () => {
      for (let sent = 0; sent < VALUES; sent++) line.send(VALUE);
    });
}

function answered(line: Line): Subject {
  let left = 0;
  line.hear((message) => {
    if (message === 'answer' && left-- > 0) line.send(VALUE);
  });
  return () =>
    arrival(line, () => {
      left = VALUES - UNDER_WAY;
      for (let sent = 0; sent < UNDER_WAY; sent++) line.send(VALUE);
    });
}

/** Returns the number of values once the far side has them all. */
async function arrival(line: Line, send: () => void | Promise<void>): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = line.hear((message) => message === 'done' && resolve());
  await send();
  await promise;
  stop();
  return VALUES;
}

async function receive(way: Way, line: Line, receiver?: QueueReceiver<unknown>): Promise<void> {
  let got = 0;
  const take = () => {
    if (way === 'answers' || way === 'frames') line.send('answer');
    if (++got % VALUES === 0) line.send('done');
  };
  if (receiver === undefined) line.hear(take);
  else for await (const _ of receiver) take();
}

function threadLine(way: Way, end?: ThreadQueueEnd): Line {
  const worker = new Worker(new URL(import.meta.url), {
    workerData: { way, ...(end && { end }) },
    transferList: end === undefined ? [] : [end.port],
  });
  return portLine(worker);
}

function portLine(port: Worker | MessagePort): Line {
  return {
    send: (message) => port.postMessage(message, []),
    hear: (listener) => {
      port.on('message', listener);
      return () => port.off('message', listener);
    },
  };
}

function processLine(way: Way, queue?: MemoryQueue<unknown>): Line {
  const child = startProcess(way);
  if (queue !== undefined) receiverForProcess(queue, child.stdio[PIPE]);
  return childLine(child);
}

function startProcess(way: Way): ChildProcess {
  return fork(new URL(import.meta.url), [way], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', 'pipe'],
    serialization: 'advanced',
  });
}

function childLine(child: ChildProcess | NodeJS.Process): Line {
  return {
    send: (message) => child.send?.(message as object),
    hear: (listener) => {
      child.on('message', listener);
      return () => child.off('message', listener);
    },
  };
}

function frameLine(): Line {
  return channelLine(startProcess('frames').stdio[PIPE] as Socket); // it is a pipe both ways
}

function channelLine(socket: Socket): Line {
  const listeners = new Set<(message: unknown) => void>();
  const channel = new ProcessChannel(socket, {
    heard: (message) => [...listeners].forEach((listener) => listener(message)),
    ended: () => undefined,
  });
  return {
    send: (message) => channel.send(message),
    hear: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
