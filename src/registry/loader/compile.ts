import { createRequire } from 'node:module';
import { basename, extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Place } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import { lazy } from './lazy.ts';
import type { CompileOptions } from './tsconfig.ts';

/** Version of the transformer that `loadOxc` finds. It is part of the name of compiled code. */
export const OXC_VERSION = '0.151.0';

export interface ModuleSource {
  readonly file: string;
  readonly text: string;
  readonly options: CompileOptions;
}

/** Compiles TypeScript or JSX to the JavaScript that Node runs, with an inline source map. */
export interface SourceCompiler {
  /** Throws a Fault with the place of a syntax error. */
  compile(source: ModuleSource): string;
  /** Returns the first syntax error of the text; undefined when it has none. */
  syntaxError(source: ModuleSource): Fault | undefined;
}

/** `transformerFile` is oxc's native binding, for the single executable, which lacks its package. */
export function createCompiler(transformerFile?: string): SourceCompiler {
  // Neither tool is loaded before a source needs it, because compiled code is usually cached.
  const oxc = lazy(() => loadOxc(transformerFile));
  const run = ({ file, text, options }: ModuleSource, legacy: boolean): OxcOutput =>
    oxc().transformSync(basename(file), text, oxcOptions(file, options, legacy));
  return {
    compile(source) {
      if (mayHaveDecorators(source.text) && 'decorate' in run(source, true).helpersUsed) {
        return compileDecorated(source);
      }
      const { code, map, errors } = run(source, false);
      const [error] = errors;
      if (error !== undefined) throw syntaxFault(source, error);
      return `${code}\n${inlineMap(source.file, map?.mappings ?? '')}`;
    },
    syntaxError(source) {
      const [error] = run(source, false).errors;
      return error === undefined ? undefined : syntaxFault(source, error);
    },
  };
}

/** V8 does not know decorators and oxc does not compile them; esbuild does, where the project has it. */
function compileDecorated(source: ModuleSource): string {
  const esbuild = findEsbuild(source.file);
  if (esbuild === undefined) {
    throw Fault.of([
      {
        code: 'DP3002',
        severity: 'error',
        message: 'decorators need esbuild, which the project does not have',
        at: firstDecorator(source),
        hint: 'npm install --save-dev esbuild',
      },
    ]);
  }
  try {
    return esbuild.load().transformSync(source.text, {
      loader: loaderOf(source.file),
      target: 'esnext',
      supported: { decorators: false },
      tsconfigRaw: JSON.stringify({ compilerOptions: source.options }),
      sourcemap: 'inline',
      sourcesContent: false,
      sourcefile: basename(source.file),
      logLevel: 'silent',
    }).code;
  } catch (cause) {
    throw esbuildFault(source, cause);
  }
}

/** Returns undefined when no esbuild can be imported from the file's project. */
export function findEsbuild(
  file: string,
): { readonly version: string; load(): typeof import('esbuild') } | undefined {
  const require = createRequire(pathToFileURL(file));
  try {
    // npm requires a version in every package.json.
    const { version } = require('esbuild/package.json') as { version: string };
    // The type is that of the package's own declarations.
    return { version, load: () => require('esbuild') as typeof import('esbuild') };
  } catch {
    return undefined;
  }
}

