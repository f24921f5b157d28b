import type { QueueLink, LinkListener, Message } from './link.ts';

/** One side of a link between a queue and an end on the same thread: a message is heard before `send` returns. */
export class DirectLink implements QueueLink {
  readonly isDirect = true;
  readonly #alive: Pick<QueueLink, 'ref' | 'unref'>;
  #other: DirectLink | undefined;
  #listener: LinkListener | undefined;

  /** Returns both sides. `alive` keeps the process alive for the calls of the end. */
  static pair(alive: Pick<QueueLink, 'ref' | 'unref'>): readonly [DirectLink, DirectLink] {
    const sides = [new DirectLink(alive), new DirectLink(alive)] as const;
    sides[0].#other = sides[1];
    sides[1].#other = sides[0];
    return sides;
  }

  private constructor(alive: Pick<QueueLink, 'ref' | 'unref'>) {
    this.#alive = alive;
  }

  listen(listener: LinkListener): void {
    this.#listener = listener;
    if (this.#other === undefined) listener.ended();
  }

  send(message: Message, sent?: () => void): void {
    this.#other?.receive(message);
    sent?.();
  }

  receive(message: Message): void {
    this.#listener?.heard(message);
  }

  poll(): boolean {
    return false;
  }

  close(): void {
    const other = this.#other;
    if (other === undefined) return;
    this.#other = undefined;
    this.#listener?.ended();
    other.close();
  }

  ref(): void {
    this.#alive.ref();
  }

  unref(): void {
    this.#alive.unref();
  }
}
