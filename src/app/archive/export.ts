/** A run on record comes in; one file goes out with everything that belongs to it, the results it took from other runs included. */
import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import { createZstdCompress } from 'node:zlib';
import { PRIVATE_FILE } from '../../lib/private-mode.ts';
import { openOutput } from '../../lib/output-file.ts';
import type { StoredFile } from '../../io/stored-runs.ts';
import { type TarEntry, writeTar } from '../../io/tar.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import { heldBy, notBegun } from '../../store/held.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { addressesIn } from '../maintenance/needed-results.ts';
import type { StoredRef } from '../../io/io-manager.ts';
import { type ArchivedRun, CHECKSUMS, EVENTS, RECORD, REQUEST } from './run-archive.ts';

export interface Exported {
  readonly file: string;
  readonly bytes: number;
}

/** Writes the file as a whole or not at all. Throws DP6004 while a process holds the run. */
export async function exportRun(home: Housekeeping, runId: RunId, file: string): Promise<Exported> {
  const holder = home.store.holder(runId);
  if (holder !== undefined) throw heldBy(runId, holder);
  try {
    const tar = writeTar(withChecksums(entriesOf(home, runId)));
    return { file, bytes: await writeArchive(file, tar) };
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('DP8002', `cannot write "${file}": ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Returns the size of the file, which is on the disk when this settles. */
async function writeArchive(file: string, tar: AsyncIterable<Uint8Array>): Promise<number> {
  const staged = openOutput(file, { mode: PRIVATE_FILE, isDurable: true });
  let bytes = 0;
  try {
    // An error ends the last stream, which is the one that is read.
    const packed = pipeline(Readable.from(tar), createZstdCompress(), () => undefined);
    for await (const piece of packed as AsyncIterable<Buffer>) {
      staged.write(piece);
      bytes += piece.length;
    }
    staged.commit();
    return bytes;
  } catch (error) {
    staged.discard();
    throw error;
  }
}

async function* entriesOf(
  { store, stored, maintenance }: Housekeeping,
  runId: RunId,
): AsyncGenerator<TarEntry> {
  const epoch = maintenance.epochOf(runId);
  const run = store.get(runId);
  const request = store.request(runId);
  if (run === undefined || request === undefined)
    throw new Fault('DP2007', `there is no run "${runId}"`);
  const { pipeline: name, planId, file, startedAt, startedBy, queuedAt } = run;
  if (startedAt === null) throw notBegun(runId);
  const record: ArchivedRun = {
    format: 'dp-run',
    v: 1,
    runId,
    pipeline: name,
    planId,
    file,
    startedAt,
    ...(startedBy !== undefined && { startedBy }),
    ...(queuedAt !== undefined && { queuedAt }),
  };
  yield inMemory(RECORD, Buffer.from(`${JSON.stringify(record)}\n`));
  yield inMemory(REQUEST, Buffer.from(request));
  let size = 0;
  for (const line of eventLines(store, runId)) size += line.length;
  yield { name: EVENTS, size, bytes: eventLines(store, runId) };
  for await (const found of stored.files(runId)) yield fromStore(found);
  for (const ref of foreignResults(maintenance.outputsOf(runId), runId))
    for await (const found of stored.filesOf(ref)) yield fromStore(found);
  // The run was resumed or removed meanwhile: what was read no longer belongs to one state of it.
  if (maintenance.epochOf(runId) !== epoch) throw hasChanged(`run ${runId}`);
}

/** Yields each result of another run once, however many tasks point to it. */
function* foreignResults(outputs: Iterable<ResultRef>, runId: RunId): Generator<StoredRef> {
  const seen = new Set<string>();
  for (const output of outputs)
    for (const ref of addressesIn(output)) {
      const name = `${ref.run}/${ref.task}/${ref.id}`;
      if (ref.run === runId || seen.has(name)) continue;
      seen.add(name);
      yield ref;
    }
}

function fromStore(file: StoredFile): TarEntry {
  return { name: file.path, size: file.bytes, bytes: file.read() };
}

function inMemory(name: string, bytes: Buffer): TarEntry {
  return { name, size: bytes.length, bytes: [bytes] };
}

function* eventLines(store: Housekeeping['store'], runId: RunId): Generator<Buffer> {
  for (const { event } of store.read(runId)) yield Buffer.from(`${JSON.stringify(event)}\n`);
}

/** Yields the entries, and after them one with the checksums of their bytes as they were read. */
async function* withChecksums(entries: AsyncIterable<TarEntry>): AsyncGenerator<TarEntry> {
  let checksums = '';
  for await (const { name, size, bytes } of entries) {
    async function* summed(): AsyncGenerator<Uint8Array> {
      const digest = createHash('sha256');
      let read = 0;
      for await (const piece of bytes) {
        read += piece.length;
        digest.update(piece);
        yield piece;
      }
      if (read !== size) throw hasChanged(`"${name}"`);
      checksums += `${digest.digest('hex')}  ${name}\n`;
    }
    yield { name, size, bytes: summed() };
  }
  yield inMemory(CHECKSUMS, Buffer.from(checksums));
}

function hasChanged(what: string): Fault {
  return new Fault('DP8002', `${what} changed while it was read`, { hint: 'export again' });
}
