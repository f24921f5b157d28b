/** Where commands stand: their folder, their environment, and what follows from both. */
import type { Clock } from '../../lib/clock.ts';
import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { projectRoot } from '../../config/modules.ts';
import { isStandardVariable } from '../../model/standard-env.ts';

/** Where commands stand and what surrounds them. */
export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Overrides `.dp` in the project. */
  readonly stateFolder?: string;
}

/** The nearest folder that looks like a project; where none does, the folder one stands in if the file is below it. */
export function rootFor(folder: string, { cwd }: Place): string {
  const root = projectRoot(folder, existsSync);
  const isBelow = !relative(cwd, folder).startsWith('..');
  return root === folder && isBelow ? cwd : root;
}

export function stateFolderFor(root: string, { cwd, env, stateFolder }: Place): string {
  const named = stateFolder ?? env['DP_STATE_DIR'];
  return named === undefined || named === '' ? join(root, '.dp') : resolve(cwd, named);
}

/** What every task may see of the environment, declared or not. */
export function standardEnv(env: Place['env']): Record<string, string> {
  return pick(env, Object.keys(env).filter(isStandardVariable));
}

export function pick(env: Place['env'], names: readonly string[]): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
