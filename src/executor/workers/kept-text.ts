/** The text of one stream of a command, as much of it as its result keeps. */
import { StringDecoder } from 'node:string_decoder';

/** Characters kept of each stream; the log has all of it. */
const KEPT_CHARACTERS = 16 * 1024 * 1024;
/** The character that the decoder puts in place of bytes that are not UTF-8, and its own bytes, a character each. */
const REPLACEMENT = '\uFFFD';
const ITS_BYTES = Buffer.from(REPLACEMENT).toString('latin1');

export class KeptText {
  readonly #decoder = new StringDecoder('utf8');
  #text = '';
  #isCut = false;
  #isReplaced = false;
  /** The last two bytes, a character each, as a character may span several chunks. */
  #lastBytes = '';

  get text(): string {
    return this.#text;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** True when the stream had bytes that are not UTF-8. */
  get isReplaced(): boolean {
    return this.#isReplaced;
  }

  add(chunk: Buffer): void {
    if (this.#text.length >= KEPT_CHARACTERS) {
      this.#isCut = true;
      return;
    }
    const text = this.#decoder.write(chunk);
    // A stream that holds the character itself has its bytes.
    if (!this.#isReplaced && text.includes(REPLACEMENT)) {
      const bytes = this.#lastBytes + chunk.toString('latin1');
      this.#isReplaced = countOf(REPLACEMENT, text) > countOf(ITS_BYTES, bytes);
    }
    this.#lastBytes = (this.#lastBytes + chunk.subarray(-2).toString('latin1')).slice(-2);
    this.#text += text;
  }

  end(): void {
    const rest = this.#decoder.end();
    this.#isReplaced ||= rest !== '';
    this.#text += rest;
  }
}

const countOf = (part: string, text: string): number => text.split(part).length - 1;
