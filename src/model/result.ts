import {
  type Digest,
  isDigest,
  isResultId,
  isRunId,
  isTaskName,
  type RunId,
  type TaskName,
} from './ids.ts';
import { isJsonObject, type JsonObject } from './json.ts';

/** Address of one result to be stored: attempt and fencing token are inside `id`, so two writers never share a file. */
export interface ResultAddress {
  readonly run: RunId;
  readonly task: TaskName;
  /** Matches [A-Za-z0-9._-]+, not starting with a dot; unique within run and task. */
  readonly id: string;
}

/**
 * Points to a stored result; plain data, small, kept in events. The value itself stays with the IoManager.
 * `void` is the value undefined: nothing is stored, the reference is complete.
 */
export type ResultRef =
  | { readonly is: 'void' }
  | (ResultAddress & {
      readonly is: 'value' | 'bytes' | 'text';
      readonly bytes: number;
      readonly digest: Digest;
    })
  | (ResultAddress & {
      readonly is: 'stream';
      readonly items: number;
      readonly bytes: number;
      readonly digest: Digest;
    })
  | { readonly is: 'list'; readonly items: readonly ResultRef[] };

/** Returns whether plain data of unknown origin is a valid result reference. */
export function isResultRef(value: unknown): value is ResultRef {
  const left: unknown[] = [value];
  for (const ref of left) {
    if (!isJsonObject(ref)) return false;
    if (ref['is'] !== 'list') {
      if (ref['is'] !== 'void' && !isStored(ref)) return false;
    } else if (Array.isArray(ref['items'])) for (const item of ref['items']) left.push(item);
    else return false;
  }
  return true;
}

const FORMS: readonly unknown[] = ['value', 'bytes', 'text', 'stream'];

function isStored({ is, run, task, id, items, bytes, digest }: JsonObject): boolean {
  return (
    FORMS.includes(is) &&
    typeof run === 'string' &&
    isRunId(run) &&
    typeof task === 'string' &&
    isTaskName(task) &&
    typeof id === 'string' &&
    isResultId(id) &&
    isSize(bytes) &&
    (is !== 'stream' || isSize(items)) &&
    isDigest(digest)
  );
}

const isSize = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
