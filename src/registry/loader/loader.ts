import {
  findPackageJSON,
  registerHooks,
  setSourceMapsSupport,
  type LoadHookContext,
  type LoadHookSync,
  type ModuleHooks,
  type ResolveHookContext,
  type ResolveHookSync,
} from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { AUTHORING_URL, authoringModule } from '../authoring/authoring-module.ts';
import { keepCompiled } from './compiled-code.ts';
import { createCompiler, type SourceCompiler } from './compile.ts';
import { jsonModule } from './json-module.ts';
import { fileOfImportsMap, fileOfLinkedPackage, packageFolder } from './packages.ts';
import type { PlannedCode } from './planned-code.ts';
import { disk, textOf, type ProjectFiles } from './project-files.ts';
import { resolveAsTypeScript } from './resolve.ts';
import { TsConfigs, type CompileOptions } from './tsconfig.ts';

export interface LoaderOptions {
  /** The user's cache folder; without one every module is compiled again. */
  readonly cacheFolder?: string;
  /** Path of oxc's native binding, for the single executable, which lacks its package. */
  readonly transformerFile?: string;
  readonly files?: ProjectFiles;
  readonly recorder?: LoadRecorder;
  /** Code that alone may be loaded, of the files that a plan knows. */
  readonly planned?: PlannedCode;
}

/** Listener for loaded files of the project. Packages under node_modules are not reported: the lock file covers them. */
export interface LoadRecorder {
  imported(importer: string, file: string, isRequired: boolean): void;
  loaded(file: string, contents: Buffer, code: string): void;
  /** An import of the importer leads nowhere. */
  missed?(specifier: string, importer: string): void;
}

export interface Loader {
  /** Returns the project's file that an import would load; undefined for anything else. */
  resolve(specifier: string, importer: string): string | undefined;
  /** Returns the nearest tsconfig.json's settings for compiling a file. */
  optionsOf(file: string): CompileOptions;
  /** Returns the code that Node would run for a file. Throws a Fault with the place of a syntax error. */
  compile(file: string, contents: Buffer): string;
  readonly syntaxError: SourceCompiler['syntaxError'];
  /** Returns the import that a "not found" error is about. */
  missing(error: unknown): MissingImport | undefined;
  /** Returns the project's file that was loaded last. */
  lastLoaded(): string | undefined;
}

export interface MissingImport {
  readonly specifier: string;
  readonly importer: string;
}

/**
 * Installs hooks in this thread: modules imported from here on may be everyday TypeScript, and `dp` is a module of its own.
 * Each thread installs its own hooks; installing again replaces the previous ones.
 */
