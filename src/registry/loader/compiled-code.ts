import { readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { keepFile } from '../../lib/whole-file.ts';
import { digestOf } from '../../model/ids.ts';
import {
  findEsbuild,
  mayHaveDecorators,
  OXC_VERSION,
  type SourceCompiler,
  type ModuleSource,
} from './compile.ts';

/**
 * Cache of compiled code in the user's cache folder. A file is named by everything that decides its code. It may be deleted at any time and is
 * written again; without a writable folder the code is compiled each time.
 */
export function keepCompiled(compiler: SourceCompiler, cacheFolder: string): SourceCompiler {
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

function nameOf(source: ModuleSource): string {
  // Looking for esbuild in the project takes time, so it is done only for code that esbuild may compile.
  const esbuild = mayHaveDecorators(source.text) ? findEsbuild(source.file)?.version : undefined;
  const options = JSON.stringify(source.options);
  return digestOf(['1', OXC_VERSION, esbuild, options, basename(source.file), source.text]);
}

/** Last line of every file, so that a file truncated by a full disk is not taken for code. */
const END = '//dp:end\n';

function readWhole(path: string): string | undefined {
  try {
    const code = readFileSync(path, 'utf8');
    return code.endsWith(END) ? code : undefined;
  } catch {
    return undefined;
  }
}
