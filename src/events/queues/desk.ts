/** Serves the ends of one kind, all senders of a queue or all its receivers: first come, first served. */
import { WaitList } from '../wait-list.ts';
import type { QueueLink, LinkListener, Message } from './link.ts';

/** The supply of a desk: places for values, or values. */
export interface Stock {
  /** Returns undefined when there is nothing to give now. */
  take(): Uint8Array | undefined;
  /** The end has used what it was given; a sender brings its value. */
  use(value: Uint8Array): void;
  /** The end will not use what it was given. It goes to whoever asks next. */
  putBack(given: Uint8Array): void;
  /** True when there will never be anything to give any more. */
  isOver(): boolean;
}

export class Desk {
  readonly stock: Stock;
  /** Called after everything that may let a turn come. */
  readonly settle: () => void;
  readonly asking = new WaitList<Uint8Array>();
  readonly #links = new Set<QueueLink>();
  #isClosed = false;

  constructor(stock: Stock, settle: () => void) {
    this.stock = stock;
    this.settle = settle;
  }

  /** True when there have been ends, and all are closed or gone. It stays so. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get remoteLinks(): readonly QueueLink[] {
    return [...this.#links].filter((link) => !link.isDirect);
  }

  /** Serves the end at the other side of the link. What is over does not begin again. */
  serve(link: QueueLink): void {
    link.listen(new ServedEnd(this, link));
    if (this.#isClosed || this.stock.isOver()) link.close();
    else this.#links.add(link);
  }

  /** Gives a turn to the caller that has waited longest. Returns false when there is no caller or nothing to give. */
  giveOne(): boolean {
    if (this.asking.length === 0) return false;
    const given = this.stock.take();
    if (given === undefined) return false;
    this.asking.shift()?.resolve(given);
    return true;
  }

  leave(link: QueueLink): void {
    if (this.#links.delete(link) && this.#links.size === 0) this.#isClosed = true;
  }

  closeAll(): void {
    for (const link of this.#links) link.close();
  }
}

type QueueTurn =
  | { readonly is: 'asked'; readonly leave: () => void }
  | { readonly is: 'given'; readonly given: Uint8Array };

/** The turns of one end. */
class ServedEnd implements LinkListener {
  readonly #desk: Desk;
  readonly #link: QueueLink;
  /** Turns in the order in which they were asked for. */
  readonly #turns = new Map<number, QueueTurn>();

  constructor(desk: Desk, link: QueueLink) {
    this.#desk = desk;
    this.#link = link;
  }

  heard({ kind, turn, value }: Message): void {
    if (kind === 'ask') this.#ask(turn);
    else if (kind === 'use') this.#use(turn, value);
    else this.#cancel(turn);
    this.#desk.settle();
  }

  /** The values of an end that is gone come back in their order, the first in front. */
  ended(): void {
    for (const turn of [...this.#turns.keys()].toReversed()) this.#cancel(turn);
    this.#desk.leave(this.#link);
    this.#desk.settle();
  }

  #ask(turn: number): void {
    const leave = this.#desk.asking.add({
      resolve: (given) => this.#give(turn, given),
    });
    this.#turns.set(turn, { is: 'asked', leave });
  }

  #give(turn: number, given: Uint8Array): void {
    this.#turns.set(turn, { is: 'given', given });
    this.#link.send({ kind: 'give', turn, value: given });
  }

  #use(turn: number, value: Uint8Array): void {
    if (this.#turns.get(turn)?.is !== 'given') return; // no end of ours does that
    this.#turns.delete(turn);
    this.#desk.stock.use(value);
  }

  #cancel(number: number): void {
    const turn = this.#turns.get(number);
    this.#turns.delete(number);
    if (turn?.is === 'asked') turn.leave();
    if (turn?.is === 'given') this.#desk.stock.putBack(turn.given);
  }
}
