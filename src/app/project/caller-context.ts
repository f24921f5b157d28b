/** The context of the caller of a use case: working directory, environment, and what follows from both. */
import type { Clock } from '../../lib/clock.ts';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { projectRoot } from '../../config/modules.ts';
import type { ProjectSettings } from '../../config/project-file.ts';
import { isStandardVariable } from '../../model/standard-env.ts';

/** The working directory of a caller, such as a command, with its environment and its clock. */
export interface CallerContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Overrides `.dp` in the project. */
  readonly stateFolder?: string;
  /** Settings of the projects whose `dp.yaml` was read, by root. Absent: the caller wants none to be read. */
  readonly projects?: Map<string, ProjectSettings>;
}

/**
 * Returns the project's folder, with links resolved: the nearest folder that looks like a project. Where none does, it is
 * the folder in which dp stands, or `folder` when that is elsewhere.
 */
export function rootFor(folder: string, caller: CallerContext): string {
  return withoutLinks(namedRootFor(folder, caller));
}

/**
 * Returns the path with the links above the project's root resolved. A link to a release may lead elsewhere at any moment:
 * a run, and whoever resumes it, stays in the folder in which it began. Links inside the project stay as they are written.
 */
export function pathInProject(path: string, caller: CallerContext): string {
  const root = namedRootFor(dirname(path), caller);
  return join(withoutLinks(root), relative(root, path));
}

function namedRootFor(folder: string, { cwd }: CallerContext): string {
  const isBelow = !relative(cwd, folder).startsWith('..');
  return projectRoot(folder, existsSync) ?? (isBelow ? cwd : folder);
}

/** Returns a path that does not exist unchanged. */
function withoutLinks(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder;
}

/** An option beats `DP_STATE_DIR`, which beats `dp.yaml`. */
export function stateFolderFor(root: string, caller: CallerContext): string {
  const { cwd, env, stateFolder, projects } = caller;
  const named = stateFolder ?? env['DP_STATE_DIR'];
  if (named !== undefined && named !== '') return resolve(cwd, named);
  return projects?.get(root)?.state ?? join(root, '.dp');
}

/** Returns the variables that every task sees, declared or not. */
export function standardEnv(env: CallerContext['env']): Record<string, string> {
  return pick(env, Object.keys(env).filter(isStandardVariable));
}

export function pick(env: CallerContext['env'], names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
