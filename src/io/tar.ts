/**
 * Archives in the tar format (POSIX.1-2001): files with a name and a size, nothing else. Links, folders and devices are
 * neither written nor read, so an archive can hold nothing but bytes under names; what names are good is the caller's to say.
 */
import { asBuffer } from './codec.ts';

const BLOCK = 512;
/** What fits where every tar looks for it; more goes into an extended header. */
const LONGEST_NAME = 100;
const LARGEST_SIZE = 8 ** 11 - 1;

/** What is wrong with bytes that should be an archive. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

/** The blocks before a file's bytes. */
export function tarHead(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) <= LONGEST_NAME && size <= LARGEST_SIZE)
    return header(name, size, '0');
  const extended = Buffer.from(paxRecord('path', name) + paxRecord('size', String(size)));
  return Buffer.concat([
    header('PaxHeader', extended.length, 'x'),
    extended,
    tarPadding(extended.length),
    header(name.slice(-LONGEST_NAME), Math.min(size, LARGEST_SIZE), '0'),
  ]);
}

/** The bytes behind those of a file, up to the next block. */
export const tarPadding = (size: number): Buffer => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK);

export interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** To be gone through before the next entry is asked for; what is left is skipped. */
  readonly bytes: AsyncIterable<Buffer>;
}

/** Throws TarError at anything but plain files, and when the end is missing. */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const input = new Input(chunks);
  let extended: { path?: string; size?: number } = {};
  for (;;) {
    const block = await input.exactly(BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const { type, ...found } = parseHeader(block);
    if (type === 'x') {
      if (found.size > LONGEST_EXTENSION) throw new TarError('an extended header is too long');
      extended = parsePax(await input.exactly(found.size));
      await input.exactly(tarPadding(found.size).length);
      continue;
    }
    if (type !== '0' && type !== '\0') throw new TarError(`"${found.name}" is no plain file`);
    const { path: name = found.name, size = found.size } = extended;
    extended = {};
    const bytes = input.upTo(size);
    yield { name, size, bytes };
    for await (const _ of bytes); // what the caller left
    await input.exactly(tarPadding(size).length);
  }
}

const LONGEST_EXTENSION = 64 * 1024;

function header(name: string, size: number, type: string): Buffer {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, LONGEST_NAME);
  block.write('0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136); // no time: the same run gives the same archive
  block.write(type, 156);
  block.write('ustar\x0000', 257);
  block.write(`${checksumOf(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** The sum of all bytes, those of the sum itself taken as spaces. */
function checksumOf(block: Buffer): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

function parseHeader(block: Buffer): { name: string; size: number; type: string } {
  const text = (start: number, length: number): string => {
    const field = block.subarray(start, start + length);
    const end = field.indexOf(0);
    return field.toString('utf8', 0, end === -1 ? length : end);
  };
  if (text(257, 5) !== 'ustar' || Number.parseInt(text(148, 8), 8) !== checksumOf(block))
    throw new TarError('a header is damaged');
  const digits = text(124, 12).trim();
  if (!/^[0-7]+$/.test(digits)) throw new TarError('a size is no number');
  const prefix = text(345, 155);
  const name = text(0, LONGEST_NAME);
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    size: Number.parseInt(digits, 8),
    type,
  };
}

/** `LENGTH KEY=VALUE\n`, its own length included. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

function parsePax(bytes: Buffer): { path?: string; size?: number } {
  const found: { path?: string; size?: number } = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString('latin1', at, space));
    if (space === -1 || !Number.isSafeInteger(length) || length <= space - at)
      throw new TarError('an extended header is damaged');
    const record = bytes.toString('utf8', space + 1, at + length - 1);
    const [key = ''] = record.split('=', 1);
    const value = record.slice(key.length + 1);
    if (key === 'path') found.path = value;
    if (key === 'size') found.size = sizeFrom(value);
    at += length;
  }
  return found;
}

function sizeFrom(digits: string): number {
  const size = Number(digits);
  if (!/^\d+$/.test(digits) || !Number.isSafeInteger(size))
    throw new TarError('a size is no number');
  return size;
}

/** Bytes as they come, handed out in the lengths that are asked for. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async exactly(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.upTo(length)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** Can be gone through once, in one go or in several. */
  upTo(length: number): AsyncIterableIterator<Buffer> {
    let left = length;
    const next = async (): Promise<IteratorResult<Buffer>> => {
      if (left === 0) return { done: true, value: undefined };
      const piece = await this.#piece(left);
      left -= piece.length;
      return { done: false, value: piece };
    };
    const iterator: AsyncIterableIterator<Buffer> = {
      next,
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  async #piece(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new TarError('it ends too early');
      this.#rest = asBuffer(next.value);
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }
}
