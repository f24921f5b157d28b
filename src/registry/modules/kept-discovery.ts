import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keepFile } from '../../lib/whole-file.ts';
import { digestOf, type Digest } from '../../model/ids.ts';
import { OXC_VERSION } from '../loader/compile.ts';
import type { ImportRequest, ModuleOutcome } from './discovery-messages.ts';
import { envDigest, listingDigest, type ImportInputs } from './import-inputs.ts';
import { digestOfBytes, disk } from '../loader/project-files.ts';

interface Kept {
  readonly outcomes: readonly ModuleOutcome[];
  readonly files: readonly Seen[];
  readonly folders: readonly Seen[];
  readonly absent: readonly string[];
  readonly env: ImportInputs['env'];
}

/** A path as it was: while its stamp is the same, its contents need not be read. */
interface Seen {
  readonly path: string;
  readonly digest: Digest;
  readonly stamp: string;
}

/**
 * What discovery found, kept in the user's cache folder with all it depended on. It may vanish at any time; a folder
 * that cannot be written only costs the time to import again.
 */
export class KeptDiscovery {
  readonly #file: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(
    cacheFolder: string,
    key: ImportRequest & { readonly workerFile: string; readonly env: NodeJS.ProcessEnv },
  ) {
    const makers = ['2', OXC_VERSION, process.versions.node, ...stampsBeside(key.workerFile)];
    this.#file = join(
      cacheFolder,
      'discovery',
      `${digestOf([...makers, key.root, ...key.modules])}.json`,
    );
    this.#env = key.env;
  }

  /** Undefined when nothing is kept, or anything it depended on is different now. */
  read(): readonly ModuleOutcome[] | undefined {
    const kept = this.#parse();
    if (kept === undefined) return undefined;
    const { names, digest } = kept.env;
    if (envDigest(names, this.#env) !== digest || kept.absent.some((path) => disk.isFile(path)))
      return undefined;
    const files = recheckAll(kept.files, fileDigest);
    const folders = files && recheckAll(kept.folders, listingDigest);
    if (files === undefined || folders === undefined) return undefined;
    const isRestamped = files.some((file, i) => file !== kept.files[i]);
    // Touched but the same inside: the next look need not read it again.
    if (isRestamped) this.#keep({ ...kept, files, folders });
    return kept.outcomes;
  }

  /** Keeps nothing when a file has changed since it was imported. */
  write(outcomes: readonly ModuleOutcome[], { files, folders, absent, env }: ImportInputs): void {
    const seenFiles = recheckAll(files.map(unstamped), fileDigest);
    const seenFolders = recheckAll(folders.map(unstamped), listingDigest);
    if (seenFiles === undefined || seenFolders === undefined) return;
    this.#keep({ outcomes, files: seenFiles, folders: seenFolders, absent, env });
  }

  #parse(): Kept | undefined {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as Kept; // what #keep wrote
    } catch {
      return undefined;
    }
  }

  #keep(kept: Kept): void {
    keepFile(this.#file, JSON.stringify(kept));
  }
}

const unstamped = ({ path, digest }: Omit<Seen, 'stamp'>): Seen => ({ path, digest, stamp: NEVER });

/** With stamps of now; undefined when one of them is not what it was. */
function recheckAll(
  all: readonly Seen[],
  digestNow: (path: string) => Digest | undefined,
): readonly Seen[] | undefined {
  const rechecked: Seen[] = [];
  for (const seen of all) {
    // Before the contents: a change in between then shows as a stamp that is too old.
    const stamp = stampOf(seen.path);
    if (stamp !== NEVER && stamp === seen.stamp) rechecked.push(seen);
    else if (digestNow(seen.path) === seen.digest) rechecked.push({ ...seen, stamp });
    else return undefined;
  }
  return rechecked;
}

function fileDigest(path: string): Digest | undefined {
  const contents = disk.read(path);
  return contents === undefined ? undefined : digestOfBytes(contents);
}

/** Equal to no stamp: the contents have to be looked at. */
const NEVER = '';

/** File systems tell time in steps of some milliseconds: of what changed just now a later change might not show. */
const SETTLED_AFTER_MS = 50n;

function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (stats === undefined || BigInt(Date.now()) - stats.ctimeMs < SETTLED_AFTER_MS) return NEVER;
  const { mtimeNs, ctimeNs, size, ino } = stats;
  return [mtimeNs, ctimeNs, size, ino].join(':');
}

/** Of dp's own files: what another dp found is not taken over. */
function stampsBeside(workerFile: string): readonly string[] {
  const folder = dirname(workerFile);
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { mtimeMs, size } = statSync(join(folder, name));
      return `${name}:${mtimeMs}:${size}`;
    });
}
