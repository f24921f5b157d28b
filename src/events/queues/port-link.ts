import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { bell, polled, ring } from './blocking.ts';
import type { QueueLink, LinkListener, Message } from './link.ts';

/** The values that a port carries: messages, the bell of the thread that opened the end, and `null` before an orderly end. */
type Sent = Message | Int32Array | null;

/** A link between two threads. What was posted arrives, even from a thread that is terminated right after. */
export class PortLink implements QueueLink {
  readonly isDirect = false;
  readonly #port: MessagePort;
  /** The bell of the other thread; unknown to the queue's side until the end is open. */
  #itsBell: Int32Array | undefined;
  #listener: LinkListener | undefined;

  /** The side of the end knows the bell of the queue's thread. */
  constructor(port: MessagePort, itsBell?: Int32Array) {
    this.#port = port;
    this.#itsBell = itsBell;
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
    this.#port.on('message', (sent: Sent) => this.#receive(sent));
    this.#port.once('close', () => this.#end());
    this.#port.unref();
    polled.add(this);
    if (this.#itsBell !== undefined) this.#port.postMessage(bell);
  }

  send(message: Message, sent?: () => void): void {
    this.#post(message);
    sent?.();
  }

  poll(): boolean {
    let received = receiveMessageOnPort(this.#port);
    if (received === undefined) return false;
    for (; received !== undefined; received = receiveMessageOnPort(this.#port))
      this.#receive(received.message as Sent); // a link is at the other end
    return true;
  }

  close(): void {
    this.#post(null); // a blocked thread does not notice that the port closes
    this.#end();
  }

  ref(): void {
    this.#port.ref();
  }

  unref(): void {
    this.#port.unref();
  }

  #post(sent: Sent): void {
    this.#port.postMessage(sent);
    if (this.#itsBell !== undefined) ring(this.#itsBell);
  }

  #receive(sent: Sent): void {
    if (sent === null) this.#end();
    else if (sent instanceof Int32Array) this.#itsBell = sent;
    else this.#listener?.heard(sent);
  }

  #end(): void {
    polled.delete(this);
    this.#port.close();
    this.#listener?.ended();
  }
}
