import type { ChildProcess } from 'node:child_process';
import { readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { Ring } from '../ring.ts';
import { WaitList } from '../wait-list.ts';

/** In the parent an entry of `child.stdio`; in the child the index of that entry. */
export type PipeEnd = ChildProcess['stdio'][number] | number;

export interface PipeListener {
  /** Called for each chunk. The bytes are valid during the call only. */
  bytes(chunk: Uint8Array): void;
  /** Called once, when the other end has closed or its process is gone. */
  end(): void;
}

/** Limits of the pause before a full or empty pipe is tried again. */
const SHORTEST_PAUSE: Milliseconds = 0.02;
const LONGEST_PAUSE: Milliseconds = 1;
const READ_BYTES = 65_536;

/**
 * Sends bytes both ways over a pipe that never blocks, for the event loop and, in between, for blocking calls.
 * The event loop reads unless a blocking call does. All writing is done here: a blocking call could not finish a write
 * that a stream had begun.
 */
export class PipeLink {
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #listener: PipeListener;
  /** The rest of the message that the kernel has taken in part; further messages follow in the next field. */
  #sending: Uint8Array | undefined;
  readonly #unsent = new Ring<Uint8Array>();
  readonly #flushWaits = new WaitList<void, void>();
  #retry: NodeJS.Timeout | undefined;
  #isFinishing = false;
  #ended = false;
  #holders = 0;

  /** Throws DP6107 when there is no pipe at that end. */
  constructor(end: PipeEnd, listener: PipeListener) {
    this.#socket = socketOf(end);
    this.#fd = descriptorOf(this.#socket);
    this.#listener = listener;
    this.#listen();
  }

  /** True when the kernel has everything sent, so that it reaches the other end even if this process dies. */
  get isFlushed(): boolean {
    return this.#sending === undefined;
  }

  /** True when both directions have ended. What was not flushed never will be. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Sends the bytes, which belong to the link from then on. After the end they are dropped. */
  send(bytes: Uint8Array): void {
    if (this.#ended) return;
    if (this.#sending === undefined) this.#sending = bytes;
    else this.#unsent.push(bytes);
    this.#flush();
  }

  /** Settles when everything sent so far is flushed, or the link has ended. */
  async flushed(): Promise<void> {
    if (!this.isFlushed) await this.#flushWaits.wait();
  }

  /** Stops the thread until `isOver`, and sends and receives meanwhile. Returns false when the timeout comes first. */
  waitSync(isOver: () => boolean, timeout: Milliseconds = Infinity): boolean {
    const deadline = performance.now() + timeout;
    let pause = SHORTEST_PAUSE;
    while (!isOver()) {
      this.#flush();
      if (this.#read()) {
        pause = SHORTEST_PAUSE;
        continue;
      }
      if (isOver()) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      Atomics.wait(NEVER_CHANGES, 0, 0, Math.min(pause, left));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    }
    return true;
  }

  /** Keeps the process alive until the wait has settled; an open link alone does not. */
  async keepAliveFor<T>(wait: Promise<T>): Promise<T> {
    if (this.#holders++ === 0) this.#socket.ref();
    try {
      return await wait;
    } finally {
      if (--this.#holders === 0) this.#socket.unref();
    }
  }

  /** Sends what is left, then tells the other end that no more follows. */
  finish(): void {
    this.#isFinishing = true;
    this.#flush();
  }

  /** Ends both directions now. */
  destroy(): void {
    this.#end();
    this.#socket.destroy();
  }

  #listen(): void {
    const early = this.#socket.read() as Uint8Array | null; // read by the stream before this link was made
    if (early !== null) this.#listener.bytes(early);
    this.#socket.on('data', (chunk: Uint8Array) => this.#listener.bytes(chunk));
    for (const ending of ['end', 'close', 'error']) this.#socket.on(ending, () => this.#end());
    this.#socket.unref();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#sending = undefined;
    this.#unsent.clear();
    this.#flushWaits.resolveAll();
    clearTimeout(this.#retry);
    this.#listener.end();
  }

  #flush(): void {
    try {
      while (this.#sending !== undefined) {
        const written = writeSync(this.#fd, this.#sending);
        const rest = this.#sending.subarray(written);
        this.#sending = rest.length > 0 ? rest : this.#unsent.shift();
      }
      this.#flushWaits.resolveAll();
      if (this.#isFinishing) this.#socket.end();
    } catch (error) {
      if (isTryAgain(error)) this.#retry ??= setTimeout(() => this.#flushAgain(), LONGEST_PAUSE);
      else this.#end();
    }
  }

  #flushAgain(): void {
    this.#retry = undefined;
    this.#flush();
  }

  /** Returns true when there was something to read. */
  #read(): boolean {
    if (this.#ended) return false;
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    try {
      const bytes = readSync(this.#fd, chunk);
      if (bytes > 0) this.#listener.bytes(chunk.subarray(0, bytes));
      else this.#end();
      return true;
    } catch (error) {
      if (isTryAgain(error)) return false;
      this.#end();
      return true;
    }
  }
}

/** A thread sleeps by waiting for this to change. */
const NEVER_CHANGES = new Int32Array(new SharedArrayBuffer(4));

function socketOf(end: PipeEnd): Socket {
  if (end instanceof Socket) return end;
  if (typeof end !== 'number')
    throw noPipe(`this entry of stdio holds ${end === null ? 'nothing' : 'something else'}`);
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
