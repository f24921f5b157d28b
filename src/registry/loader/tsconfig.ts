/**
 * Reads what a tsconfig.json says of finding and compiling modules. get-tsconfig is not used: it reads the disk past `ProjectFiles`,
 * so the files that an import depended on could not be recorded; it reads part of broken JSON; and it fails on mistakes that tsc should report.
 */
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Fault } from '../../model/fault.ts';
import { textOf, type ProjectFiles } from './project-files.ts';

/** Settings of a tsconfig.json that decide how modules are found and compiled, with its `extends` chain merged. */
export interface TsConfig {
  /** Patterns with at most one `*`, each with its absolute targets, in the order of the file. */
  readonly paths: readonly (readonly [pattern: string, targets: readonly string[]])[];
  readonly baseUrl?: string;
  readonly compile: CompileOptions;
}

export interface CompileOptions {
  readonly target?: string;
  readonly jsx?: string;
  readonly jsxImportSource?: string;
  readonly jsxFactory?: string;
  readonly jsxFragmentFactory?: string;
  readonly experimentalDecorators?: boolean;
  readonly emitDecoratorMetadata?: boolean;
  readonly useDefineForClassFields?: boolean;
  readonly verbatimModuleSyntax?: boolean;
}

const NONE: TsConfig = { paths: [], compile: {} };

/** Finds the configuration of a folder: the nearest tsconfig.json above it. Packages under node_modules have none. */
export class TsConfigs {
  readonly #files: ProjectFiles;
  readonly #byFolder = new Map<string, TsConfig>();

  constructor(files: ProjectFiles) {
    this.#files = files;
  }

  of(folder: string): TsConfig {
    let found = this.#byFolder.get(folder);
    if (found === undefined) this.#byFolder.set(folder, (found = this.#find(folder)));
    return found;
  }

  #find(folder: string): TsConfig {
    if (/[/\\]node_modules(?:[/\\]|$)/.test(folder)) return NONE;
    const file = join(folder, 'tsconfig.json');
    if (this.#files.isFile(file)) return this.#load(file);
    const parent = dirname(folder);
    return parent === folder ? NONE : this.of(parent);
  }

  #load(file: string): TsConfig {
    const merged: CompilerOptions = {};
    for (const part of this.#chain(file, new Set())) Object.assign(merged, part);
    const { baseUrl, paths, pathsFolder, ...compile } = merged;
    const from = baseUrl ?? pathsFolder ?? dirname(file);
    return {
      compile,
      ...(baseUrl === undefined ? {} : { baseUrl }),
      paths: Object.entries(paths ?? {}).map(([pattern, targets]) => [
        pattern,
        targets.map((target) => resolve(from, target)),
      ]),
    };
  }

  /** The compiler options of what `file` extends, from the farthest to its own. */
  *#chain(file: string, seen: Set<string>): Iterable<CompilerOptions> {
    if (seen.has(file)) return;
    seen.add(file);
    const contents = this.#files.read(file);
    if (contents === undefined) return;
    const config = parse(textOf(contents), file);
    for (const base of [config.extends ?? []].flat()) {
      const target = this.#extended(base, file);
      if (target !== undefined) yield* this.#chain(target, seen);
    }
    yield absolute(config.compilerOptions ?? {}, dirname(file));
  }

  #extended(base: string, from: string): string | undefined {
    if (isAbsolute(base) || /^\.\.?(?:\/|$)/.test(base)) {
      const path = resolve(dirname(from), base);
      return [path, `${path}.json`].find((candidate) => this.#files.isFile(candidate));
    }
    const { resolve: find } = createRequire(from);
    for (const candidate of [base, `${base}.json`, `${base}/tsconfig.json`]) {
      try {
        return find(candidate);
      } catch {
        // The next spelling may exist; tsc reports a base that does not exist.
      }
    }
    return undefined;
  }
}

/** Part of the file that matters here; tsc checks the rest. */
interface TsConfigFile {
  readonly extends?: string | readonly string[];
  readonly compilerOptions?: CompilerOptions;
}

type CompilerOptions = CompileOptions & {
  baseUrl?: string;
  paths?: Readonly<Record<string, readonly string[]>>;
  /** Folder of the file that sets `paths`. */
  pathsFolder?: string;
};

const COMPILE_KEYS = [
  'target',
  'jsx',
  'jsxImportSource',
  'jsxFactory',
  'jsxFragmentFactory',
  'experimentalDecorators',
  'emitDecoratorMetadata',
  'useDefineForClassFields',
  'verbatimModuleSyntax',
] satisfies (keyof CompileOptions)[];

function absolute(options: CompilerOptions, folder: string): CompilerOptions {
  const at = (path: string) => resolve(folder, path.replace('${configDir}', folder));
  const kept: CompilerOptions = Object.fromEntries(
    COMPILE_KEYS.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]),
  );
  if (options.baseUrl !== undefined) kept.baseUrl = at(options.baseUrl);
  if (options.paths !== undefined) {
    kept.paths = options.paths;
    kept.pathsFolder = folder;
  }
  return kept;
}

/** Parses JSON as tsc accepts it: with comments and trailing commas. */
function parse(text: string, file: string): TsConfigFile {
  const STRING = '("(?:\\\\.|[^"\\\\])*")';
  const plain = text
    .replace(new RegExp(`${STRING}|//[^\\n]*|/\\*[^]*?\\*/`, 'g'), '$1')
    .replace(new RegExp(`${STRING}|,(?=\\s*[}\\]])`, 'g'), '$1');
  try {
    // tsc reports a value of the wrong kind.
    return (plain.trim() === '' ? {} : JSON.parse(plain)) as TsConfigFile;
  } catch (cause) {
    const message = `"${file}" is not valid JSON: ${cause instanceof Error ? cause.message : ''}`;
    throw Fault.of([
      { code: 'DP3002', severity: 'error', message, at: { file, line: 1, column: 1 } },
    ]);
  }
}
