/**
 * What tasks read, compared with the disk: reads of an attempt come in, notes with digests go out, and later whether they still hold.
 * A file is compared by size, times and inode first, and by its contents when in doubt. Nothing is written.
 */
import fs, { type Stats } from 'node:fs';
import { join, posix } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { digestOf, type Digest, type Instant, type Milliseconds } from '../model/ids.ts';
import {
  listingDigest,
  type InputChange,
  type InputNote,
  type SeenRead,
} from '../model/input-note.ts';
import {
  digestedFile,
  filesMatching,
  isSameStamp,
  pathIn,
  placeIn,
  stampOf,
  statOf,
} from './file-state.ts';
import { canonicalJson, type Json } from '../model/json.ts';

/** The values that notes are compared with. */
export interface InputGround {
  /** The project's folder. */
  readonly root: string;
  /** Complete environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  /** Values of the pipeline's parameters. */
  readonly params: Readonly<Record<string, Json>>;
  /** The state directory, whose files are no inputs. */
  readonly state: string;
  /** Files that were looked at, by their paths in notes, where it is enough to look once at each: tasks of a plan often read the same ones. */
  readonly looked?: Map<string, Stats | undefined>;
}

/** Time after which the reading of many files gives way to other work. */
const SLICE_MS: Milliseconds = 5;

/**
 * Returns the notes of the reads; undefined when something has changed since it was read, so that nobody can tell what
 * the task saw.
 */
