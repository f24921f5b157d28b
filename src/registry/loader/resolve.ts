import { isBuiltin } from 'node:module';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { matched } from './packages.ts';
import type { ProjectFiles } from './project-files.ts';
import type { TsConfigs } from './tsconfig.ts';

/**
 * Returns the file that an import means by TypeScript's rules, where Node's own differ: no extension, `.js` written for
 * `.ts`, folders with an index, `paths` and `baseUrl`. Undefined when Node should decide.
 */
export function resolveAsTypeScript(
  specifier: string,
  importer: string,
  { files, configs }: { readonly files: ProjectFiles; readonly configs: TsConfigs },
): string | undefined {
  for (const target of targetsOf(specifier, importer, configs)) {
    const found = candidates(target, importer).find((candidate) => files.isFile(candidate));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns absolute paths, the preferred first, before extensions are considered. */
function targetsOf(specifier: string, importer: string, configs: TsConfigs): readonly string[] {
  if (specifier.startsWith('file:')) return [fileURLToPath(specifier)];
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    return [resolve(dirname(importer), specifier)];
  }
  if (isBuiltin(specifier) || /^[\w+.-]+:|^#/.test(specifier)) return [];
  const { paths, baseUrl } = configs.of(dirname(importer));
  const mapped = paths
    .map(([pattern, targets]) => ({ pattern, targets, rest: matched(specifier, pattern) }))
    .filter((entry) => entry.rest !== undefined)
    // The order is that of tsc: an exact pattern first, then the longest text before the star.
    .sort((a, b) => weight(b.pattern) - weight(a.pattern))
    .slice(0, 1)
    .flatMap(({ targets, rest = '' }) => targets.map((target) => target.replace('*', () => rest)));
  return baseUrl === undefined ? mapped : [...mapped, join(baseUrl, specifier)];
}

const weight = (pattern: string) => (pattern.includes('*') ? pattern.indexOf('*') : Infinity);

/** JavaScript extensions, each with the TypeScript ones it may stand for. */
const WRITTEN_FOR: Readonly<Record<string, readonly string[]>> = {
  '.js': ['.ts', '.tsx'],
  '.jsx': ['.tsx'],
  '.mjs': ['.mts'],
  '.cjs': ['.cts'],
};
const IMPLIED = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs', '.json'];

function candidates(path: string, importer: string): readonly string[] {
  const extension = extname(path);
  const sources = (WRITTEN_FOR[extension] ?? []).map(
    (source) => path.slice(0, -extension.length) + source,
  );
  // A TypeScript importer prefers a source to a built file beside it; a JavaScript importer gets the file it names.
  if (sources.length > 0) return isTypeScript(importer) ? [...sources, path] : [path, ...sources];
  if (IMPLIED.includes(extension) || extension === '.node' || extension === '.wasm') return [path];
  const index = basename(path) === '' ? path : join(path, 'index');
  return [
    path,
    ...IMPLIED.map((implied) => path + implied),
    ...IMPLIED.map((implied) => index + implied),
  ];
}

export function isTypeScript(file: string): boolean {
  return /\.(?:ts|tsx|mts|cts)$/.test(file);
}
