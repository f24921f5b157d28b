/**
 * Messages between dp and a worker process, over a dedicated pipe. Node's channel would throw in dp, or wait forever, when
 * something else in the process writes to its descriptor; here an invalid frame closes the channel, and the process is ended.
 */
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

/** File descriptor of the channel in the worker process. */
export const CHANNEL_FD = 3;

/** Each frame begins with this mark, followed by the length of the message in bytes. */
const MARK = Buffer.from('dp1\0');
const HEADER_BYTES = MARK.length + 4;

export interface ChannelHearer {
  heard(message: unknown): void;
  /** Called when no more messages will arrive: the other end is closed, or foreign code wrote to the pipe. */
  ended(why: 'closed' | 'foreign'): void;
}

export class ProcessChannel {
  readonly #socket: Socket;
  readonly #hearer: ChannelHearer;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** Number of bytes needed before the next frame can be parsed. */
  #wanted = HEADER_BYTES;
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
    if (this.#isEnded) return;
    const payload = serialize(message);
    const header = Buffer.alloc(HEADER_BYTES);
    MARK.copy(header);
    header.writeUInt32LE(payload.length, MARK.length);
    this.#socket.write(Buffer.concat([header, payload]));
  }

  #read(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes < this.#wanted || this.#isEnded) return;
    let rest = Buffer.concat(this.#chunks);
    for (let size = sizeOf(rest); rest.length >= size; size = sizeOf(rest)) {
      const message = messageIn(rest.subarray(0, size));
      if (message === undefined) {
        this.#end('foreign');
        return;
      }
      rest = rest.subarray(size);
      this.#hearer.heard(message.value);
    }
    this.#chunks = [rest];
    this.#bytes = rest.length;
    this.#wanted = sizeOf(rest);
  }

  #end(why: 'closed' | 'foreign'): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#socket.destroy();
    this.#hearer.ended(why);
  }
}

/** Returns the length of the frame that begins here, or that of a header while the frame's length is unknown or invalid. */
const sizeOf = (bytes: Buffer): number =>
  bytes.length < HEADER_BYTES || !isMarked(bytes)
    ? HEADER_BYTES
    : HEADER_BYTES + bytes.readUInt32LE(MARK.length);

const isMarked = (bytes: Buffer): boolean => bytes.subarray(0, MARK.length).equals(MARK);

/** Returns undefined when the bytes are not a valid frame. */
function messageIn(frame: Buffer): { readonly value: unknown } | undefined {
  if (!isMarked(frame)) return undefined;
  try {
    return { value: deserialize(frame.subarray(HEADER_BYTES)) };
  } catch {
    return undefined;
  }
}
