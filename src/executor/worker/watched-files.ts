/**
 * Tells an observation about the calls of Node that read or write a path. The functions are replaced once, before anything
 * else in the thread keeps them; without an observation they only pass the call on.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Observation } from './observation.ts';

type Note = (seen: Observation, path: string, given: readonly unknown[]) => void;

/** Replaces the functions. `current` returns the observation to which a call belongs. */
export function watchFiles(current: () => Observation | undefined): void {
  for (const [name, note] of Object.entries(NOTES)) {
    watch(fs, `${name}Sync`, { note, current, form: 'sync' });
    watch(fs, name, { note, current, form: 'callback' });
    watch(fs.promises, name, { note, current, form: 'promise' });
  }
  watch(fs, 'openAsBlob', { note: readsFile, current, form: 'promise' });
  watch(fs.realpath, 'native', { note: follows, current, form: 'callback' });
  watch(fs.realpathSync, 'native', { note: follows, current, form: 'sync' });
  watch(process, 'loadEnvFile', { note: readsFile, current, form: 'sync', usual: '.env' });
  syncBuiltinESMExports();
}

interface Watched {
  readonly note: Note;
  readonly current: () => Observation | undefined;
  readonly form: 'sync' | 'callback' | 'promise';
  /** The path of a call that names none. */
  readonly usual?: string;
}

type AnyCall = (...given: unknown[]) => unknown;

function watch(holder: object, name: string, { note, current, form, usual }: Watched): void {
  const call: unknown = Reflect.get(holder, name);
  if (typeof call !== 'function') return;
  const watched = new Proxy(call as AnyCall, {
    apply(target, self, given: unknown[]) {
      const seen = current();
      const path = seen === undefined ? undefined : pathOf(given[0] ?? usual);
      if (seen === undefined || path === undefined) return Reflect.apply(target, self, given);
      note(seen, path, given);
      const ended = (error: unknown, result: unknown): void => {
        if (isMissing(error)) seen.misses(path);
        // Its name has a random end.
        else if (name.startsWith('mkdtemp') && typeof result === 'string')
          seen.writes(resolve(result));
      };
      return FORMS[form](() => Reflect.apply(target, self, given), given, ended);
    },
  });
  Object.defineProperty(holder, name, { value: watched, writable: true });
}

type CallEnded = (error: unknown, result: unknown) => void;

/** How each form of a call tells that it has ended. */
const FORMS = {
  sync: (call: () => unknown, _: unknown[], ended: CallEnded) => {
    try {
      const result = call();
      ended(undefined, result);
      return result;
    } catch (error) {
      ended(error, undefined);
      throw error;
    }
  },
  callback: (call: () => unknown, given: unknown[], ended: CallEnded) => {
    const last = given.at(-1);
    if (typeof last === 'function')
      given[given.length - 1] = function (this: unknown, ...results: unknown[]) {
        ended(results[0], results[1]);
        return Reflect.apply(last as AnyCall, this, results);
      };
    return call();
  },
  promise: (call: () => unknown, _: unknown[], ended: CallEnded) => {
    const result = call();
    if (result instanceof Promise)
      result.then(
        (value: unknown) => ended(undefined, value),
        (error: unknown) => ended(error, undefined),
      );
    return result;
  },
};

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');

/** Returns undefined for what is no path, such as a descriptor. */
function pathOf(given: unknown): string | undefined {
  if (typeof given === 'string') return resolve(given);
  if (given instanceof URL) return given.protocol === 'file:' ? fileURLToPath(given) : undefined;
  return Buffer.isBuffer(given) ? resolve(given.toString()) : undefined;
}

/** The function as it was before it is watched. */
const { existsSync } = fs;

const readsFile: Note = (seen, path) => seen.readsFile(path);
const follows: Note = (seen, path) => seen.follows(path);
const finds: Note = (seen, path) => seen.finds(path, existsSync(path));
const writes: Note = (seen, path) => seen.writes(path);
const lists: Note = (seen, path, [, options]) => seen.lists(path, isRecursive(options));
const writesSecond: Note = (seen, _, [, target]) => {
  const path = pathOf(target);
  if (path !== undefined) seen.writes(path);
};
const copies: Note = (seen, path, given) => {
  seen.readsFile(path);
  writesSecond(seen, path, given);
};

/** The calls by the name that they have with a callback. */
const NOTES: Readonly<Record<string, Note>> = {
  readFile: readsFile,
  open: (seen, path, [, flags]) => {
    const may = accessOf(flags);
    if (may.read) seen.readsFile(path);
    if (may.write) seen.writes(path);
  },
  stat: (seen, path) => seen.readsStat(path, false),
  lstat: (seen, path) => seen.readsStat(path, true),
  access: finds,
  exists: finds,
  readdir: lists,
  opendir: lists,
  realpath: follows,
  readlink: (seen, path) => seen.readsStat(path, true),
  copyFile: copies,
  cp: (seen, path, given) => {
    if (isRecursive(given[2])) seen.lists(path, true);
    copies(seen, path, given);
  },
  link: copies,
  rename: (seen, path, given) => {
    copies(seen, path, given);
    seen.writes(path);
  },
  symlink: writesSecond,
  writeFile: writes,
  appendFile: writes,
  truncate: writes,
  unlink: writes,
  rmdir: writes,
  rm: writes,
  mkdtemp: () => undefined,
  mkdir: (seen, path, [, options]) => {
    // A folder that was there keeps its contents, which are not the task's own.
    if (existsSync(path)) return;
    let made = path;
    while (isRecursive(options) && !existsSync(dirname(made))) made = dirname(made);
    seen.writes(made);
  },
};

const isRecursive = (options: unknown): boolean =>
  typeof options === 'object' &&
  options !== null &&
  'recursive' in options &&
  options.recursive === true;

function accessOf(flags: unknown): { readonly read: boolean; readonly write: boolean } {
  if (typeof flags === 'number') {
    const mode = flags & (fs.constants.O_WRONLY | fs.constants.O_RDWR);
    return { read: mode !== fs.constants.O_WRONLY, write: mode !== 0 };
  }
  const text = typeof flags === 'string' ? flags : 'r';
  const isUpdated = text.includes('+');
  return { read: text.startsWith('r'), write: !text.startsWith('r') || isUpdated };
}
