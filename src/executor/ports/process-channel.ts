/**
 * Messages between dp and a worker process, over a dedicated pipe. Node's channel would throw in dp, or wait forever, when
 * something else in the process writes to its descriptor; here an invalid frame closes the channel, and the process is ended.
 */
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import { frame, FrameReader } from '../../lib/frames.ts';

/** File descriptor of the channel in the worker process. */
export const CHANNEL_FD = 3;

export interface ChannelHearer {
  heard(message: unknown): void;
  /** Called when no more messages will arrive: the other end is closed, or foreign code wrote to the pipe. */
  ended(why: 'closed' | 'foreign'): void;
}

export class ProcessChannel {
  readonly #socket: Socket;
  readonly #hearer: ChannelHearer;
  readonly #frames = new FrameReader();
  #isEnded = false;

  constructor(socket: Socket, hearer: ChannelHearer) {
    this.#socket = socket;
    this.#hearer = hearer;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // A `close` event follows every error.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#end('closed'));
  }

  send(message: unknown): void {
    if (!this.#isEnded) this.#socket.write(frame(serialize(message)));
  }

  #read(chunk: Buffer): void {
    const isOurs = this.#frames.read(chunk, (payload) => this.#hear(payload));
    if (!isOurs) this.#end('foreign');
  }

  #hear(payload: Buffer): void {
    const message = messageIn(payload);
    if (message === undefined) this.#end('foreign');
    else if (!this.#isEnded) this.#hearer.heard(message.value);
  }

  #end(why: 'closed' | 'foreign'): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#socket.destroy();
    this.#hearer.ended(why);
  }
}

/** Returns undefined when the payload is not a serialized value. */
function messageIn(payload: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: deserialize(payload) };
  } catch {
    return undefined;
  }
}
