/** Checks a sealed file without holding it in memory. */
import { createHash } from 'node:crypto';
import { type Disk, readAt, withFile } from './disk.ts';
import { altered, DIGEST_BYTES, readSealLine, SEAL_BYTES, type SealLine } from './seal.ts';

/** Throws DP7002, with `name` in the message, unless the file is complete and its checksum is valid. */
export function verify(disk: Disk, path: string, name: string): SealLine {
  return present(
    name,
    withFile(disk, path, (fd, size) => {
      const line = lineOf(disk, { fd, size, name });
      const digest = createHash('sha256');
      const chunk = Buffer.allocUnsafe(Math.min(size, CHUNK));
      const end = size - DIGEST_BYTES;
      for (let position = 0; position < end;) {
        const wanted = chunk.subarray(0, Math.min(chunk.length, end - position));
        const count = readAt(disk, fd, wanted, position);
        if (count === 0) throw altered(name, 'is torn');
        digest.update(wanted.subarray(0, count));
        position += count;
      }
      if (digest.digest('hex') !== line.digest) throw altered(name, 'does not match its checksum');
      return line;
    }),
  );
}

/** Reads only the last line. Throws DP7002 when there is no valid one. */
export function readLine(disk: Disk, path: string, name: string): SealLine {
  return present(
    name,
    withFile(disk, path, (fd, size) => lineOf(disk, { fd, size, name })),
  );
}

const CHUNK = 1024 * 1024;

function lineOf(
  disk: Disk,
  { fd, size, name }: { fd: number; size: number; name: string },
): SealLine {
  const end = Buffer.allocUnsafe(SEAL_BYTES);
  const count = readAt(disk, fd, end, Math.max(0, size - SEAL_BYTES));
  return readSealLine(end.subarray(0, count), size, name);
}

function present(name: string, line: SealLine | undefined): SealLine {
  if (line === undefined) throw altered(name, 'is not there');
  return line;
}