export async function notesOf(
  reads: readonly SeenRead[],
  ground: InputGround,
): Promise<readonly InputNote[] | undefined> {
  const notes: InputNote[] = [];
  let since = performance.now();
  for (const read of eachOnce(reads)) {
    const note = noteOf(read, ground);
    if (note === undefined) return undefined;
    notes.push(note);
    if (performance.now() - since < SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
  return notes;
}

/** Returns one read of each thing: of a file that of the earliest, as it has to have been the same ever since. */
function eachOnce(reads: readonly SeenRead[]): Iterable<SeenRead> {
  const once = new Map<string, SeenRead>();
  for (const read of reads) {
    const { is, path, name, pattern, isLink, at = 0 }: Partial<EachField> = read;
    const subject = JSON.stringify([is, path, name, pattern, isLink]);
    const known: Partial<EachField> | undefined = once.get(subject);
    if (known === undefined || at < (known.at ?? 0)) once.set(subject, read);
  }
  return once.values();
}

/** All fields that tell one read from another. */
interface EachField {
  readonly is: string;
  readonly path: string;
  readonly name: string;
  readonly pattern: string;
  readonly isLink: boolean;
  readonly at: Instant;
}

/** Returns the files that a task declares, as they are now: they count as read from here on. */
export function declaredReads(
  { patterns, outputs, folder }: DeclaredPatterns,
  { state }: InputGround,
): readonly SeenRead[] {
  const at = Date.now();
  return patterns.flatMap((pattern): SeenRead[] => {
    const names = declaredNames({ folder, pattern, outputs }, state);
    const files = names.map((name): SeenRead => ({ is: 'file', path: join(folder, name), at }));
    return [{ is: 'glob', path: folder, pattern, outputs, digest: digestOf(names) }, ...files];
  });
}

interface DeclaredPattern extends Pick<DeclaredPatterns, 'outputs' | 'folder'> {
  readonly pattern: string;
}

function declaredNames({ folder, pattern, outputs }: DeclaredPattern, state: string): string[] {
  const isOutput = (name: string): boolean =>
    outputs.some((output) => posix.matchesGlob(name, posix.normalize(output)));
  return filesMatching(folder, pattern, state).filter((name) => !isOutput(name));
}

/** Paths and globs, relative to the folder; files that match `outputs` are the task's own. */
interface DeclaredPatterns {
  readonly patterns: readonly string[];
  readonly outputs: readonly string[];
  readonly folder: string;
}

function noteOf(read: SeenRead, ground: InputGround): InputNote | undefined {
  switch (read.is) {
    case 'file':
      return contentsNote(read.path, read.at, ground);
    case 'module': {
      const note = contentsNote(read.path, Infinity, ground);
      return note?.is === 'file' && note.digest === read.digest ? note : undefined;
    }
    case 'stat':
      return statNote(read, ground);
    case 'present':
    case 'absent':
      return { ...read, path: placeIn(ground.root, read.path) };
    case 'link':
      return { ...read, path: placeIn(ground.root, read.path), to: placeIn(ground.root, read.to) };
    case 'folder':
    case 'glob':
      return { ...read, path: placeIn(ground.root, read.path) };
    default:
      return valueNote(read, ground);
  }
}

function contentsNote(path: string, at: Instant, ground: InputGround): InputNote | undefined {
  const found = statOf(path);
  // It was there when it was read.
  if (found === undefined) return undefined;
  const name = placeIn(ground.root, path);
  if (!found.isFile()) return { is: 'stat', path: name, digest: statDigest(path, found) };
  if (isSince(found.ctimeMs, at)) return undefined;
  const file = digestedFile(path, found);
  return file && { is: 'file', path: name, ...file };
}

function statNote(
  { path, at, isLink }: Extract<SeenRead, { is: 'stat' }>,
  { root }: InputGround,
): InputNote | undefined {
  const found = statOf(path, isLink);
  if (found === undefined)
    return isLink === true
      ? { is: 'stat', path: placeIn(root, path), digest: NOTHING, isLink }
      : { is: 'absent', path: placeIn(root, path) };
  if (isSince(found.isFile() ? found.ctimeMs : found.birthtimeMs, at)) return undefined;
  const digest = statDigest(path, found);
  return { is: 'stat', path: placeIn(root, path), digest, ...(isLink && { isLink }) };
}

/** Returns whether a file's time is later than the whole millisecond in which it was read. */
const isSince = (changed: Milliseconds, at: Instant): boolean => changed >= at + 1;

function valueNote(
  { is, name }: Extract<SeenRead, { is: 'env' | 'param' }>,
  ground: InputGround,
): InputNote {
  if (name !== undefined) return { is, name, digest: valueDigest(is, name, ground) };
  return is === 'env'
    ? { is: 'env_names', digest: namesDigest(ground.env) }
    : { is: 'param_names', digest: namesDigest(ground.params) };
}

/** Returns the notes that no longer hold, beside what they would be now; a file that cannot be read counts as absent. */
export function changedInputs(
  notes: readonly InputNote[],
  ground: InputGround,
): readonly InputChange[] {
  return notes.flatMap((before) => {
    const after = noteNow(before, ground);
    return isSame(before, after) ? [] : [{ before, after }];
  });
}

function noteNow(note: InputNote, ground: InputGround): InputNote {
  switch (note.is) {
    case 'file':
      return fileNow(note, ground);
    case 'stat': {
      const path = pathIn(ground.root, note.path);
      const found = statOf(path, note.isLink);
      if (found !== undefined) return { ...note, digest: statDigest(path, found) };
      return note.digest === NOTHING ? note : { is: 'absent', path: note.path };
    }
    case 'present':
    case 'absent': {
      const isThere = fs.existsSync(pathIn(ground.root, note.path));
      return { is: isThere ? 'present' : 'absent', path: note.path };
    }
    case 'link': {
      const to = realPath(pathIn(ground.root, note.path));
      return to === undefined
        ? { is: 'absent', path: note.path }
        : { ...note, to: placeIn(ground.root, to) };
    }
    case 'folder': {
      const names = namesIn(pathIn(ground.root, note.path));
      return names === undefined
        ? { is: 'absent', path: note.path }
        : { ...note, digest: listingDigest(names, note.without ?? []) };
    }
    case 'glob': {
      const folder = pathIn(ground.root, note.path);
      return { ...note, digest: digestOf(declaredNames({ ...note, folder }, ground.state)) };
    }
    case 'env_names':
      return { is: note.is, digest: namesDigest(ground.env) };
    case 'param_names':
      return { is: note.is, digest: namesDigest(ground.params) };
    default:
      return { ...note, digest: valueDigest(note.is, note.name, ground) };
  }
}

function fileNow(note: Extract<InputNote, { is: 'file' }>, ground: InputGround): InputNote {
  const found = lookedAt(note.path, ground);
  if (found === undefined || !found.isFile()) return { is: 'absent', path: note.path };
  if (note.stamp !== undefined && isSameStamp(note.stamp, stampOf(found))) return note;
  const file = digestedFile(pathIn(ground.root, note.path), found);
  return file === undefined
    ? { is: 'absent', path: note.path }
    : { is: note.is, path: note.path, ...file };
}

function lookedAt(place: string, { root, looked }: InputGround): Stats | undefined {
  if (looked === undefined) return statOf(pathIn(root, place));
  if (!looked.has(place)) looked.set(place, statOf(pathIn(root, place)));
  return looked.get(place);
}

function isSame(a: InputNote, b: InputNote): boolean {
  if (a.is !== b.is) return false;
  if (a.is === 'link' && b.is === 'link') return a.to === b.to;
  return 'digest' in a && 'digest' in b ? a.digest === b.digest : true;
}

/** Stands for a path at which there is nothing, not even a link that leads nowhere. */
const NOTHING = digestOf([]);

/** Size and time count for files alone: those of a folder change with each file in it. */
function statDigest(path: string, found: Stats): Digest {
  if (found.isFile()) return digestOf(['file', String(found.size), String(found.mtimeMs)]);
  if (found.isSymbolicLink()) return digestOf(['link', fs.readlinkSync(path)]);
  return digestOf([found.isDirectory() ? 'folder' : 'other']);
}

function namesIn(folder: string): string[] | undefined {
  try {
    return fs
      .readdirSync(folder, { withFileTypes: true })
      .map((entry) => `${entry.isDirectory() ? 'd' : 'f'}${entry.name}`);
  } catch {
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return fs.realpathSync.native(path);
  } catch {
    return undefined;
  }
}

const namesDigest = (values: Readonly<Record<string, unknown>>): Digest =>
  digestOf(Object.keys(values).toSorted());

/** Names come into the digest, so that equal values of two variables do not show. */
function valueDigest(
  is: 'env' | 'param',
  name: string,
  { env, params }: InputGround,
): Digest | null {
  const values: Readonly<Record<string, Json>> = is === 'env' ? env : params;
  if (!Object.hasOwn(values, name)) return null;
  return digestOf([is, name, canonicalJson(values[name] ?? null)]);
}
