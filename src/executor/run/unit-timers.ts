/** Timers of units: for the wait for a slot, for the total time, and for the next retry. Reports each one that expires. */
import type { Clock, Timer } from '../../lib/clock.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { unitName, type Unit } from '../ports/workforce.ts';

export interface TimeUp {
  readonly is: 'is_due' | 'waited_too_long' | 'is_out_of_time';
  readonly unit: Unit;
}

type Limited = Pick<PlannedTask, 'name'> & {
  readonly settings: Pick<PlannedTask['settings'], 'queueTimeout' | 'totalTimeout'>;
};

interface Deadline {
  readonly timer: Timer;
  /** Time at which the timer expires, on the clock of `clock.elapsed()`. */
  readonly at: Milliseconds;
}

/** Keeps timers by the names of their units. */
export class UnitTimers {
  readonly #clock: Clock;
  readonly #heard: (timeUp: TimeUp) => void;
  readonly #waiting = new Map<string, Timer>();
  readonly #retries = new Map<string, Timer>();
  readonly #deadlines = new Map<string, Deadline>();

  constructor(clock: Clock, heard: (timeUp: TimeUp) => void) {
    this.#clock = clock;
    this.#heard = heard;
  }

  /** Starts the limit on the wait for a slot, as the unit is ready. */
  awaitSlot(unit: Unit, task: Limited): void {
    const { queueTimeout } = task.settings;
    if (queueTimeout === null) return;
    this.#arm(this.#waiting, queueTimeout * 1000, { is: 'waited_too_long', unit }, task);
  }

  /** Notes that an attempt has begun. The first one starts the total time of all attempts. */
  begun(unit: Unit, task: Limited): void {
    clear(this.#waiting, unit, task);
    const { totalTimeout } = task.settings;
    if (totalTimeout === null) return;
    const name = unitName(task, unit);
    if (this.#deadlines.has(name)) return;
    const limitMs = totalTimeout * 1000;
    const at = this.#clock.elapsed() + limitMs;
    const late = (): void => this.#heard({ is: 'is_out_of_time', unit });
    this.#deadlines.set(name, { at, timer: this.#clock.after(limitMs, late) });
  }

  /** Returns the rest of the unit's total time. */
  leftMs(unit: Unit, task: Limited): Milliseconds {
    const deadline = this.#deadlines.get(unitName(task, unit));
    return deadline === undefined ? Infinity : deadline.at - this.#clock.elapsed();
  }

  retryIn(delayMs: Milliseconds, unit: Unit, task: Limited): void {
    this.#arm(this.#retries, delayMs, { is: 'is_due', unit }, task);
  }

  forgetRetry(unit: Unit, task: Limited): void {
    clear(this.#retries, unit, task);
  }

  /** Clears the timers of a unit that has its outcome. */
  ended(unit: Unit, task: Limited): void {
    clear(this.#waiting, unit, task);
    clear(this.#retries, unit, task);
    if (this.#deadlines.size === 0) return;
    const name = unitName(task, unit);
    this.#deadlines.get(name)?.timer.clear();
    this.#deadlines.delete(name);
  }

  /** Clears the timers of units that wait to begin; running units keep their time limit. */
  startNothing(): void {
    for (const timers of [this.#waiting, this.#retries]) {
      for (const timer of timers.values()) timer.clear();
      timers.clear();
    }
  }

  close(): void {
    this.startNothing();
    for (const { timer } of this.#deadlines.values()) timer.clear();
    this.#deadlines.clear();
  }

  #arm(timers: Map<string, Timer>, delayMs: Milliseconds, timeUp: TimeUp, task: Limited): void {
    const name = unitName(task, timeUp.unit);
    const act = (): void => {
      timers.delete(name);
      this.#heard(timeUp);
    };
    timers.set(name, this.#clock.after(delayMs, act));
  }
}

function clear(timers: Map<string, Timer>, unit: Unit, task: Limited): void {
  if (timers.size === 0) return;
  const name = unitName(task, unit);
  timers.get(name)?.clear();
  timers.delete(name);
}
