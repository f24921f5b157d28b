/** Finds the files that the types of a module can depend on, from the text of its imports. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileOfImportsMap, packageFolder } from '../loader/packages.ts';
import { disk, realPathOf, recordingDisk } from '../loader/project-files.ts';
import { resolveAsTypeScript } from '../loader/resolve.ts';
import { TsConfigs } from '../loader/tsconfig.ts';

/**
 * Returns the files of a program that these modules reach, themselves included, and the paths at which an import was looked for before it was
 * found, or in vain. Global declarations and packages are reached by all.
 * Text that only looks like an import counts too: a file too many is harmless, a file too few is not.
 */
export function reachOf(
  program: readonly string[],
): (modules: readonly string[]) => ReadonlySet<string> {
  const configs = new TsConfigs(disk);
  const imports = new Map<string, readonly string[]>();
  const everywhere = program.filter(
    (file) => file.includes('/node_modules/') || /\.d\.[cm]?ts$/.test(file),
  );

  function importsOf(file: string): readonly string[] {
    let found = imports.get(file);
    if (found === undefined) {
      const text = disk.isFile(file) ? readFileSync(file, 'utf8') : '';
      const asked: string[] = [];
      const files = recordingDisk(asked);
      const importer = realPathOf(file) ?? file;
      for (const [, , specifier = ''] of text.matchAll(IMPORT)) {
        resolveAsTypeScript(specifier, importer, { files, configs });
        // The compiler accepts other file names for a module too; the digest of the module's folder covers them.
        if (specifier.startsWith('.')) asked.push(dirname(resolve(dirname(importer), specifier)));
        fileOfImportsMap(specifier, importer, files);
        const folder = packageFolder(specifier, importer, files);
        // A linked package counts as a whole, because its manifest decides which of its files is meant.
        if (folder !== undefined)
          asked.push(...program.filter((each) => each.startsWith(`${folder}/`)));
      }
      found = [...new Set(asked)];
      imports.set(file, found);
    }
    return found;
  }

  return (modules) => {
    const reached = new Set(modules);
    for (const file of reached) for (const target of importsOf(file)) reached.add(target);
    for (const file of everywhere) reached.add(file);
    return reached;
  };
}

const IMPORT = /\b(?:from|import|require|path=)\s*\(?\s*(['"])([^'"\n]+)\1/g;
