/** Reads the lines of a text file on demand and synchronously, as a transaction cannot await. */
import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Yields the lines without their line feeds; the last one may have none. A line that is longer ends the file: undefined is yielded. */
export function* linesOf(path: string, mostBytes: number): Generator<string | undefined> {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let open: Buffer[] = [];
    let bytes = 0;
    for (let count; (count = readSync(file, chunk)) > 0;) {
      let start = 0;
      for (let end; (end = chunk.subarray(0, count).indexOf(LINE_FEED, start)) !== -1;) {
        yield Buffer.concat([...open, chunk.subarray(start, end)]).toString();
        open = [];
        bytes = 0;
        start = end + 1;
      }
      open.push(Buffer.from(chunk.subarray(start, count)));
      bytes += count - start;
      if (bytes > mostBytes) {
        yield undefined;
        return;
      }
    }
    const last = Buffer.concat(open).toString();
    if (last !== '') yield last;
  } finally {
    closeSync(file);
  }
}
