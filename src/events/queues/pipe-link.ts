import type { ChildProcess } from 'node:child_process';
import { readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { FrameReader, frame } from '../../lib/frames.ts';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { Ring } from '../ring.ts';
import { polled } from './blocking.ts';
import { type QueueLink, type LinkListener, type Message, MESSAGE_KINDS } from './link.ts';
import { openedTwice } from './queue.ts';

/** The pipe of a queue: in the parent an entry of `child.stdio`, in the child the index of that entry. */
export type PipeEnd = ChildProcess['stdio'][number] | number;

/** Bytes that the kernel has not taken yet. */
interface Unsent {
  readonly bytes: Uint8Array;
  readonly sent: (() => void) | undefined;
}

const READ_BYTES = 65_536;
/** Pause before a full pipe is tried again. */
const RETRY_AFTER: Milliseconds = 1;

/**
 * A link between two processes, over a pipe that never blocks. A message is sent when the kernel has all of it: the other side then reads it
 * even if this process has died. The event loop reads, and a blocking call in between; all writing is done here, as a blocking call could not
 * finish a write that a stream had begun.
 */
export class PipeLink implements QueueLink {
  readonly isDirect = false;
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #frames = new FrameReader();
  readonly #unsent = new Ring<Unsent>();
  /** The rest of the message that the kernel has taken in part. It comes before the others. */
  #sending: Unsent | undefined;
  #listener: LinkListener | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosing = false;
  #isEnded = false;

  /** Throws DP6107 when there is no pipe at that end, and DP6110 when it has a link already. */
  constructor(end: PipeEnd) {
    this.#socket = socketOf(end);
    this.#fd = descriptorOf(this.#socket);
    if (open.has(this.#fd)) throw openedTwice();
    open.add(this.#fd);
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
    const early = this.#socket.read() as Uint8Array | null; // read by the stream before this link was made
    if (early !== null) this.#read(early);
    this.#socket.on('data', (chunk: Uint8Array) => this.#read(chunk));
    for (const ending of ['end', 'close', 'error']) this.#socket.on(ending, () => this.#end());
    this.#socket.unref();
    polled.add(this);
  }

  /** Drops the message after the end, and when the other side reads no more. */
  send({ kind, turn, value }: Message, sent?: () => void): void {
    if (this.#isEnded || this.#isClosing) return;
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt8(MESSAGE_KINDS.indexOf(kind));
    header.writeUInt32LE(turn, 1);
    this.#unsent.push({ bytes: frame(header, value), sent });
    this.#flush();
  }

  poll(): boolean {
    this.#flush();
    if (this.#isGone) return false;
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    try {
      const bytes = readSync(this.#fd, chunk);
      if (bytes > 0) this.#read(chunk.subarray(0, bytes));
      else this.#end();
      return true;
    } catch (error) {
      if (isTryAgain(error)) return false;
      this.#end();
      return true;
    }
  }

  close(): void {
    this.#isClosing = true;
    this.#flush();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  /** The socket closes its descriptor a moment before it says so. */
  get #isGone(): boolean {
    return this.#isEnded || this.#socket.destroyed;
  }

  #flush(): void {
    while (!this.#isGone) {
      this.#sending ??= this.#unsent.shift();
      if (this.#sending === undefined) {
        if (this.#isClosing) this.#socket.end();
        return;
      }
      const { bytes, sent } = this.#sending;
      const written = this.#write(bytes);
      if (written === undefined) return;
      this.#sending = written < bytes.length ? { bytes: bytes.subarray(written), sent } : undefined;
      if (this.#sending === undefined) sent?.();
    }
  }

  /** Returns the number of bytes that the kernel has taken; undefined when it takes none now, or none any more. */
  #write(bytes: Uint8Array): number | undefined {
    try {
      return writeSync(this.#fd, bytes);
    } catch (error) {
      // Messages that the other side sent before it ended are still to be read: the end comes behind them.
      if (isTryAgain(error)) this.#retry ??= setTimeout(() => this.#flushAgain(), RETRY_AFTER);
      return undefined;
    }
  }

  #flushAgain(): void {
    this.#retry = undefined;
    this.#flush();
  }

  /** Foreign bytes end the link: nothing behind them can be understood. */
  #read(chunk: Uint8Array): void {
    if (!this.#frames.read(chunk, (payload) => this.#hear(payload))) this.#end();
  }

  #hear(payload: Buffer): void {
    const kind = MESSAGE_KINDS[payload[0] ?? -1];
    if (kind === undefined || payload.length < HEADER_BYTES) this.#end();
    else if (!this.#isEnded)
      this.#listener?.heard({
        kind,
        turn: payload.readUInt32LE(1),
        value: payload.subarray(HEADER_BYTES),
      });
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    polled.delete(this);
    open.delete(this.#fd);
    clearTimeout(this.#retry);
    this.#socket.destroy();
    this.#listener?.ended();
  }
}

/** Bytes before the value of a message: its kind, and the number of the turn. */
const HEADER_BYTES = 5;

/** Descriptors of the pipes that have a link on this thread. */
const open = new Set<number>();

function socketOf(end: PipeEnd): Socket {
  if (end instanceof Socket) return end;
  if (typeof end !== 'number')
    throw noPipe(`this entry of stdio holds ${end === null ? 'nothing' : 'something else'}`);
  if (open.has(end)) throw openedTwice();
  try {
    return new Socket({ fd: end, readable: true, writable: true });
  } catch (cause) {
    throw noPipe(`descriptor ${end} is not a pipe`, cause);
  }
}

/** Returns the descriptor of a socket. There is no public way to it; the field is as old as Node, and -1 on Windows. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle: { fd?: number } | null };
  if (handle?.fd === undefined || handle.fd < 0)
    throw noPipe('the pipe is closed or has no descriptor');
  return handle.fd;
}

function noPipe(reason: string, cause?: unknown): Fault {
  return new Fault('DP6107', `no pipe to the other process: ${reason}`, {
    cause,
    hint: "spawn the child with 'pipe' at a place of stdio from 3 on, and open that place at both ends",
  });
}

function isTryAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
