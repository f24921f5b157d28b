/**
 * Runs the compiler as a process: configuration files come in, checked programs go out.
 * The only file that starts it. Its API is loaded with this module, so import it when there is something to check.
 */
import { accessSync, constants } from 'node:fs';
import { API, type Project } from '@typescript/native/unstable/sync';
import { Fault } from '../../model/fault.ts';
import type { CompilerLocation } from './options.ts';

export interface Compiler extends Disposable {
  /** Returns the files that a configuration includes, with `extends` followed. */
  filesOf(configFile: string): readonly string[];
  open(configFile: string): Project;
  /** Replaces the contents of the file for projects that are opened later; those already open do not see it. */
  overlay(file: string, text: string): void;
}

/** Throws DP5005 when the compiler cannot be started. */
export function startCompiler(
  root: string,
  { executable, isMissing = false }: CompilerLocation = {},
): Compiler {
  if (isMissing) throw unusable('it is not installed for this platform');
  const overlays = new Map<string, string>();
  const changed = new Set<string>();
  const api = guarded(() => {
    // The channel would only notice a missing executable after it has begun to wait for its answer.
    if (executable !== undefined) accessSync(executable, constants.X_OK);
    return new API({
      cwd: root,
      fs: { readFile: (file) => overlays.get(file) },
      ...(executable === undefined ? {} : { tsserverPath: executable }),
    });
  });
  return {
    filesOf: (configFile) => guarded(() => api.parseConfigFile(configFile).fileNames),
    open(configFile) {
      const snapshot = guarded(() =>
        api.updateSnapshot({ openProjects: [configFile], fileChanges: { changed: [...changed] } }),
      );
      changed.clear();
      const project = snapshot.getProject(configFile);
      if (project === undefined)
        throw new Fault('DP5005', `the compiler did not open ${configFile}`);
      return project;
    },
    overlay(file, text) {
      overlays.set(file, text);
      changed.add(file);
    },
    [Symbol.dispose]: () => end(api),
  };
}

/** Kills the compiler, which has nothing to lose. The API's own `close` makes it print an error on the user's terminal. */
function end(api: API): void {
  const { client } = api as unknown as ApiInternals;
  client.channel.child.kill('SIGKILL');
  client.close();
}

interface ApiInternals {
  readonly client: {
    readonly channel: { readonly child: { kill(signal: 'SIGKILL'): void } };
    close(): void;
  };
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw unusable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unusable(why: string, cause?: unknown): Fault {
  return new Fault('DP5005', `the TypeScript compiler could not be used: ${why}`, {
    cause,
    hint: 'install dp with its optional dependencies (npm install --include=optional), or use the single binary',
  });
}
