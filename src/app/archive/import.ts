/**
 * An archive that `dp export` made comes in, a run on record goes out: all of it or nothing. The archive is a stranger's:
 * every name, size and checksum is looked at, in a folder apart, before anything of it is put in place.
 */
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';
import { readTar, type TarEntry, TarError } from '../../io/tar.ts';
import type { RecordedEvent } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import { isRunId, type RunId } from '../../model/ids.ts';
import { checkRun } from '../../model/run-check.ts';
import { foldRun } from '../../model/run.ts';
import { alreadyHere } from '../../store/held.ts';
import { linesOf } from './file-lines.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { incomingName } from '../maintenance/incoming-name.ts';
import { type ArchivedRun, CHECKSUMS, EVENTS, isRunFile, RECORD, REQUEST } from './run-archive.ts';

/** Throws DP2011 when the file is not such an archive, DP6004 when the run is here already. */
export async function importRun(home: Housekeeping, file: string): Promise<RunId> {
  const name = incomingName();
  const staged = home.incoming.make(name);
  try {
    await unpack(file, staged);
    const run = recordIn(file, staged);
    if (home.maintenance.isListed(run.runId)) throw alreadyHere(run.runId);
    const events = (): Iterable<RecordedEvent> => eventsIn(file, join(staged, EVENTS), run.runId);
    refuseUnsound(file, run.runId, events);
    const request = readFileSync(join(staged, REQUEST));
    await home.stored.place(staged, (act) =>
      home.maintenance.adopt({ ...run, request }, events(), act),
    );
    return run.runId;
  } finally {
    home.incoming.discard(name);
  }
}

/** Far above what results and logs shrink to; below it, size alone proves nothing. */
const MOST_GROWTH = 2_000;
const ALWAYS_FINE_BYTES = 256 * 1024 * 1024;

async function unpack(file: string, staged: string): Promise<void> {
  const packed = sizeOf(file);
  const limit = Math.max(ALWAYS_FINE_BYTES, packed * MOST_GROWTH);
  // Errors end the last stream, which is the one that is read.
  const unpacked = pipeline(createReadStream(file), createZstdDecompress(), () => undefined);
  const checksums = new Map<string, string>();
  try {
    for await (const entry of readTar(limited(unpacked, limit, file))) {
      if (checksums.has(CHECKSUMS)) throw notUsable(file, 'something stands behind its checksums');
      if (!isExpected(entry.name)) throw notUsable(file, `it holds "${entry.name}"`);
      if (checksums.has(entry.name)) throw notUsable(file, `it holds "${entry.name}" twice`);
      checksums.set(entry.name, await writeOut(entry, join(staged, entry.name)));
    }
  } catch (error) {
    throw archiveFault(file, error);
  } finally {
    unpacked.destroy();
  }
  if (!checksums.delete(CHECKSUMS)) throw notUsable(file, 'its checksums are missing');
  const found = [...checksums].map(([name, digest]) => `${digest}  ${name}\n`).join('');
  if (readFileSync(join(staged, CHECKSUMS), 'utf8') !== found)
    throw notUsable(file, 'its checksums do not hold');
}

const isExpected = (name: string): boolean =>
  [RECORD, REQUEST, EVENTS, CHECKSUMS].includes(name) || isRunFile(name);

async function* limited(chunks: Readable, limit: number, file: string): AsyncGenerator<Uint8Array> {
  let left = limit;
  for await (const chunk of chunks as AsyncIterable<Uint8Array>) {
    left -= chunk.length;
    if (left < 0) throw notUsable(file, `it unpacks to more than ${limit} bytes`);
    yield chunk;
  }
}

async function writeOut({ bytes }: TarEntry, path: string): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  const digest = createHash('sha256');
  await using out = await open(path, 'wx', 0o600);
  for await (const piece of bytes) {
    digest.update(piece);
    await out.writeFile(piece);
  }
  return digest.digest('hex');
}

function recordIn(file: string, staged: string): ArchivedRun {
  for (const name of [RECORD, REQUEST, EVENTS])
    if (statSync(join(staged, name), { throwIfNoEntry: false }) === undefined)
      throw notUsable(file, `its ${name} is missing`);
  const run = parsed(file, readFileSync(join(staged, RECORD), 'utf8')) as Partial<ArchivedRun>;
  if (run.format !== 'dp-run') throw notUsable(file, 'it is no archive of a run');
  if (run.v !== 1) throw notUsable(file, `it is of a newer kind (${String(run.v)}); update dp`);
  const { runId, pipeline: name, planId, file: source, startedAt } = run;
  const isWhole =
    typeof runId === 'string' &&
    isRunId(runId) &&
    [name, planId, source].every((text) => typeof text === 'string') &&
    Number.isSafeInteger(startedAt);
  if (!isWhole) throw notUsable(file, `its ${RECORD} is not whole`);
  return run as ArchivedRun;
}

function* eventsIn(file: string, path: string, runId: RunId): Generator<RecordedEvent> {
  for (const line of linesOf(path)) {
    const event = parsed(file, line) as Partial<RecordedEvent>;
    const isWhole =
      event.runId === runId &&
      typeof event.id === 'string' &&
      typeof event.topic === 'string' &&
      Number.isSafeInteger(event.time);
    if (!isWhole) throw notUsable(file, 'an event in it is not whole');
    yield event as RecordedEvent; // topic and data went together when they were stored
  }
}

/** The same that `dp doctor` asks of a run. */
function refuseUnsound(file: string, runId: RunId, events: () => Iterable<RecordedEvent>): void {
  try {
    const { status } = foldRun(runId, events());
    const numbered = Iterator.from(events()).map((event, at) => ({ seq: at + 1, event }));
    const [wrong] = checkRun(runId, numbered, status);
    if (wrong !== undefined) throw notUsable(file, wrong);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError)
      throw notUsable(file, 'an event in it is not whole', error);
    throw error;
  }
}

function parsed(file: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw notUsable(file, 'it holds text that is no JSON');
}

function sizeOf(file: string): number {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) throw new Fault('DP2002', `there is no file ${file}`);
  if (!stats.isFile()) throw new Fault('DP2002', `${file} is not a file`);
  return stats.size;
}

/** What went wrong on the way from the archive to the disk. */
function archiveFault(file: string, error: unknown): unknown {
  if (error instanceof Fault) return error;
  if (error instanceof TarError) return notUsable(file, error.message, error);
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (/^(?:ZSTD_|Z_|ERR_)/.test(code))
    return notUsable(file, `it does not unpack (${message})`, error);
  return new Fault('DP8002', `cannot unpack ${file}: ${message}`, { cause: error });
}

function notUsable(file: string, why: string, cause?: unknown): Fault {
  return new Fault('DP2011', `${file} cannot be imported, and nothing of it was: ${why}`, {
    hint: { do: 'exportRuns' },
    cause,
  });
}
