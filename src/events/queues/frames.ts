/** Frames in a stream of bytes: four bytes of length, little-endian, then the payload. */

const HEADER_BYTES = 4;

/** Returns the payload as a frame. Throws a RangeError above 4 GiB. */
export function frame(payload: Uint8Array): Uint8Array {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(payload.length);
  return Buffer.concat([header, payload]);
}

/** Reads frames from chunks that are cut anywhere. It copies each byte once, however large the frame. */
export class FrameReader {
  #isHeader = true;
  #part = Buffer.allocUnsafe(HEADER_BYTES);
  #filled = 0;

  /** Keeps no reference to `chunk`. Passes payloads on in order; they belong to the receiver. */
  read(chunk: Uint8Array, onPayload: (payload: Uint8Array) => void): void {
    for (let from = 0; from < chunk.length;) {
      const taken = Math.min(chunk.length - from, this.#part.length - this.#filled);
      this.#part.set(chunk.subarray(from, from + taken), this.#filled);
      this.#filled += taken;
      from += taken;
      if (this.#filled === this.#part.length) this.#finishPart(onPayload);
    }
  }

  #finishPart(onPayload: (payload: Uint8Array) => void): void {
    const part = this.#part;
    const payloadBytes = this.#isHeader ? part.readUInt32LE() : undefined;
    this.#isHeader = payloadBytes === undefined;
    this.#part = Buffer.allocUnsafe(payloadBytes ?? HEADER_BYTES);
    this.#filled = 0;
    if (payloadBytes === undefined) onPayload(part);
    else if (payloadBytes === 0) this.#finishPart(onPayload);
  }
}
