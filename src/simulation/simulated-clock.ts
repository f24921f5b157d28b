/** Time on a simulated machine: it stands still while anything happens, then jumps to the next due action. */
import type { Instant, Milliseconds } from '../model/ids.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { SimulatedProcess } from './simulated-process.ts';

interface Due {
  readonly at: Milliseconds;
  readonly process: SimulatedProcess;
  readonly act: () => void;
  isCleared: boolean;
}

export class SimulatedClock {
  /** Due actions, the soonest last; actions due at the same moment happen in the order in which they were requested. */
  readonly #due: Due[] = [];
  /** Due actions of processes that are stopped. */
  readonly #kept: Due[] = [];
  #elapsed: Milliseconds = 0;
  #epoch: Instant;

  constructor(epoch: Instant) {
    this.#epoch = epoch;
  }

  get elapsed(): Milliseconds {
    return this.#elapsed;
  }

  /** Returns whole milliseconds, as the clock of a machine does. */
  now(): Instant {
    return Math.floor(this.#epoch + this.#elapsed);
  }

  /** Sets the calendar time forward or back; elapsed time does not change. */
  jump(by: Milliseconds): void {
    this.#epoch += by;
  }

  /** Returns the clock as one process sees it. `soonMs` says how long other actions may delay `soon`. */
  of(process: SimulatedProcess, soonMs: () => Milliseconds): Clock {
    return {
      now: () => this.now(),
      elapsed: () => this.#elapsed,
      after: (delayMs, act) => this.after(process, delayMs, act),
      soon: (act) => this.after(process, soonMs(), act),
    };
  }

  after(process: SimulatedProcess, delayMs: Milliseconds, act: () => void): Timer {
    const due: Due = { at: this.#elapsed + Math.max(0, delayMs), process, act, isCleared: false };
    this.#insert(due);
    return { clear: () => (due.isCleared = true) };
  }

  /** Performs the next due action; returns false when none is left. */
  step(): boolean {
    for (let due; (due = this.#due.pop()) !== undefined;) {
      if (due.isCleared || due.process.state === 'gone') continue;
      if (due.process.state === 'stopped') {
        this.#kept.push(due);
        continue;
      }
      this.#elapsed = Math.max(this.#elapsed, due.at);
      due.act();
      return true;
    }
    return false;
  }

  /** Makes the actions that were due while the process was stopped due now. */
  continue(process: SimulatedProcess): void {
    process.state = 'running';
    for (const due of this.#kept.splice(0)) this.#insert(due);
  }

  #insert(due: Due): void {
    let place = this.#due.length;
    while (place > 0 && this.#due[place - 1]!.at <= due.at) place--;
    this.#due.splice(place, 0, due);
  }
}
