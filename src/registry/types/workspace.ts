/** Prepares the folder in which a generated module is checked. It lies in the user's cache, is named by content, and is never in the project. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeWholeFile } from '../../lib/whole-file.ts';
import { Fault } from '../../model/fault.ts';
import { digestOf } from '../../model/ids.ts';
import type { JsonObject } from '../../model/json.ts';
import { disk } from '../loader/project-files.ts';
import { TsConfigs } from '../loader/tsconfig.ts';
import type { Compiler } from './compiler.ts';
import { dpDeclarations } from './declarations.ts';
import type { TypeOptions } from './options.ts';

export interface Workspace {
  readonly configFile: string;
  /** The generated module. */
  readonly file: string;
}

/** Writes `text` as a module that resolves imports as the project's own modules do. */
export function workspaceFor(text: string, options: TypeOptions, compiler: Compiler): Workspace {
  const config = (folder: string) => JSON.stringify(configFor(folder, options, compiler), null, 2);
  const declarations = dpDeclarations('any');
  const folder = join(
    options.cacheFolder,
    'check',
    digestOf([config('.'), declarations, text]).slice(0, 32),
  );
  const workspace = { configFile: join(folder, 'tsconfig.json'), file: join(folder, MODULE) };
  try {
    mkdirSync(folder, { recursive: true });
    keep(join(folder, DECLARATIONS), declarations);
    keep(workspace.file, text);
    keep(workspace.configFile, config(folder));
  } catch (cause) {
    throw new Fault('DP5005', `cannot write to the cache folder ${options.cacheFolder}`, { cause });
  }
  return workspace;
}

/** Returns the configuration that applies to a folder, found as tsc finds it. */
function nearestConfig(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, 'tsconfig.json');
    if (existsSync(file)) return file;
    if (dirname(at) === at) return undefined;
  }
}

/** Returns the folders in which `node_modules/@types` is looked for, nearest first. */
function typeRoots(folder: string): readonly string[] {
  const roots: string[] = [];
  for (let at = folder; ; at = dirname(at)) {
    roots.push(join(at, 'node_modules', '@types'));
    if (dirname(at) === at) return roots.filter((root) => existsSync(root));
  }
}

const MODULE = 'check.mts';
const DECLARATIONS = 'dp.d.ts';

/**
 * Returns the project's own configuration, adapted to the check: it emits nothing, reads JavaScript too, finds modules as dp's
 * loader does, and distinguishes undefined from a value whatever the project says, because many tasks return nothing.
 */
function configFor(folder: string, { root }: TypeOptions, compiler: Compiler): JsonObject {
  const own = nearestConfig(root);
  const { paths, baseUrl } = new TsConfigs(disk).of(root);
  const roots = typeRoots(root);
  const node = roots.some((types) => existsSync(join(types, 'node')));
  return {
    ...(own === undefined ? {} : { extends: own }),
    compilerOptions: {
      ...(own === undefined ? { strict: true, target: 'esnext', types: node ? ['node'] : [] } : {}),
      noEmit: true,
      incremental: false,
      composite: false,
      declaration: false,
      isolatedDeclarations: false,
      skipLibCheck: true,
      allowJs: true,
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      strictNullChecks: true,
      noUnusedLocals: false,
      noUnusedParameters: false,
      verbatimModuleSyntax: false,
      module: 'preserve',
      moduleResolution: 'bundler',
      typeRoots: [...roots],
      paths: {
        ...Object.fromEntries(paths.map(([pattern, targets]) => [pattern, [...targets]])),
        ...(baseUrl === undefined ? {} : { '*': [join(baseUrl, '*')] }),
        dp: [join(folder, DECLARATIONS)],
      },
    },
    files: [join(folder, MODULE), ...ambient(own, compiler)],
    include: [],
    references: [],
  };
}

/** Global declarations that the project's modules may rely on without importing them. */
function ambient(config: string | undefined, compiler: Compiler): readonly string[] {
  return config === undefined
    ? []
    : compiler.filesOf(config).filter((file) => /\.d\.[cm]?ts$/.test(file));
}

/** Writes a file named by its content: an existing file is the right one, unless a crash truncated it. */
function keep(file: string, text: string): void {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  writeWholeFile(file, text);
}
