/** Which files the types of a module can depend on, told from the text of its imports. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { disk } from '../loader/project-files.ts';
import { resolveAsTypeScript } from '../loader/resolve.ts';
import { TsConfigs } from '../loader/tsconfig.ts';

/**
 * The files of a program that these modules reach, themselves included. Global declarations and packages are reached by all.
 * Rather one too many than one too few: what only looks like an import counts.
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
      const specifiers = new Set([...text.matchAll(IMPORT)].map(([, , specifier]) => specifier!));
      found = [...specifiers].flatMap((specifier) => {
        const target = resolveAsTypeScript(specifier, file, { files: disk, configs });
        // A file that is not there yet may come, and its folder tells of it.
        const folder = specifier.startsWith('.')
          ? [dirname(resolve(dirname(file), specifier))]
          : [];
        return target === undefined ? folder : [target, ...folder];
      });
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
