import type { Digest, RunId, TaskName } from './ids.ts';

/** Names one result to be stored: attempt and fencing token are inside `id`, so two writers never share a file. */
export interface ResultAddress {
  readonly run: RunId;
  readonly task: TaskName;
  /** [A-Za-z0-9._-]+, not starting with a dot; unique within run and task. */
  readonly id: string;
}

/**
 * Points to a stored result; plain data, small, kept in events. The value itself stays with the IoManager.
 * `void` is the value undefined: nothing is stored, the reference says it all.
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
