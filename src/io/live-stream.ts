/**
 * A stream that is read while it is written: the state that its writer and its readers, each in a thread of its own, share.
 *
 * Full parts lie in the store and are read from there. The items of the part that is still filling lie in shared
 * memory as well, so that a reader sees an item at once and no small file is ever made for it. The writer stays at most `WINDOW`
 * items ahead of the slowest active reader; readers that have not begun, have stopped or are waiting are not active, so no
 * deadlock is possible, and what they have not read lies in the store.
 *
 * No lock is held anywhere: a thread that dies in the middle of anything leaves the others working.
 */
import { Fault } from '../model/fault.ts';
import type { BlockingReader, Waiting } from './waiting.ts';

/** Number of items that a writer may be ahead of a reader. */
const WINDOW = 1024;
/** A reader reports its position after so many items: reporting costs more than reading. */
const TOLD_EVERY = 64;
/** Maximum number of bytes shown of the part that is filling. */
const TAIL_BYTES = 1024 * 1024;

/** Whole parts, then bytes of the next: one word, so that no thread sees half of a change. */
const WRITTEN = 0;
/** The 32-bit words that follow. */
const STATE = 2;
/** Changes whenever there is news for readers. */
const NEWS = 3;
/** 1: a reader has read everything available. */
const ASKED = 4;
/** Changes with every step of a reader, while the writer waits for one. */
const STEPS = 5;
/** 1: the writer waits. */
const HELD = 6;
/** Per reader: how many items it has read, and 1 while it holds the writer back. */
const FIRST_READER = 8;
const READ = 0;
const COUNTS = 1;
const READER_WORDS = 2;

const OPEN = 0;
const ENDED = 1;
const BROKEN = 2;

export interface StreamPosition {
  readonly parts: number;
  /** Bytes of the part after those. */
  readonly bytes: number;
}

/** The shared memory; the thread that creates it calls `break` and `release`. */
export class LiveStream {
  readonly memory: SharedArrayBuffer;
  readonly words: Int32Array;
  readonly tail: Uint8Array;
  readonly #written: BigInt64Array;

  static for(readers: number): LiveStream {
    const head = (FIRST_READER + READER_WORDS * readers) * Int32Array.BYTES_PER_ELEMENT;
    return new LiveStream(new SharedArrayBuffer(head + TAIL_BYTES));
  }

  constructor(memory: SharedArrayBuffer) {
    const head = memory.byteLength - TAIL_BYTES;
    this.memory = memory;
    this.words = new Int32Array(memory, 0, head / Int32Array.BYTES_PER_ELEMENT);
    this.tail = new Uint8Array(memory, head);
    this.#written = new BigInt64Array(memory, 0, 1);
  }

  get isEnded(): boolean {
    return Atomics.load(this.words, STATE) === ENDED;
  }

  get isBroken(): boolean {
    return Atomics.load(this.words, STATE) === BROKEN;
  }

