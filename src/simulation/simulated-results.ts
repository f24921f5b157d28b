/** Results of simulated tasks: references without values, kept until they are lost. */
import { Fault } from '../model/fault.ts';
import type { ResultRef } from '../model/result.ts';

export class SimulatedResults {
  /** Names of the intact results; the value says whether they are flushed. */
  readonly #whole = new Map<string, boolean>();

  save(ref: ResultRef): void {
    for (const name of namesIn(ref)) this.#whole.set(name, false);
  }

  isWhole(ref: ResultRef): boolean {
    return namesIn(ref).every((name) => this.#whole.has(name));
  }

  /** Tells whether the result survives a power cut. */
  isFlushed(ref: ResultRef): boolean {
    return namesIn(ref).every((name) => this.#whole.get(name) === true);
  }

  /** Throws DP7002 when the result is absent or altered. */
  load(ref: ResultRef): unknown {
    if (this.isWhole(ref)) return namesIn(ref);
    throw new Fault('DP7002', `result ${namesIn(ref).join(', ')} is not there, or altered`);
  }

  flush(): void {
    for (const name of this.#whole.keys()) this.#whole.set(name, true);
  }

  /** Removes or alters the results for which `isHit` is true. */
  damage(isHit: (name: string) => boolean): void {
    for (const name of [...this.#whole.keys()].filter(isHit)) this.#whole.delete(name);
  }

  /** Tears results that were not flushed, where `isHit` is true. */
  powerCut(isHit: (name: string) => boolean): void {
    this.damage((name) => this.#whole.get(name) === false && isHit(name));
  }
}

function namesIn(ref: ResultRef): string[] {
  if (ref.is === 'void') return [];
  if (ref.is === 'list') return ref.items.flatMap(namesIn);
  return [`${ref.run}/${ref.task}/${ref.id}`];
}