export function installLoader(options: LoaderOptions = {}): Loader {
  const { files = disk, recorder, planned, cacheFolder } = options;
  const configs = new TsConfigs(files);
  const uncached = createCompiler(options.transformerFile);
  const compiler = cacheFolder === undefined ? uncached : keepCompiled(uncached, cacheFolder);
  const missing = new WeakMap<Error, MissingImport>();
  const optionsOf = (file: string) => configs.of(dirname(file)).compile;
  let lastLoaded: string | undefined;

  function compile(file: string, contents: Buffer): string {
    const text = textOf(contents);
    if (file.endsWith('.json')) return jsonModule(file, text);
    if (!COMPILED.test(file)) return text;
    return compiler.compile({ file, text, options: optionsOf(file) });
  }

  /** Asks `files` for everything that Node's answer depends on. */
  function noteWay(specifier: string, importer: string): void {
    fileOfImportsMap(specifier, importer, files);
    packageFolder(specifier, importer, files);
  }

  const resolve: ResolveHookSync = (specifier, context, next) => {
    if (specifier === 'dp') return { url: AUTHORING_URL, format: 'module', shortCircuit: true };
    const importer = localFile(context.parentURL);
    if (importer === undefined) return next(specifier, context);
    const found = resolveAsTypeScript(specifier, importer, { files, configs });
    if (found === undefined && files !== disk) noteWay(specifier, importer);
    try {
      const target = found === undefined ? specifier : targetOf(found, context);
      const resolved = next(target, context);
      const file = localFile(resolved.url);
      if (file !== undefined) {
        recorder?.imported(importer, file, context.conditions.includes('require'));
        planned?.checkImport(specifier, importer, file);
      }
      return resolved;
    } catch (error) {
      if (error instanceof Error) missing.set(error, { specifier, importer });
      recorder?.missed?.(specifier, importer);
      throw error;
    }
  };

  const load: LoadHookSync = (url, context, next) => {
    if (url === AUTHORING_URL) {
      return { format: 'module', source: authoringModule(), shortCircuit: true };
    }
    const file = fileOf(url);
    if (file === undefined) return next(url, context);
    const isLocal = !isPackaged(file);
    const isCompiled = COMPILED.test(file) || isBareJson(file, context);
    const contents = isLocal || isCompiled ? files.read(file) : undefined;
    if (contents === undefined) return next(url, context);
    if (isLocal) {
      lastLoaded = file;
      planned?.checkContents(file, contents);
    }
    const source = isCompiled ? compile(file, contents) : textOf(contents);
    if (isLocal) recorder?.loaded(file, contents, source);
    if (isCompiled) return { format: formatOf(file, source), source, shortCircuit: true };
    return isMislabelled(file, source)
      ? { format: 'module', source, shortCircuit: true }
      : next(url, context);
  };

  hooks?.deregister();
  hooks = registerHooks({ resolve, load });
  setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
  installed = {
    compile,
    optionsOf,
    resolve: (specifier, importer) =>
      resolveAsTypeScript(specifier, importer, { files, configs }) ??
      fileOfImportsMap(specifier, importer, files) ??
      fileOfLinkedPackage(specifier, importer, files),
    syntaxError: (source) => uncached.syntaxError(source),
    missing: (error) => (error instanceof Error ? missing.get(error) : undefined),
    lastLoaded: () => lastLoaded,
  };
  return installed;
}

let hooks: ModuleHooks | undefined;
let installed: Loader | undefined;

/** Returns the loader of this thread, for code that has to explain an error in it. */
export function installedLoader(): Loader | undefined {
  return installed;
}

const COMPILED = /\.(?:[mc]?ts|tsx|jsx)$/;

/** Accepts `import data from './data.json'` without `with { type: 'json' }`, as TypeScript does. */
function isBareJson(file: string, { importAttributes, conditions }: LoadHookContext): boolean {
  return (
    file.endsWith('.json') &&
    importAttributes?.['type'] === undefined &&
    !conditions?.includes('require')
  );
}

/** TypeScript modules are ES modules whatever package.json says, unless they use CommonJS only. */
function formatOf(file: string, code: string): 'module' | 'commonjs' {
  if (/\.(?:mts|json)$/.test(file) || speaksModules(code)) return 'module';
  if (file.endsWith('.cts')) return 'commonjs';
  const speaksCommonJs = /\brequire\(|\bmodule\.exports\b|\bexports\./.test(code);
  return speaksCommonJs && packageType(file) !== 'module' ? 'commonjs' : 'module';
}

/** `npm init` always writes "type": "commonjs"; where the type is absent, Node detects it. */
function isMislabelled(file: string, code: string): boolean {
  return file.endsWith('.js') && speaksModules(code) && packageType(file) === 'commonjs';
}

function speaksModules(code: string): boolean {
  return /^(?:import\b\s*[\w$"'*{]|import\.meta|export\b\s*[\w$*{])/m.test(code);
}

function packageType(file: string): string | undefined {
  const manifest = findPackageJSON(pathToFileURL(file));
  if (manifest === undefined) return undefined;
  return /"type"\s*:\s*"(\w+)"/.exec(disk.read(manifest)?.toString() ?? '')?.[1];
}

function fileOf(url: string | undefined): string | undefined {
  return url?.startsWith('file:') === true ? fileURLToPath(url.replace(/[?#].*$/s, '')) : undefined;
}

function localFile(url: string | undefined): string | undefined {
  const file = fileOf(url);
  return file === undefined || isPackaged(file) ? undefined : file;
}

function isPackaged(file: string): boolean {
  return /[/\\]node_modules[/\\]/.test(file);
}

/** Returns a file in the form that Node expects: `require` takes paths only, `import` takes a URL. */
function targetOf(found: string, { conditions }: ResolveHookContext): string {
  return conditions.includes('require') ? found : pathToFileURL(found).href;
}
