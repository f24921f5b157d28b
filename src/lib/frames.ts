/**
 * Frames in a stream of bytes: a mark, four bytes of length, little-endian, then the payload. The mark tells apart what another
 * program or library wrote into the same stream.
 */

const MARK = Buffer.from('dp1\0');
const HEADER_BYTES = MARK.length + 4;

/** Returns the parts of a payload as one frame. Throws a RangeError above 4 GiB. */
export function frame(...parts: readonly Uint8Array[]): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  MARK.copy(header);
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  header.writeUInt32LE(bytes, MARK.length);
  return Buffer.concat([header, ...parts], HEADER_BYTES + bytes);
}

/** Reads frames from chunks that are cut anywhere. It copies each byte once, however large the frame. */
export class FrameReader {
  readonly #header = Buffer.alloc(HEADER_BYTES);
  /** The payload that is being read; undefined while its header is. */
  #payload: Buffer | undefined;
  /** Number of bytes of the header or payload that have arrived. */
  #filled = 0;

  /**
   * Passes complete payloads on, in order; they belong to the receiver. Keeps no reference to `chunk`.
   * Returns false at bytes that begin no frame: nothing behind them can be read any more.
   */
  read(chunk: Uint8Array, onPayload: (payload: Buffer) => void): boolean {
    for (let from = 0; from < chunk.length;) {
      const part = this.#payload ?? this.#header;
      const taken = Math.min(chunk.length - from, part.length - this.#filled);
      part.set(chunk.subarray(from, from + taken), this.#filled);
      this.#filled += taken;
      from += taken;
      if (this.#payload === undefined && !this.#readHeader()) return false;
      if (this.#filled === this.#payload?.length) this.#passOn(this.#payload, onPayload);
    }
    return true;
  }

  /** Makes room for the payload once its header is complete. Returns false when the bytes so far begin no frame. */
  #readHeader(): boolean {
    const marked = Math.min(this.#filled, MARK.length);
    if (MARK.compare(this.#header, 0, marked, 0, marked) !== 0) return false;
    if (this.#filled < HEADER_BYTES) return true;
    // Memory of its own: a slice of Node's pool would be copied with all of the pool when it is sent to a thread.
    this.#payload = Buffer.allocUnsafeSlow(this.#header.readUInt32LE(MARK.length));
    this.#filled = 0;
    return true;
  }

  #passOn(payload: Buffer, onPayload: (payload: Buffer) => void): void {
    this.#payload = undefined;
    this.#filled = 0;
    onPayload(payload);
  }
}