/** Returns false only for text without decorators; true also for similar text, such as an address in a comment. */
export function mayHaveDecorators(text: string): boolean {
  return /(?:^|[\s;{}()])@[\w$(]/.test(text);
}

interface Oxc {
  transformSync(file: string, text: string, options: object): OxcOutput;
}

interface OxcOutput {
  readonly code: string;
  readonly map?: { readonly mappings: string };
  readonly helpersUsed: Readonly<Record<string, string>>;
  readonly errors: readonly OxcError[];
}

interface OxcError {
  readonly message: string;
  /** Offset in bytes of UTF-8. */
  readonly labels: readonly { readonly start: number; readonly end: number }[];
  readonly helpMessage: string | null;
}

/** Loads the native binding directly, which takes a tenth of the time that the package's entry takes to choose it. */
function loadOxc(transformerFile: string | undefined): Oxc {
  const require = createRequire(import.meta.url);
  const fromOxc = lazy(() => createRequire(require.resolve('oxc-transform')));
  const attempts = [
    ...(transformerFile === undefined ? [] : [() => require(transformerFile) as unknown]),
    ...bindings().map((binding) => () => fromOxc()(binding) as unknown),
    () => require('oxc-transform') as unknown,
  ];
  const causes: unknown[] = [];
  for (const attempt of attempts) {
    try {
      // The type is the part of the binding's own declarations that is used here.
      return attempt() as Oxc;
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new Fault('DP9001', 'the TypeScript transformer could not be loaded', {
    cause: new AggregateError(causes),
  });
}

function bindings(): readonly string[] {
  const { platform, arch } = process;
  const variants =
    platform === 'linux' ? ['-gnu', '-musl'] : platform === 'win32' ? ['-msvc'] : [''];
  return variants.map((variant) => `@oxc-transform/binding-${platform}-${arch}${variant}`);
}

function oxcOptions(file: string, options: CompileOptions, legacy: boolean): object {
  const assigns = options.useDefineForClassFields === false;
  return {
    lang: loaderOf(file),
    sourcemap: true,
    target: 'esnext',
    typescript: {
      onlyRemoveTypeImports: options.verbatimModuleSyntax === true,
      removeClassFieldsWithoutInitializer: assigns,
    },
    assumptions: { setPublicClassFields: assigns },
    // This only detects decorators: the helpers of this mode are never run.
    ...(legacy ? { decorator: { legacy }, helpers: { mode: 'External' } } : {}),
    jsx: jsxOptions(options),
  };
}

function jsxOptions(options: CompileOptions): object {
  return options.jsx === 'react'
    ? { runtime: 'classic', pragma: options.jsxFactory, pragmaFrag: options.jsxFragmentFactory }
    : { runtime: 'automatic', importSource: options.jsxImportSource };
}

function loaderOf(file: string): 'ts' | 'tsx' | 'jsx' | 'js' {
  const extension = extname(file);
  if (extension === '.tsx' || extension === '.jsx') return extension === '.tsx' ? 'tsx' : 'jsx';
  return /^\.[mc]?ts$/.test(extension) ? 'ts' : 'js';
}

/** Names the source without its folder. Node resolves the name beside the module, so the same code may serve any folder. */
function inlineMap(file: string, mappings: string): string {
  const map = JSON.stringify({ version: 3, sources: [basename(file)], names: [], mappings });
  return `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}\n`;
}

function syntaxFault({ file, text }: ModuleSource, error: OxcError): Fault {
  const bytes = Buffer.from(text);
  const [label] = error.labels;
  const before = bytes.subarray(0, label?.start ?? 0).toString();
  return loadFault(error.message, placeAt(file, before), error.helpMessage ?? undefined);
}

function esbuildFault({ file, text }: ModuleSource, cause: unknown): Fault {
  // The shape is that of esbuild's TransformFailure.
  const [error] = (cause as Partial<import('esbuild').TransformFailure>).errors ?? [];
  const { line, column } = error?.location ?? { line: 1, column: 0 };
  const lineText = text.split('\n')[line - 1] ?? '';
  const before = Buffer.from(lineText).subarray(0, column).toString();
  return loadFault(error?.text ?? String(cause), { file, line, column: before.length + 1 });
}

function loadFault(message: string, at: Place, hint?: string): Fault {
  const found = hint === undefined ? {} : { hint };
  return Fault.of([{ code: 'DP3002', severity: 'error', message, at, ...found }]);
}

function firstDecorator({ file, text }: ModuleSource): Place {
  return placeAt(file, text.slice(0, Math.max(0, text.search(/@[\w$(]/))));
}

/** Returns the place just after `before`, which is the beginning of the file's text. */
export function placeAt(file: string, before: string): Place {
  const lines = before.split('\n');
  return { file, line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
