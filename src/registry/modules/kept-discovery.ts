import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keepFile } from '../../lib/whole-file.ts';
import { digestOf, type Digest } from '../../model/ids.ts';
import { OXC_VERSION } from '../loader/compile.ts';
import type { ImportRequest, ModuleOutcome } from './discovery-messages.ts';
import { envDigest, fileDigest, listingDigest, type ImportInputs } from './import-inputs.ts';
import { disk, realPathOf } from '../loader/project-files.ts';

interface DiscoveryRecord {
  readonly outcomes: readonly ModuleOutcome[];
  readonly files: readonly Seen[];
  readonly folders: readonly Seen[];
  readonly ways: ImportInputs['ways'];
  readonly absent: readonly string[];
  readonly env: ImportInputs['env'];
}

/** State of a path at import. While its stamp is the same, its contents need not be read. */
interface Seen {
  readonly path: string;
  readonly digest: Digest;
  readonly stamp: string;
}

/**
 * Cache of discovery's results in the user's cache folder, with all their inputs. It may be deleted at any time; a folder
 * that cannot be written only costs the time of another import.
 */
export class KeptDiscovery {
  readonly #file: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(
    cacheFolder: string,
    key: ImportRequest & { readonly workerFile: string; readonly env: NodeJS.ProcessEnv },
  ) {
    const makers = ['4', OXC_VERSION, process.versions.node, ...stampsBeside(key.workerFile)];
    this.#file = join(
      cacheFolder,
      'discovery',
      `${digestOf([...makers, key.root, ...key.modules])}.json`,
    );
    this.#env = key.env;
  }

  /** Returns undefined when nothing is kept, or when one of its inputs has changed. */
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
    // The contents are the same despite a new stamp: the next check need not read them again.
    if (isRestamped) this.#keep({ ...kept, files, folders });
    return kept.outcomes;
  }

  /** Stores the result, unless a file has changed since it was imported. */
  write(outcomes: readonly ModuleOutcome[], inputs: ImportInputs): void {
    const files = recheckAll(inputs.files.map(unstamped), digestNow);
    const folders = recheckAll(inputs.folders.map(unstamped), listingDigest);
    if (files === undefined || folders === undefined) return;
    const { ways, absent, env } = inputs;
    this.#keep({ outcomes, files, folders, ways, absent, env });
  }

  #parse(): DiscoveryRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.#file, 'utf8')) as DiscoveryRecord; // #keep wrote it.
    } catch {
      return undefined;
    }
  }

  #keep(kept: DiscoveryRecord): void {
    keepFile(this.#file, JSON.stringify(kept));
  }
}

const unstamped = ({ path, digest }: Omit<Seen, 'stamp'>): Seen => ({ path, digest, stamp: NEVER });

/** Returns the inputs with present stamps; undefined when one of them has changed. */
function recheckAll(
  all: readonly Seen[],
  digestOfPath: (path: string) => Digest | undefined,
): readonly Seen[] | undefined {
  const rechecked: Seen[] = [];
  for (const seen of all) {
    // The stamp is taken before the contents are read, so that a change in between shows as an outdated stamp.
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

/** Equals no stamp, so that the contents are read. */
const NEVER = '';

/** File systems record time in steps of some milliseconds, so a second change soon after the first may not show. */
const SETTLED_AFTER_MS = 50n;

function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (stats === undefined || BigInt(Date.now()) - stats.ctimeMs < SETTLED_AFTER_MS) return NEVER;
  const { mtimeNs, ctimeNs, size, ino } = stats;
  return [mtimeNs, ctimeNs, size, ino].join(':');
}

/** Stamps of dp's own files, so that results of another version of dp are not used. */
function stampsBeside(workerFile: string): readonly string[] {
  const folder = dirname(workerFile);
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const { mtimeMs, size } = statSync(join(folder, name));
      return `${name}:${mtimeMs}:${size}`;
    });
}
