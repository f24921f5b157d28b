import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keepFile } from '../../lib/whole-file.ts';
import { digestOf, type Digest } from '../../model/ids.ts';
import { OXC_VERSION } from '../loader/compile.ts';
import type { ImportRequest, ModuleOutcome } from './discovery-messages.ts';
import { envDigest, fileDigest, listingDigest, type ImportInputs } from './import-inputs.ts';
import { disk, realPathOf } from '../loader/project-files.ts';

interface Kept {
  readonly outcomes: readonly ModuleOutcome[];
  readonly files: readonly Seen[];
  readonly folders: readonly Seen[];
  readonly ways: ImportInputs['ways'];
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
    const makers = ['3', OXC_VERSION, process.versions.node, ...stampsBeside(key.workerFile)];
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
    if (kept.ways.some(({ path, to }) => realPathOf(path) !== to)) return undefined;
    const files = recheckAll(kept.files, digestNow);
    const folders = files && recheckAll(kept.folders, listingDigest);
    if (files === undefined || folders === undefined) return undefined;
    const isRestamped = files.some((file, i) => file !== kept.files[i]);
    // Touched but the same inside: the next look need not read it again.
    if (isRestamped) this.#keep({ ...kept, files, folders });
    return kept.outcomes;
  }

  /** Keeps nothing when a file has changed since it was imported. */
  write(outcomes: readonly ModuleOutcome[], inputs: ImportInputs): void {
    const files = recheckAll(inputs.files.map(unstamped), digestNow);
    const folders = recheckAll(inputs.folders.map(unstamped), listingDigest);
    if (files === undefined || folders === undefined) return;
    const { ways, absent, env } = inputs;
    this.#keep({ outcomes, files, folders, ways, absent, env });
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
  digestOfPath: (path: string) => Digest | undefined,
): readonly Seen[] | undefined {
  const rechecked: Seen[] = [];
  for (const seen of all) {
    // Before the contents: a change in between then shows as a stamp that is too old.
    const stamp = stampOf(seen.path);
    if (stamp !== NEVER && stamp === seen.stamp) rechecked.push(seen);
    else if (digestOfPath(seen.path) === seen.digest) rechecked.push({ ...seen, stamp });
    else return undefined;
  }
  return rechecked;
}

function digestNow(path: string): Digest | undefined {
  const contents = disk.read(path);
  return contents === undefined ? undefined : fileDigest(path, contents);
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

/** Stamps of dp's own files: what another dp found is not taken over. */
function stampsBeside(workerFile: string): readonly string[] {
  const folder = dirname(workerFile);
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { mtimeMs, size } = statSync(join(folder, name));
      return `${name}:${mtimeMs}:${size}`;
    });
}
