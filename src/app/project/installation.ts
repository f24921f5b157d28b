/**
 * The paths of dp's own files, which depend on how it was started:
 * from its sources, from the bundle in dist/, or as a single executable that contains them.
 */
import { createRequire, getCompileCacheDir } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../model/fault.ts';
import { cachedFile } from './cache-folder.ts';
import { TASK_PROCESS } from './task-process.ts';
import type { ProcessEntry } from '../../executor/ports/worker.ts';

/** Defined by the bundler; undeclared when the sources run as they are. */
declare const DP_BUNDLED: true;

const installedAs: 'sources' | 'bundle' | 'executable' =
  typeof DP_BUNDLED === 'undefined'
    ? 'sources'
    : process.getBuiltinModule('node:sea').isSea()
      ? 'executable'
      : 'bundle';

/** Returns the entry file of the threads that run tasks. */
export function executorWorker(): string {
  return ownFile('../../executor/worker/worker.ts', 'worker.mjs');
}

/** Returns the folder in which Node keeps compiled code; undefined when it keeps none. */
export function compileCache(): string | undefined {
  // Node names the part of the folder that belongs to its own version.
  const ofVersion = getCompileCacheDir();
  return ofVersion === undefined ? undefined : dirname(ofVersion);
}

/** Returns how processes beside dp are started: the executable starts itself with a hidden command. */
export function executorProcess(): ProcessEntry {
  const first = installedAs === 'executable' ? [TASK_PROCESS] : process.execArgv;
  return {
    command: process.execPath,
    args: [...first, ownFile('../../executor/worker/process.ts', 'process.mjs')],
    watchdogFile: ownFile('../../executor/worker/watchdog.ts', 'watchdog.mjs'),
    hostArgs: [
      ...first,
      ownFile('../../executor/workers/command-host-process.ts', 'command-host.mjs'),
    ],
  };
}

/** Returns how dp itself is started: the command and the arguments before those of a command. */
export function ownCommand(): { readonly command: string; readonly args: readonly string[] } {
  const args =
    installedAs === 'executable'
      ? []
      : [...process.execArgv, ownFile('../../cli/main.ts', 'dp.cjs')];
  return { command: process.execPath, args };
}

/** Returns the entry file of the thread that imports task modules to see what they register. */
export function discoveryWorker(): string {
  return ownFile('../../registry/modules/discovery-worker.ts', 'discover.mjs');
}

/** Returns the path of a file that is built beside the bundle, which itself asks for it. */
export function bundledFile(name: string): string {
  return ownFile('', name);
}

/** Returns the path of oxc's native binding; undefined where its package is installed. */
export function transformer(): string | undefined {
  return installedAs === 'executable' ? unpacked('oxc-transform.node') : undefined;
}

/**
 * Returns the path of the TypeScript compiler's executable, with its library declarations beside it.
 * Throws when the package for this platform is not installed.
 */
export function typescript(): string {
  const name = process.platform === 'win32' ? 'tsc.exe' : 'tsc';
  if (installedAs !== 'executable') {
    const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
    return join(dirname(createRequire(import.meta.url).resolve(platform)), 'lib', name);
  }
  for (const asset of process.getBuiltinModule('node:sea').getAssetKeys()) {
    if (asset.startsWith('typescript/lib.')) unpacked(asset);
  }
  return unpacked(`typescript/${name}`, 0o700);
}

/** Returns the files of the module for tests of projects by their names; undefined where dp is no executable, and has none. */
export function moduleFiles(): ReadonlyMap<string, Uint8Array> | undefined {
  if (installedAs !== 'executable') return undefined;
  const assets = process.getBuiltinModule('node:sea').getAssetKeys();
  return new Map(
    assets
      .filter((asset) => asset.startsWith(MODULE))
      .map((asset) => [asset.slice(MODULE.length), contentsOf(asset)]),
  );
}

const MODULE = 'module/';

function ownFile(source: string, built: string): string {
  if (installedAs === 'executable') return unpacked(built);
  return fileURLToPath(new URL(installedAs === 'bundle' ? built : source, import.meta.url));
}

/** Returns the path of a file that the executable contains, and unpacks it to the user's cache folder at the first call. */
function unpacked(asset: string, mode = 0o600): string {
  const { getAsset } = process.getBuiltinModule('node:sea');
  const { digest, bytes } = JSON.parse(getAsset('manifest', 'utf8')) as PackedFiles;
  const file = { name: join(`dp-${digest}`, asset), bytes: bytes[asset] ?? 0, mode };
  try {
    return cachedFile(file, () => contentsOf(asset));
  } catch (cause) {
    throw new Fault('DP8002', `cannot unpack ${asset} of dp: ${(cause as Error).message}`, {
      cause,
    });
  }
}

function contentsOf(asset: string): Uint8Array {
  const packed = new Uint8Array(process.getBuiltinModule('node:sea').getRawAsset(asset));
  return process.getBuiltinModule('node:zlib').zstdDecompressSync(packed);
}

/** What bin/build-binary.ts notes about the files in the executable. */
interface PackedFiles {
  /** Digest of all of them. */
  readonly digest: string;
  /** Their sizes when they are unpacked. */
  readonly bytes: Readonly<Record<string, number>>;
}