  /** Reads the position with a full memory barrier: what was copied from the tail before this call was still there. */
  get written(): StreamPosition {
    const word = Atomics.or(this.#written, WRITTEN, 0n);
    return { parts: Number(word >> 32n), bytes: Number(word & 0xffff_ffffn) };
  }

  set written({ parts, bytes }: StreamPosition) {
    Atomics.store(this.#written, WRITTEN, (BigInt(parts) << 32n) | BigInt(bytes));
    this.tell(NEWS);
  }

  /** Marks the stream as complete: all items are stored. Has no effect after a break. */
  end(): void {
    Atomics.compareExchange(this.words, STATE, OPEN, ENDED);
    this.tell(NEWS);
  }

  /** Tells readers, at their next item, that the writer did not succeed. */
  break(): void {
    Atomics.store(this.words, STATE, BROKEN);
    this.tell(NEWS);
  }

  /** Marks a reader as inactive: its thread is gone or has finished. */
  release(reader: number): void {
    Atomics.store(this.words, wordOf(reader, COUNTS), 0);
    this.tell(STEPS);
  }

  tell(word: number): void {
    Atomics.add(this.words, word, 1);
    Atomics.notify(this.words, word);
  }

  /** Returns how many items the slowest active reader has read; undefined when none is active. `items` is the number written. */
  slowest(items: number): number | undefined {
    let most: number | undefined;
    for (let at = FIRST_READER; at < this.words.length; at += READER_WORDS) {
      if (Atomics.load(this.words, at + COUNTS) === 0) continue;
      // The words wrap; their difference does not, as no reader is 2^31 items behind.
      const behind = (items - Atomics.load(this.words, at + READ)) | 0;
      if (most === undefined || behind > most) most = behind;
    }
    return most === undefined ? undefined : items - most;
  }
}

/** The writing end. */
export class LiveWriter {
  readonly #stream: LiveStream;
  readonly #waiting: Waiting;
  #parts = 0;
  #bytes = 0;
  /** Number of items up to which the readers need not be checked. */
  #free = WINDOW;

  constructor(memory: SharedArrayBuffer, waiting: Waiting) {
    this.#stream = new LiveStream(memory);
    this.#waiting = waiting;
  }

  /** Returns whether a reader waits for items that are not shown yet. */
  get isAsked(): boolean {
    return Atomics.load(this.#stream.words, ASKED) === 1;
  }

  /** Shows whole items of the part that is filling; returns false when they do not fit, and the part has to be stored. */
  show(bytes: Uint8Array): boolean {
    const { tail, words } = this.#stream;
    if (this.#bytes + bytes.length > tail.length) return false;
    tail.set(bytes, this.#bytes);
    this.#bytes += bytes.length;
    Atomics.store(words, ASKED, 0);
    this.#stream.written = { parts: this.#parts, bytes: this.#bytes };
    return true;
  }

  /** Counts one more part in the store. */
  stored(): void {
    this.#parts++;
    this.#bytes = 0;
    Atomics.store(this.#stream.words, ASKED, 0);
    this.#stream.written = { parts: this.#parts, bytes: 0 };
  }

  /** Returns whether the writer has to wait at `items`; pending items have to be shown before the wait. */
  isHeldAt(items: number): boolean {
    if (items < this.#free) return false;
    const slowest = this.#stream.slowest(items);
    if (slowest === undefined) this.#free = items + TOLD_EVERY;
    else this.#free = slowest + WINDOW;
    return items >= this.#free;
  }

  /** Settles when the writer may continue; rejects with the signal's reason. */
  async room(items: number, signal: AbortSignal | undefined): Promise<void> {
    const { words } = this.#stream;
    Atomics.store(words, HELD, 1);
    try {
      for (;;) {
        const seen = Atomics.load(words, STEPS);
        if (!this.isHeldAt(items)) return;
        await this.#waiting.forReaders(changed(words, STEPS, { seen, signal }));
      }
    } finally {
      Atomics.store(words, HELD, 0);
    }
  }

  end(): void {
    this.#stream.end();
  }
}

/** A reading end, held by one task, which may iterate over the stream several times. */
export class LiveReader {
  readonly #stream: LiveStream;
  readonly #place: number;
  readonly #waiting: Waiting;
  readonly #signal: AbortSignal | undefined;
  #isTaken = false;

  constructor(
    { memory, reader }: { readonly memory: SharedArrayBuffer; readonly reader: number },
    waiting: Waiting,
    signal?: AbortSignal,
  ) {
    this.#stream = new LiveStream(memory);
    this.#place = reader;
    this.#waiting = waiting;
    this.#signal = signal;
  }

  /** Begins to read from the first item. Of several readings at once, the first holds the writer back. */
  begin(): StreamIteration {
    const words = this.#isTaken ? undefined : this.#take();
    return new StreamIteration(this.#stream, {
      words,
      waiting: this.#waiting,
      signal: this.#signal,
    });
  }

  #take(): ReaderWords {
    this.#isTaken = true;
    const words = new ReaderWords(this.#stream, this.#place, () => (this.#isTaken = false));
    this.#waiting.join(words);
    return words;
  }
}

/** The shared words of one reader, which the writer sees. */
class ReaderWords implements BlockingReader {
  readonly #stream: LiveStream;
  readonly #place: number;
  readonly #left: () => void;

  constructor(stream: LiveStream, place: number, left: () => void) {
    this.#stream = stream;
    this.#place = place;
    this.#left = left;
    this.tell(0);
  }

  tell(items: number): void {
    const { words } = this.#stream;
    Atomics.store(words, wordOf(this.#place, READ), items);
    if (Atomics.load(words, HELD) === 1) this.#stream.tell(STEPS);
  }

  count(does: boolean): void {
    const { words } = this.#stream;
    const before = Atomics.exchange(words, wordOf(this.#place, COUNTS), does ? 1 : 0);
    if (before === 1 && !does) this.#stream.tell(STEPS);
  }

  left(): void {
    this.#left();
  }
}

/** One iteration over the stream. */
export class StreamIteration implements Disposable {
  readonly #stream: LiveStream;
  readonly #words: ReaderWords | undefined;
  readonly #waiting: Waiting;
  readonly #signal: AbortSignal | undefined;
  #items = 0;

  constructor(
    stream: LiveStream,
    parts: {
      readonly words: ReaderWords | undefined;
      readonly waiting: Waiting;
      readonly signal: AbortSignal | undefined;
    },
  ) {
    this.#stream = stream;
    this.#words = parts.words;
    this.#waiting = parts.waiting;
    this.#signal = parts.signal;
  }

  get news(): number {
    return Atomics.load(this.#stream.words, NEWS);
  }

  /** Has to be read before `written`: if it is true, `written` is final. */
  get isEnded(): boolean {
    return this.#stream.isEnded;
  }

  get written(): StreamPosition {
    return this.#stream.written;
  }

  /** Returns a copy of what is shown of part `part`; undefined when that part has been stored meanwhile. */
  shown(part: number, from: number, to: number): Buffer | undefined {
    const copy = Buffer.from(this.#stream.tail.slice(from, to).buffer);
    return this.written.parts === part ? copy : undefined;
  }

  /** Has to be called for every item. Throws DP7005, or the signal's reason. */
  took(): void {
    this.#check();
    if (++this.#items % TOLD_EVERY === 0) this.#words?.tell(this.#items);
  }

  /** Settles when there may be more than was `seen`. Throws like `took`. */
  async more(seen: number): Promise<void> {
    const { words } = this.#stream;
    this.#check();
    this.#words?.tell(this.#items);
    Atomics.store(words, ASKED, 1);
    await this.#waiting.forItems(changed(words, NEWS, { seen, signal: this.#signal }), this.#words);
    this.#check();
  }

  [Symbol.dispose](): void {
    if (this.#words === undefined) return;
    this.#waiting.leave(this.#words);
    this.#words.left();
  }

  #check(): void {
    this.#signal?.throwIfAborted();
    if (this.#stream.isBroken) throw brokeOff();
  }
}

const wordOf = (reader: number, word: number): number =>
  FIRST_READER + READER_WORDS * reader + word;

/** Settles when the word may differ from what was seen; rejects with the signal's reason. Does not keep the process alive. */
function changed(
  words: Int32Array,
  at: number,
  { seen, signal }: { readonly seen: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const wait = Atomics.waitAsync(words, at, seen);
  if (!wait.async) return Promise.resolve();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => reject(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  void wait.value.then(() => resolve());
  return promise.finally(() => signal?.removeEventListener('abort', abort));
}

function brokeOff(): Fault {
  return new Fault('DP7005', 'the stream broke off: the task that was writing it did not succeed', {
    hint: 'this attempt does not count; the task starts anew when the stream does',
  });
}
