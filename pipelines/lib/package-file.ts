import { createReadStream } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';

/** A data file inside an installed npm package, wherever npm put that package. */
export function packageFile(name: string, path: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) throw new Error(`the package "${name}" has no package.json`);
  return join(dirname(manifest), path);
}

/** The file's text, a piece of some 64 KiB at a time; the next is read when the reader asks for it. */
export function textOf(file: string): AsyncIterable<string> {
  return createReadStream(file, { encoding: 'utf8' });
}
