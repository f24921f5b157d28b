/** Checks paths of task modules by their text alone, without a look at the disk. */
import path from 'node:path';
import { quoted } from '../yaml/source.ts';

const EXTENSIONS = ['.ts', '.mts', '.cts', '.js', '.mjs', '.cjs'];

/** Returns why `written` cannot name a task module; undefined when it can. */
export function moduleProblem(written: string): { message: string; hint: string } | undefined {
  const shown = `the module ${quoted(written)}`;
  const hint = 'write a path relative to this file, such as ./tasks.ts';
  if (written.trim() === '') return { message: 'a module path is empty', hint };
  if (written.includes('\0')) return { message: `${shown} holds a null byte`, hint };
  if (/^[A-Za-z][A-Za-z0-9+.-]+:/.test(written))
    return { message: `${shown} is a URL or a built-in module, not a file`, hint };
  if (path.isAbsolute(written) || path.win32.isAbsolute(written) || written.startsWith('~'))
    return { message: `${shown} is an absolute path`, hint };
  if (written.includes('\\'))
    return { message: `${shown} holds a backslash`, hint: 'separate folders with "/"' };
  // Nested alternatives multiply, and ranges count: a pattern of forty characters can stand for millions.
  if (
    isGlob(written) &&
    (/[()]|\.\./.test(written.replace(/^(\.\.?\/)+/, '')) || written.split('{').length > 4)
  )
    return {
      message: `${shown} is a pattern with too many alternatives`,
      hint: 'use *, **, ?, [abc] and a few {a,b}',
    };
  const extension = path.posix.extname(written);
  if (!isGlob(extension) && !(isGlob(written) && extension === '') && !isModule(written))
    return {
      message: `${shown} is no task module`,
      hint: `task modules end in ${EXTENSIONS.join(' ')}`,
    };
  return undefined;
}

export function isGlob(text: string): boolean {
  return /[*?[\]{}]/.test(text);
}

export function isModule(name: string): boolean {
  return EXTENSIONS.includes(path.posix.extname(name)) && !/\.d\.[cm]?ts$/.test(name);
}
