/** Which parameters and variables enter the key of a task, and their part of it: only what can change its result. */
import { digestOf, type Digest } from '../model/ids.ts';
import { canonicalJson, type Json, type JsonObject } from '../model/json.ts';
import type { NamesRead } from '../model/pipeline.ts';
import type { PlannedTask } from '../model/plan.ts';
import type { KeyParts } from './identity.ts';

/** The dependencies of a result beyond the pipeline, its code and its inputs. */
export interface Surroundings {
  readonly envDigest: Digest;
  /** The declared variables that are set. */
  readonly env: Readonly<Record<string, string>>;
  readonly nodeMajor: number;
}

export interface UsedValues {
  readonly params: NamesRead;
  readonly env: NamesRead;
}

type Using = Pick<PlannedTask, 'work' | 'settings' | 'reads'>;

/**
 * A cached function notes what it reads besides, so its key holds only what expressions read and what is declared. Nobody sees which
 * variables a command reads: all of them count, unless `cache.env` says which. Where nothing is noted, everything counts.
 */
export function usedValues({ work, settings: { cache }, reads }: Using): UsedValues {
  if (cache === false || work.is === 'pipeline') return ALL;
  const params = together(reads?.params ?? [], cache.params ?? []);
  if (work.is === 'shell' && cache.env === undefined) return { params, env: 'all' };
  return { params, env: together(reads?.env ?? [], cache.env ?? []) };
}

const ALL: UsedValues = { params: 'all', env: 'all' };

function together(read: NamesRead, declared: readonly string[]): NamesRead {
  return read === 'all' ? read : [...new Set([...read, ...declared])].sort();
}

export interface ValueGround {
  readonly surroundings: Surroundings;
  readonly params: JsonObject;
  /** Canonical JSON of all parameters. */
  readonly paramsText: string;
}

/** Returns the parts of the key that come from parameters, variables and declarations. */
export function valueParts(
  task: Using,
  { surroundings, params, paramsText }: ValueGround,
): Pick<KeyParts, 'params' | 'envDigest' | 'nodeMajor' | 'isObserved' | 'declared'> {
  const { nodeMajor, envDigest, env } = surroundings;
  const used = usedValues(task);
  const { cache } = task.settings;
  const files = cache === false ? undefined : cache.files;
  return {
    nodeMajor,
    params: used.params === 'all' ? paramsText : canonicalJson(chosen(params, used.params)),
    envDigest:
      used.env === 'all' ? envDigest : digestOf(used.env.flatMap((name) => [name, env[name]])),
    isObserved: task.work.is === 'function' && cache !== false,
    ...(files === undefined ? {} : { declared: canonicalJson([...files]) }),
  };
}

function chosen(values: JsonObject, names: readonly string[]): JsonObject {
  const entries = names.map((name): [string, Json] => [name, values[name] ?? null]);
  return Object.fromEntries(entries);
}
