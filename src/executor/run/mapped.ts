/** A mapped task: one result for each element of a list, collected in the list's order. */
import type { TaskError } from '../../model/event.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { InputNote, SeenRead } from '../../model/input-note.ts';
import type { ResultRef } from '../../model/result.ts';
import type { Clock } from '../../lib/clock.ts';

export class MappedTask {
  readonly elements: readonly unknown[];
  readonly #outputs: ResultRef[] = [];
  #seen: SeenRead[] | undefined = [];
  readonly #notes: InputNote[] = [];
  readonly #failures: { readonly element: number; readonly error: TaskError }[] = [];
  readonly #clock: Clock;
  readonly #began: Milliseconds;
  #open: number;

  constructor(elements: readonly unknown[], clock: Clock) {
    this.elements = elements;
    this.#clock = clock;
    this.#began = clock.elapsed();
    this.#open = elements.length;
  }

  /** `seen` is what was read for the element; undefined when nobody knows. */
  succeeded(element: number, output: ResultRef, seen: readonly SeenRead[] | undefined): void {
    this.#outputs[element] = output;
    if (seen === undefined) this.#seen = undefined;
    else this.#seen?.push(...seen);
    this.#open--;
  }

  /** Takes a stored result, which depends on what the notes say. */
  reused(element: number, output: ResultRef, notes: readonly InputNote[]): void {
    this.succeeded(element, output, []);
    this.#notes.push(...notes);
  }

  failed(element: number, error: TaskError): void {
    this.#failures.push({ element, error });
    this.#open--;
  }

  get durationMs(): Milliseconds {
    return this.#clock.elapsed() - this.#began;
  }

  /** Outcome of the mapped task; undefined while elements are open. */
  get outcome():
    | {
        readonly is: 'succeeded';
        readonly output: ResultRef;
        readonly seen: readonly SeenRead[] | undefined;
        /** What reused elements depend on. */
        readonly notes: readonly InputNote[];
      }
    | { readonly is: 'failed'; readonly error: TaskError }
    | undefined {
    if (this.#open > 0) return undefined;
    const first = this.#failures[0];
    if (first === undefined)
      return {
        is: 'succeeded',
        output: { is: 'list', items: this.#outputs },
        seen: this.#seen,
        notes: this.#notes,
      };
    const message = `${this.#failures.length} of ${this.elements.length} elements failed, first [${first.element}]: ${first.error.message}`;
    return { is: 'failed', error: { ...first.error, message } };
  }
}
