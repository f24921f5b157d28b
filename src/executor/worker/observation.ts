/** What one attempt reads, as its thread sees it: calls come in, the list of its reads goes out. It never reads the contents of a file. */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import { isOwnCode } from '../../lib/own-code.ts';
import type { Instant } from '../../model/ids.ts';
import { listingDigest, type SeenRead } from '../../model/input-note.ts';
import { isStandardVariable } from '../../model/standard-env.ts';

/** More reads than these are not kept, and neither is the result. */
const MOST_READS = 20_000;

/** Folders whose files tell the state of the machine; they are no inputs. */
const MACHINE = ['/proc', '/sys', '/dev'];

/** Variables that Node itself reads when it loads a module. */
const OF_NODE = new Set(['NODE_V8_COVERAGE', 'WATCH_REPORT_DEPENDENCIES']);

/** Calls of `node:fs`, taken before anything watches them. */
const unwatched = { existsSync, readdirSync, realpath: realpathSync.native };

export class Observation {
  readonly #left: readonly string[];
  readonly #files = new Map<string, Instant>();
  readonly #stats = new Map<string, Instant>();
  readonly #links = new Map<string, Instant>();
  readonly #ends = new Map<string, 'present' | 'absent'>();
  readonly #ways = new Map<string, string>();
  readonly #folders = new Map<string, readonly string[]>();
  readonly #variables = new Set<string>();
  readonly #params = new Set<string>();
  #listsVariables = false;
  #listsParams = false;
  /** Files and folders that the attempt has written or removed. */
  readonly #written = new Set<string>();

  /** `leftOut` are folders whose files are no inputs, such as the state directory. */
  constructor(leftOut: readonly string[]) {
    this.#left = leftOut;
  }

  readsFile(path: string): void {
    if (!this.#files.has(path) && !this.#isOwn(path)) this.#files.set(path, Date.now());
  }

  readsStat(path: string, isLink: boolean): void {
    const seen = isLink ? this.#links : this.#stats;
    if (!seen.has(path) && !this.#isOwn(path)) seen.set(path, Date.now());
  }

  /** Notes that nothing was found at the path, if that is why a call has failed. */
  misses(path: string): void {
    if (unwatched.existsSync(path)) return;
    this.#files.delete(path);
    this.#stats.delete(path);
    // A link at the path has a note of its own; what it leads to may still come.
    this.finds(path, false);
  }

  finds(path: string, isThere: boolean): void {
    if (this.#ends.has(path) || this.#isOwn(path)) return;
    this.#ends.set(path, isThere ? 'present' : 'absent');
  }

  follows(path: string): void {
    if (this.#ways.has(path) || this.#isOwn(path)) return;
    try {
      this.#ways.set(path, unwatched.realpath(path));
    } catch {
      this.misses(path);
    }
  }

  lists(folder: string, isDeep: boolean): void {
    if (this.#folders.has(folder) || this.#isOwn(folder)) return;
    try {
      const entries = unwatched.readdirSync(folder, { withFileTypes: true });
      this.#folders.set(
        folder,
        entries.map((entry) => `${entry.isDirectory() ? 'd' : 'f'}${entry.name}`),
      );
      if (!isDeep) return;
      for (const entry of entries)
        if (entry.isDirectory()) this.lists(join(folder, entry.name), true);
    } catch {
      this.readsStat(folder, false);
    }
  }

  /** `name` is undefined when all variables are listed. */
  readsVariable(name: string | undefined): void {
    if (name === undefined) this.#listsVariables = true;
    else if (!OF_NODE.has(name)) this.#variables.add(name);
  }

  readsParam(name: string | undefined): void {
    if (name === undefined) this.#listsParams = true;
    else this.#params.add(name);
  }

  writes(path: string): void {
    // What it read before is gone, so that nobody can tell whether it is there again.
    if (this.#files.has(path)) this.#files.set(path, 0);
    this.#written.add(path);
  }

  /** Adds what another observation saw, such as that of the import of a module. */
  include(other: Observation): void {
    for (const [path, at] of other.#files) this.#files.set(path, at);
    for (const [path, at] of other.#stats) this.#stats.set(path, at);
    for (const [path, at] of other.#links) this.#links.set(path, at);
    for (const [path, end] of other.#ends) this.#ends.set(path, end);
    for (const [path, to] of other.#ways) this.#ways.set(path, to);
    for (const [path, names] of other.#folders) this.#folders.set(path, names);
    for (const name of other.#variables) this.#variables.add(name);
    this.#listsVariables ||= other.#listsVariables;
  }

  /** Returns the reads; undefined when there are too many to be kept. */
  seen(): readonly SeenRead[] | undefined {
    const reads: SeenRead[] = [];
    for (const [path, at] of this.#files)
      if (this.#counts(path)) reads.push({ is: 'file', path, at });
    for (const [path, at] of this.#stats)
      if (this.#counts(path) && !this.#files.has(path)) reads.push({ is: 'stat', path, at });
    for (const [path, at] of this.#links)
      if (this.#counts(path)) reads.push({ is: 'stat', path, at, isLink: true });
    for (const [path, is] of this.#ends)
      if (this.#counts(path) && !this.#files.has(path)) reads.push({ is, path });
    for (const [path, to] of this.#ways)
      if (this.#counts(path)) reads.push({ is: 'link', path, to });
    for (const [path, entries] of this.#folders)
      if (this.#counts(path)) reads.push(this.#listing(path, entries));
    for (const name of this.#variables)
      // A child process is given all variables; the standard ones are then no inputs.
      if (!this.#listsVariables || !isStandardVariable(name)) reads.push({ is: 'env', name });
    for (const name of this.#params) reads.push({ is: 'param', name });
    if (this.#listsVariables) reads.push({ is: 'env' });
    if (this.#listsParams) reads.push({ is: 'param' });
    return reads.length > MOST_READS ? undefined : reads;
  }

  #listing(path: string, entries: readonly string[]): SeenRead {
    const without = [...this.#written, ...this.#left]
      .filter((own) => dirname(own) === path)
      .map((own) => basename(own));
    return {
      is: 'folder',
      path,
      digest: listingDigest(entries, without),
      ...(without.length === 0 ? {} : { without }),
    };
  }

  #counts(path: string): boolean {
    if (path.includes(`${sep}node_modules${sep}`) || isOwnCode(path)) return false;
    return ![...this.#left, ...MACHINE].some((folder) => isIn(folder, path));
  }

  #isOwn(path: string): boolean {
    if (this.#written.size === 0) return false;
    for (let at = path; ; at = dirname(at)) {
      if (this.#written.has(at)) return true;
      if (dirname(at) === at) return false;
    }
  }
}

const isIn = (folder: string, path: string): boolean =>
  path === folder || path.startsWith(folder + sep);
