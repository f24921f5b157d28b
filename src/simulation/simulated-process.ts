/** A dp process on a simulated machine. It may vanish at every call that it makes to the outside. */
import type { Owner } from '../model/event.ts';

export class SimulatedProcess {
  readonly owner: Owner;
  /** A stopped process does nothing until it is continued, and does not know of it. */
  state: 'running' | 'stopped' | 'gone' = 'running';
  readonly #vanishesAt: number;
  #points = 0;

  constructor(pid: number, vanishesAt = Infinity) {
    this.owner = { pid, host: 'simulated' };
    this.#vanishesAt = vanishesAt;
  }

  /** Throws where the process vanishes, and at every later call: what it would still have done does not happen. */
  pass(): void {
    if (++this.#points === this.#vanishesAt) this.state = 'gone';
    if (this.state === 'gone') throw new Vanished();
  }
}

export class Vanished extends Error {
  override readonly name = 'Vanished';
}
