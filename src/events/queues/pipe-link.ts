import type { ChildProcess } from 'node:child_process';
import { readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import { Ring } from '../ring.ts';
import { WaitList } from '../wait-list.ts';

/** In the parent what stands at a place of `child.stdio`; in the child the number of that place. */
export type PipeEnd = ChildProcess['stdio'][number] | number;

export interface PipeHearer {
  /** The bytes are valid during the call only. */
  bytes(chunk: Uint8Array): void;
  /** Once: the other end closed, or its process is gone. */
  end(): void;
}

/** How long a full or empty pipe is left alone before it is asked again. */
const SHORTEST_PAUSE: Milliseconds = 0.02;
const LONGEST_PAUSE: Milliseconds = 1;
const READ_BYTES = 65_536;

/**
 * Bytes both ways over a pipe that never blocks, used by the event loop and, in between, by blocking calls.
 * Reading is the loop's unless a blocking call is on. All writing is our own: were it left to the stream, a blocking call could not
 * finish what the loop began.
 */
export class PipeLink {
  readonly #socket: Socket;
  readonly #fd: number;
  readonly #hearer: PipeHearer;
  /** What the kernel has not taken yet: the rest of one message, and the messages behind it. */
  #sending: Uint8Array | undefined;
  readonly #unsent = new Ring<Uint8Array>();
  readonly #flushWaits = new WaitList<void, void>();
  #retry: NodeJS.Timeout | undefined;
  #isFinishing = false;
  #ended = false;
  #holders = 0;

  /** Throws DP6107 when there is no such pipe. */
  constructor(end: PipeEnd, hearer: PipeHearer) {
    this.#socket = socketOf(end);
    this.#fd = descriptorOf(this.#socket);
    this.#hearer = hearer;
    this.#listen();
  }

  /** True when the kernel has all of it, so that it reaches the other end even if this process dies. */
  get isFlushed(): boolean {
    return this.#sending === undefined;
  }

  /** Both directions are over. What was not flushed never will be. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Takes the bytes over, as they are. After the end they are dropped. */
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

  /** Stops the thread, sending and hearing meanwhile, until `isOver`; false when the time is up before. */
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

  /** An open link does not keep its process alive; someone who waits on it does. */
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
    if (early !== null) this.#hearer.bytes(early);
    this.#socket.on('data', (chunk: Uint8Array) => this.#hearer.bytes(chunk));
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
    this.#hearer.end();
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

  /** True when there was something to hear. */
  #read(): boolean {
    if (this.#ended) return false;
    const chunk = Buffer.allocUnsafe(READ_BYTES);
    try {
      const bytes = readSync(this.#fd, chunk);
      if (bytes > 0) this.#hearer.bytes(chunk.subarray(0, bytes));
      else this.#end();
      return true;
    } catch (error) {
      if (isTryAgain(error)) return false;
      this.#end();
      return true;
    }
  }
}

/** Waiting for it to change is how a thread sleeps. */
const NEVER_CHANGES = new Int32Array(new SharedArrayBuffer(4));

function socketOf(end: PipeEnd): Socket {
  if (end instanceof Socket) return end;
  if (typeof end !== 'number')
    throw noPipe(`the place in stdio holds ${end === null ? 'nothing' : 'no pipe'}`);
  try {
    return new Socket({ fd: end, readable: true, writable: true });
  } catch (cause) {
    throw noPipe(`descriptor ${end} is no pipe`, cause);
  }
}

/** Sockets have no public way to their descriptor; the field is as old as Node, and -1 on Windows. */
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
