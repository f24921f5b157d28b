/** Reads the log of one attempt line by line, while it still grows. */
import { open, stat } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

const CHUNK_BYTES = 65_536;
/** Limit in UTF-16 units. A longer line is passed on in parts, as it would have to be held in memory. */
const LONGEST_LINE = 1_048_576;
const LINE_BREAK = 0x0a;

export class LogLines {
  readonly #file: string;
  /** Holds back the first bytes of a character whose last ones are still to come. */
  readonly #decoder = new StringDecoder('utf8');
  #offset: number;
  /** The beginning of a line. */
  #begun = '';

  constructor(file: string, offset = 0) {
    this.#file = file;
    this.#offset = offset;
  }

  /** Yields the whole lines added since the last call, without line breaks; with `isOver` also the rest of the last one. */
  async *added({ isOver }: { readonly isOver: boolean }): AsyncGenerator<string> {
    if ((await sizeOf(this.#file)) > this.#offset) yield* this.#grown();
    if (!isOver) return;
    const rest = this.#begun + this.#decoder.end();
    this.#begun = '';
    if (rest !== '') yield rest;
  }

  async *#grown(): AsyncGenerator<string> {
    await using file = await open(this.#file);
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, CHUNK_BYTES, this.#offset);
      if (bytesRead === 0) return;
      this.#offset += bytesRead;
      const text = this.#begun + this.#decoder.write(chunk.subarray(0, bytesRead));
      const lines = text.split('\n');
      this.#begun = lines.pop() ?? '';
      yield* lines;
      if (this.#begun.length <= LONGEST_LINE) continue;
      yield this.#begun;
      this.#begun = '';
    }
  }
}

/** Returns the offset at which the last `count` lines of the file begin. A line break at the very end begins no line. */
export async function offsetOfLast(count: number, path: string): Promise<number> {
  const size = await sizeOf(path);
  if (size === 0) return 0;
  await using file = await open(path);
  const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  let left = count;
  for (let end = size; end > 0; end = Math.max(0, end - CHUNK_BYTES)) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      const isLineBreak = chunk[at] === LINE_BREAK && start + at < size - 1;
      if (isLineBreak && --left === 0) return start + at + 1;
    }
  }
  return 0;
}

/** Returns 0 for a missing file: it is made with the first byte. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}
