/** An archive comes in, its entries go out as files of a folder apart: under names that such an archive has, whole by their checksums. */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { readTar, type TarEntry, TarError } from '../../io/tar.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../../lib/private-mode.ts';
import { Fault } from '../../model/fault.ts';
import {
  CHECKSUMS,
  EVENTS,
  MOST_TEXT_BYTES,
  notUsable,
  RECORD,
  REQUEST,
  type RunFile,
  runFileOf,
} from './run-archive.ts';

/** Returns the files that runs have stored. Throws DP2002, DP2011 or DP8002. */
export async function unpack(file: string, staged: string): Promise<readonly RunFile[]> {
  const packed = sizeOf(file);
  const limit = Math.max(ALWAYS_FINE_BYTES, packed * MOST_GROWTH);
  // Errors end the last stream, which is the one that is read.
  const unpacked = pipeline(createReadStream(file), createZstdDecompress(), () => undefined);
  const checksums = new Map<string, string>();
  const files: RunFile[] = [];
  try {
    for await (const entry of readTar(limited(unpacked, limit, file))) {
      if (checksums.has(CHECKSUMS)) throw notUsable(file, 'it has data after its checksums');
      const stored = runFileOf(entry.name);
      if (stored !== undefined) files.push(stored);
      else if (!OWN.includes(entry.name)) throw notUsable(file, `it holds "${entry.name}"`);
      if (checksums.has(entry.name)) throw notUsable(file, `it holds "${entry.name}" twice`);
      if (READ_WHOLE.includes(entry.name) && entry.size > MOST_TEXT_BYTES)
        throw notUsable(file, `its ${entry.name} is larger than ${MOST_TEXT_BYTES} bytes`);
      checksums.set(entry.name, await writeOut(entry, join(staged, entry.name)));
    }
  } catch (error) {
    throw archiveFault(file, error);
  } finally {
    unpacked.destroy();
  }
  const told = checksums.get(CHECKSUMS);
  if (told === undefined) throw notUsable(file, 'its checksums are missing');
  checksums.delete(CHECKSUMS);
  const found = createHash('sha256');
  for (const [name, digest] of checksums) found.update(`${digest}  ${name}\n`);
  if (found.digest('hex') !== told) throw notUsable(file, 'its checksums do not match');
  return files;
}

/** Far above what results and logs shrink to; below it, size alone proves nothing. */
const MOST_GROWTH = 2_000;
const ALWAYS_FINE_BYTES = 256 * 1024 * 1024;

const READ_WHOLE: readonly string[] = [RECORD, REQUEST];
const OWN: readonly string[] = [RECORD, REQUEST, EVENTS, CHECKSUMS];

async function* limited(chunks: Readable, limit: number, file: string): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
    left -= chunk.length;
    if (left < 0) throw notUsable(file, `it unpacks to more than ${limit} bytes`);
    yield chunk;
  }
}

async function writeOut({ bytes }: TarEntry, path: string): Promise<string> {
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_FOLDER });
  const digest = createHash('sha256');
  await using out = await open(path, 'wx', PRIVATE_FILE);
  for await (const piece of bytes) {
    digest.update(piece);
    await out.writeFile(piece);
  }
  return digest.digest('hex');
}

function sizeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw new Fault('DP2002', `there is no file ${file}`);
  if (!stats.isFile()) throw new Fault('DP2002', `${file} is not a file`);
  return stats.size;
}

/** Returns the fault for an error between the archive and the disk. */
function archiveFault(file: string, error: unknown): unknown {
  if (error instanceof Fault) return error;
  if (error instanceof TarError) return notUsable(file, error.message, error);
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (/^(?:ZSTD_|Z_|ERR_)/.test(code))
    return notUsable(file, `it does not unpack (${message})`, error);
  return new Fault('DP8002', `cannot unpack ${file}: ${message}`, { cause: error });
}
