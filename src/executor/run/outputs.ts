/** Outputs of the tasks that have ended, kept as long as a task may still need them. */
import type { TaskName } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import type { Argument } from '../ports/protocol.ts';

/** Maximum bytes of small values kept in memory to be sent inline; beyond it, the oldest are read from the store instead. */
const INLINE_LIMIT = 64 * 1024 * 1024;

export class Outputs {
  readonly #refs = new Map<TaskName, ResultRef>();
  readonly #inline = new Map<TaskName, Uint8Array>();
  #inlineBytes = 0;

  set(task: TaskName, ref: ResultRef, inline?: Uint8Array): void {
    this.#refs.set(task, ref);
    if (inline === undefined) return;
    this.#inlineBytes += inline.byteLength - (this.#inline.get(task)?.byteLength ?? 0);
    this.#inline.set(task, inline);
    for (const [oldest, bytes] of this.#inline) {
      if (this.#inlineBytes <= INLINE_LIMIT) break;
      this.#inline.delete(oldest);
      this.#inlineBytes -= bytes.byteLength;
    }
  }

  /** Returns undefined for a task without output: skipped, failed, or unfinished. */
  get(task: TaskName): ResultRef | undefined {
    return this.#refs.get(task);
  }

  argument(task: TaskName): Argument {
    const ref = this.#refs.get(task);
    if (ref === undefined || ref.is === 'void') return { is: 'value', value: undefined };
    const inline = this.#inline.get(task);
    return inline === undefined ? { is: 'result', ref } : { is: 'result', ref, inline };
  }
}
