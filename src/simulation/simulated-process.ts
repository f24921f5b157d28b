/** A dp process of a simulated machine. Every call it makes to the world is a point at which it may vanish. */
import type { Owner } from '../model/event.ts';

export class SimulatedProcess {
  readonly owner: Owner;
  /** `stopped`: it does nothing until it is continued, and does not know. */
  state: 'running' | 'stopped' | 'gone' = 'running';
  readonly #vanishesAt: number;
  #points = 0;

  constructor(pid: number, vanishesAt = Infinity) {
    this.owner = { pid, host: 'simulated' };
    this.#vanishesAt = vanishesAt;
  }

  /** Throws where the process vanishes, and ever after: what it would still have done does not happen. */
  pass(): void {
    if (++this.#points === this.#vanishesAt) this.state = 'gone';
    if (this.state === 'gone') throw new Vanished();
  }
}

export class Vanished extends Error {
  override readonly name = 'Vanished';
}
