import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { keepFile } from '../../lib/whole-file.ts';
import { digestOf } from '../../model/ids.ts';
import {
  findEsbuild,
  mayHaveDecorators,
  OXC_VERSION,
  type Compiler,
  type Source,
} from './compile.ts';

/**
 * Compiled code kept in the user's cache folder, named by all that decides it. A file may vanish at any time and is
 * made again; a folder that cannot be written only costs the time to compile.
 */
export function keepCompiled(compiler: Compiler, cacheFolder: string): Compiler {
  const folder = join(cacheFolder, 'modules');
  return {
    ...compiler,
    compile(source) {
      const path = join(folder, `${nameOf(source)}${extname(source.file)}.js`);
      const kept = readWhole(path);
      if (kept !== undefined) return kept;
      const code = compiler.compile(source);
      keepFile(path, code + END);
      return code;
    },
  };
}

function nameOf(source: Source): string {
  // Asking for esbuild costs a look-up in the project: only what it may compile depends on it.
  const esbuild = mayHaveDecorators(source.text) ? findEsbuild(source.file)?.version : undefined;
  const options = JSON.stringify(source.options);
  return digestOf(['1', OXC_VERSION, esbuild, options, basename(source.file), source.text]);
}

/** Stands last in every file, so that one cut short by a full disk is not taken for code. */
const END = '//dp:end\n';

function readWhole(path: string): string | undefined {
  try {
    const code = readFileSync(path, 'utf8');
    return code.endsWith(END) ? code : undefined;
  } catch {
    return undefined;
  }
}
