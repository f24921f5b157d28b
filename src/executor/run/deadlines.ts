/** How long units may wait for a slot, and how long they may take in all; acts when that time is up. */
import type { Milliseconds } from '../../model/ids.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import type { TaskSettings } from '../../model/settings.ts';

type Limits = Pick<TaskSettings, 'queueTimeout' | 'totalTimeout'>;

interface Deadline {
  readonly timer: Timer;
  /** By `clock.elapsed()`. */
  readonly at: Milliseconds;
}

/** Units go by their names. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Timer>();
  readonly #total = new Map<string, Deadline>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The unit is ready: it has to begin in time. */
  await(name: string, { queueTimeout }: Limits, late: () => void): void {
    if (queueTimeout === null) return;
    const tooLate = (): void => {
      this.#waiting.delete(name);
      late();
    };
    this.#waiting.set(name, this.#clock.after(queueTimeout * 1000, tooLate));
  }

  /** An attempt has begun. The first sets the time for all. */
  begin(name: string, { totalTimeout }: Limits, late: () => void): void {
    this.#waitNoMore(name);
    if (totalTimeout === null || this.#total.has(name)) return;
    const limitMs = totalTimeout * 1000;
    const at = this.#clock.elapsed() + limitMs;
    this.#total.set(name, { at, timer: this.#clock.after(limitMs, late) });
  }

  /** What is left of the unit's time in all. */
  leftMs(name: string): Milliseconds {
    const deadline = this.#total.get(name);
    return deadline === undefined ? Infinity : deadline.at - this.#clock.elapsed();
  }

  /** The unit has its outcome. */
  end(name: string): void {
    this.#waitNoMore(name);
    if (this.#total.size === 0) return;
    this.#total.get(name)?.timer.clear();
    this.#total.delete(name);
  }

  /** Nothing begins any more; what is under way keeps its time. */
  stopWaiting(): void {
    for (const timer of this.#waiting.values()) timer.clear();
    this.#waiting.clear();
  }

  close(): void {
    this.stopWaiting();
    for (const { timer } of this.#total.values()) timer.clear();
    this.#total.clear();
  }

  #waitNoMore(name: string): void {
    if (this.#waiting.size === 0) return;
    this.#waiting.get(name)?.clear();
    this.#waiting.delete(name);
  }
}
