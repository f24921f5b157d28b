/** Repeats Node's look-up by the manifests of packages, so that the files it depends on are known. */
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { realPathOf, textOf, type ProjectFiles } from './project-files.ts';

/** Returns the text that the star of a pattern stands for; empty for a pattern without a star; undefined when it does not match. */
export function matched(specifier: string, pattern: string): string | undefined {
  const star = pattern.indexOf('*');
  if (star === -1) return specifier === pattern ? '' : undefined;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return specifier.length >= before.length + after.length &&
    specifier.startsWith(before) &&
    specifier.endsWith(after)
    ? specifier.slice(before.length, specifier.length - after.length)
    : undefined;
}

/** Returns the folder of the package that a specifier names, links resolved; undefined when it names none, or none is there. */
export function packageFolder(
  specifier: string,
  importer: string,
  files: ProjectFiles,
): string | undefined {
  const [name] = PACKAGE.exec(specifier) ?? [];
  if (name === undefined || isBuiltin(specifier)) return undefined;
  const manifest = above(importer, join('node_modules', name, 'package.json'), files);
  return manifest === undefined ? undefined : realPathOf(dirname(manifest));
}

const PACKAGE = /^(?:@[^/:]+\/)?[^@#./:][^/:]*(?=\/|$)/;

/** Returns the file of a linked package, which is a part of the project's code and not of what the lock file names. */
export function fileOfLinkedPackage(
  specifier: string,
  importer: string,
  files: ProjectFiles,
): string | undefined {
  const folder = packageFolder(specifier, importer, files);
  if (folder === undefined || `${folder}${sep}`.includes(`${sep}node_modules${sep}`))
    return undefined;
  try {
    return createRequire(importer).resolve(specifier);
  } catch {
    return undefined; // The package is for `import` only, or it is broken, which its import will report.
  }
}

/** Returns the file that a `#name` means by the nearest package.json: the first of its targets that is there. */
export function fileOfImportsMap(
  specifier: string,
  importer: string,
  files: ProjectFiles,
): string | undefined {
  if (!specifier.startsWith('#')) return undefined;
  const manifest = above(importer, 'package.json', files);
  if (manifest === undefined) return undefined;
  for (const [pattern, targets] of Object.entries(importsOf(manifest, files))) {
    const rest = matched(specifier, pattern);
    if (rest === undefined) continue;
    const paths = pathsIn(targets).map((target) => target.replaceAll('*', () => rest));
    const found = paths.map((path) => resolve(dirname(manifest), path));
    const file = found.find((path) => files.isFile(path));
    if (file !== undefined) return file;
  }
  return undefined;
}

function importsOf(manifest: string, files: ProjectFiles): object {
  try {
    // A value of another kind has no entries that could match.
    const { imports = {} } = JSON.parse(textOf(files.read(manifest) ?? Buffer.of())) as {
      imports?: object;
    };
    return imports;
  } catch {
    return {}; // Node refuses the file when it has to read it.
  }
}

/** Returns the relative paths of a target under all conditions. */
function pathsIn(target: unknown): readonly string[] {
  if (typeof target === 'string') return target.startsWith('./') ? [target] : [];
  return typeof target === 'object' && target !== null
    ? Object.values(target).flatMap(pathsIn)
    : [];
}

/** Returns the nearest file of that name, beside the importer or in a folder above. */
function above(importer: string, name: string, files: ProjectFiles): string | undefined {
  for (let folder = dirname(importer); ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (files.isFile(path)) return path;
    if (dirname(folder) === folder) return undefined;
  }
}
