/**
 * Archives in the tar format: files with a name and a size, nothing else. Links, folders and devices are neither written nor
 * read, so an archive can hold nothing but bytes under names; the caller checks the names.
 */
import { pipeline } from 'node:stream/promises';
import { extract, pack, type Pack } from 'tar-stream';

export interface TarEntry {
  readonly name: string;
  readonly size: number;
  /** The bytes of an entry from `readTar` are read completely, or not at all, before the next entry is requested. */
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Thrown when the bytes are not an archive of plain files. */
export class TarError extends Error {
  override readonly name = 'TarError';
}

/** Returns the archive. The same entries give the same bytes. The stream fails with the error of an entry. */
export function writeTar(
  entries: AsyncIterable<TarEntry> | Iterable<TarEntry>,
): AsyncIterable<Buffer> {
  const tar = pack();
  fill(tar, entries).catch((error: Error) => tar.destroy(error));
  return tar as AsyncIterable<Buffer>; // the cast is needed: the declaration does not give the type of the chunks
}

async function fill(tar: Pack, entries: AsyncIterable<TarEntry> | Iterable<TarEntry>) {
  for await (const { name, size, bytes } of entries)
    await pipeline(bytes, tar.entry({ name, size, mode: 0o600, mtime: new Date(0) }));
  tar.finalize();
}

/** Throws TarError at damaged bytes and at anything but plain files. */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const tar = extract();
  // A failure destroys `tar`, and so ends the loop below.
  const fed = pipeline(chunks, tar).catch(() => undefined);
  try {
    for await (const entry of named(tar)) {
      const { name, size, type } = entry.header;
      if (type !== 'file') throw new TarError(`"${name}" is no plain file`);
      yield { name, size, bytes: named(entry as AsyncIterable<Buffer>) }; // as above
      entry.resume();
    }
  } finally {
    await fed;
  }
}

/** Yields the same items; errors of tar-stream, which are plain, become TarErrors. Errors of the source have a code or a class of their own. */
async function* named<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    const isOfTar = error instanceof Error && error.constructor === Error && !('code' in error);
    throw isOfTar ? new TarError(error.message, { cause: error }) : error;
  }
}
