/** Items come in, parts and finally the index go out; items of an incomplete part are kept here. */
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { encodePlain } from './codec.ts';
import type { StreamOptions } from './io-manager.ts';
import type { LiveWriter } from './live-stream.ts';
import { altered, seal } from './seal.ts';
import {
  countItems,
  FRAME,
  FRAME_HEAD,
  type Get,
  INDEX,
  type Part,
  partName,
  partsThere,
  type Put,
  type StreamIndex,
} from './stream-parts.ts';

/** The items left by an earlier stream, with which this one begins. */
interface Beginning {
  readonly get: Get;
  readonly name: string;
  readonly items: number;
}

export type WriteOptions = Omit<StreamOptions, 'goesOn'> & {
  readonly beginning?: Beginning | undefined;
};
/** Fills one part after another. */
export class PartWriter implements Disposable {
  readonly #put: Put;
  readonly #onStored: StreamOptions['onStored'];
  readonly #live: LiveWriter | undefined;
  readonly #parts: Part[] = [];
  readonly #digest = createHash('sha256');
  #stored = 0;
  #bytes = 0;
  #pending = new PendingItems();
  #failure: { readonly error: unknown } | undefined;
  #showTimer: NodeJS.Timeout | undefined;
  #storeTimer: NodeJS.Timeout | undefined;
  readonly #isResumable: boolean;
  readonly #signal: AbortSignal | undefined;

  constructor(put: Put, { signal, onStored, live, isResumable = false }: WriteOptions) {
    this.#signal = signal;
    this.#put = put;
    this.#onStored = onStored;
    this.#live = live;
    this.#isResumable = isResumable;
  }

  /** Takes over what an earlier stream left. Throws DP7002 when it has changed since it was found. */
  async begin({ get, name, items }: Beginning): Promise<void> {
    for (const { payload } of partsThere(get, name)) {
      if (this.#stored >= items) break;
      this.#keep(payload, countItems(payload));
      await setImmediate();
      this.#signal?.throwIfAborted();
    }
    if (this.#stored !== items) throw altered(name, 'has changed since it was looked at');
  }

  get items(): number {
    return this.#stored + this.#pending.count;
  }

  /** Returns true when the item filled a part, which is then stored. */
  add(item: unknown): boolean {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#pending.add(encodePlain(item, `$[${this.items}]`));
    if (this.#pending.size >= PART_SIZE) {
      this.#store();
      return true;
    }
    if (this.#isResumable) this.#storeSoon();
    if (this.#live?.isAsked === true) this.show();
    else if (this.#live !== undefined) this.#showSoon();
    return false;
  }

  /** Makes all added items visible to concurrent readers. */
  show(): void {
    if (this.#live?.show(this.#pending.fresh()) === false) this.#store();
  }

  storePending(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#pending.count > 0) this.#store();
  }

  end(): StreamIndex {
    this.storePending();
    const index: StreamIndex = {
      items: this.#stored,
      bytes: this.#bytes,
      digest: this.#digest.digest('hex'),
      parts: this.#parts,
    };
    this.#put(INDEX, seal('index', JSON.stringify(index)).bytes);
    this.#live?.end();
    return index;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#showTimer);
    clearTimeout(this.#storeTimer);
  }

  #storeSoon(): void {
    this.#storeTimer ??= setTimeout(() => {
      this.#storeTimer = undefined;
      this.#inBetween(() => this.storePending());
    }, STORED_AFTER_MS);
  }

  /** Acts while the producer is at work; an error is reported when the producer gives its next item. */
  #inBetween(act: () => void): void {
    if (this.#signal?.aborted === true || this.#failure !== undefined) return;
    try {
      act();
    } catch (error) {
      this.#failure = { error };
    }
  }

  /** Shows the item after a short delay, as the next one may take long to arrive. */
  #showSoon(): void {
    this.#showTimer ??= setTimeout(() => {
      this.#showTimer = undefined;
      this.#inBetween(() => this.show());
    }, SHOWN_AFTER_MS);
  }

  #store(): void {
    const pending = this.#pending;
    this.#pending = new PendingItems();
    this.#keep(pending.payload(), pending.count);
  }

  #keep(payload: Buffer, items: number): void {
    const { bytes, line } = seal('items', payload);
    this.#put(partName(this.#parts.length), bytes);
    this.#digest.update(payload);
    this.#parts.push({ items, bytes: line.length, digest: line.digest });
    this.#stored += items;
    this.#bytes += line.length;
    this.#live?.stored();
    this.#onStored?.(this.#stored);
  }
}

/** Serialized items that wait for their part to fill. Lines are kept as strings: one conversion for all is far cheaper. */
class PendingItems {
  count = 0;
  size = 0;
  readonly #pieces: Buffer[] = [];
  #fresh = 0;
  #lines = '';

  add(item: string | Buffer): void {
    this.count++;
    this.size += item.length + 1;
    if (typeof item === 'string') {
      this.#lines += `${item}\n`;
      return;
    }
    this.#closeLines();
    const head = Buffer.alloc(FRAME_HEAD, FRAME);
    head.writeUInt32LE(item.length, 1);
    this.#pieces.push(head, item);
  }

  payload(): Buffer {
    this.#closeLines();
    return joined(this.#pieces);
  }

  /** Returns what was added since the last call. */
  fresh(): Buffer {
    this.#closeLines();
    const fresh = joined(this.#pieces.slice(this.#fresh));
    this.#fresh = this.#pieces.length;
    return fresh;
  }

  #closeLines(): void {
    if (this.#lines !== '') this.#pieces.push(Buffer.from(this.#lines));
    this.#lines = '';
  }
}

const joined = (pieces: readonly Buffer[]): Buffer =>
  pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);

/** A part is closed at this size: bytes of frames, UTF-16 units of JSON. */
const PART_SIZE = 1024 * 1024;
/** Longer than most producers take for an item, too short to be noticed. */
const SHOWN_AFTER_MS = 10;
/** Maximum time whose items a resumable stream may lose in a crash; each interval creates a file. */
const STORED_AFTER_MS = 5_000;
