/** A process that is killed has written some first part of what it was about to write: each such part is tried. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MESSAGE_KINDS } from '../../src/events/queues/link.ts';
import { MemoryQueue } from '../../src/events/queues/memory-queue.ts';
import {
  openProcessReceiver,
  openProcessSender,
  receiverForProcess,
  senderForProcess,
} from '../../src/events/queues/process-queue.ts';
import { frame, FrameReader } from '../../src/lib/frames.ts';

const folder = mkdtempSync(join(tmpdir(), 'queue-'));
const server = createServer();

beforeAll(async () => {
  server.listen(join(folder, 'socket'));
  await once(server, 'listening');
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const VALUES = [1, 'two', { three: [3] }];

test('a sender that is cut off anywhere has put what it wrote in full, and leaves the other places free', async () => {
  const recorded = await recordedFrom(async (queue, [home, far]) => {
    senderForProcess(queue, home);
    const sender = openProcessSender(far);
    for (const value of VALUES) await sender.put(value);
    sender.close();
  });
  for (let length = 0; length <= recorded.length; length++) {
    const queue = new MemoryQueue<unknown>({ capacity: VALUES.length });
    const [other, receiver] = [queue.sender(), queue.receiver()];
    const put = usesIn(recorded.subarray(0, length));
    await cutOff(recorded.subarray(0, length), (home) => senderForProcess(queue, home));
    for (let free = put; free < VALUES.length; free++) other.putSync('other');
    expect(() => other.putSync('too many')).toThrow('full queue');
    other.close();
    const others = Array<string>(VALUES.length - put).fill('other');
    expect(await Array.fromAsync(receiver)).toEqual([...VALUES.slice(0, put), ...others]);
  }
});

test('a receiver that is cut off anywhere has taken what it said in full, and the rest comes back in order', async () => {
  const recorded = await recordedFrom(async (queue, [home, far]) => {
    receiverForProcess(queue, home);
    const receiver = openProcessReceiver(far);
    await putAll(queue);
    for (const value of VALUES) expect(await receiver.get()).toEqual(value);
    receiver.close();
  });
  for (let length = 0; length <= recorded.length; length++) {
    const queue = new MemoryQueue<unknown>({ capacity: VALUES.length });
    const receiver = queue.receiver();
    await putAll(queue);
    await cutOff(recorded.subarray(0, length), (home) => receiverForProcess(queue, home));
    const taken = usesIn(recorded.subarray(0, length));
    expect(await Array.fromAsync(receiver)).toEqual(VALUES.slice(taken));
  }
});

test.each(['sender', 'receiver'] as const)(
  'what else writes into the pipe of a %s ends that end only',
  async (kind) => {
    const queue = new MemoryQueue<unknown>({ capacity: VALUES.length });
    const [sender, receiver] = [queue.sender(), queue.receiver()];
    await putAll(queue);
    const serve = kind === 'sender' ? senderForProcess : receiverForProcess;
    const foreign = [
      Buffer.from('warning: x\n'),
      frame(Buffer.from([9, 9])),
      frame(Buffer.alloc(0)),
    ];
    for (const bytes of foreign) await cutOff(bytes, (home) => serve(queue, home));
    sender.close();
    expect(await Array.fromAsync(receiver)).toEqual(VALUES);
  },
);

test('calls elsewhere reject when the process of the queue is gone, blocking ones too', async () => {
  const closed = { code: 'DP6102' };
  const [[home, far], [otherHome, otherFar]] = [await socketPair(), await socketPair()];
  const [sender, receiver] = [openProcessSender(far), openProcessReceiver(otherFar)];
  home.destroy();
  otherHome.destroy();
  expect(() => receiver.getSync()).toThrow(expect.objectContaining(closed));
  await expect(sender.put(1)).rejects.toMatchObject(closed);
  await expect(receiver.get()).rejects.toMatchObject(closed);
});

async function putAll(queue: MemoryQueue<unknown>): Promise<void> {
  using sender = queue.sender();
  for (const value of VALUES) await sender.put(value);
}

/** Returns the bytes that an end in another process writes in its life. */
async function recordedFrom(
  live: (
    queue: MemoryQueue<unknown>,
    sockets: readonly [home: Socket, far: Socket],
  ) => Promise<void>,
): Promise<Buffer> {
  const queue = new MemoryQueue<unknown>({ capacity: VALUES.length });
  const [[home, homeProxy], [farProxy, far]] = [await socketPair(), await socketPair()];
  const recorded: Buffer[] = [];
  farProxy.on('data', (chunk: Buffer) => recorded.push(chunk));
  homeProxy.pipe(farProxy);
  farProxy.pipe(homeProxy);
  const closed = once(home, 'close');
  using _ = queue.receiver();
  await live(queue, [home, far]);
  await closed;
  return Buffer.concat(recorded);
}

/** Lets an end write these bytes and be gone, with whatever it was sent unread. */
async function cutOff(bytes: Buffer, serve: (home: Socket) => void): Promise<void> {
  const [home, far] = await socketPair();
  const closed = once(home, 'close');
  serve(home);
  far.write(bytes, () => far.destroy());
  await closed;
}

/** Returns how many turns an end that wrote these bytes has used. */
function usesIn(bytes: Buffer): number {
  let uses = 0;
  new FrameReader().read(bytes, ([kind]) => {
    if (kind === MESSAGE_KINDS.indexOf('use')) uses++;
  });
  return uses;
}

async function socketPair(): Promise<readonly [Socket, Socket]> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = connect(join(folder, 'socket'));
  return [(await accepted)[0], socket];
}
