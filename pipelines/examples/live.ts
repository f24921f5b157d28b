import { setTimeout } from 'node:timers/promises';
import { task } from 'dp';

interface Reading {
  readonly minute: number;
  readonly celsius: number;
}

/** A reading every few milliseconds, as a sensor would give them. */
export const sensor = task(
  { streamOutput: true },
  async function* ({ minutes }: { minutes: number }): AsyncGenerator<Reading> {
    for (let minute = 0; minute < minutes; minute++) {
      await setTimeout(2);
      yield { minute, celsius: 60 + ((minute * 37) % 41) };
    }
  },
);

/** Reads while the sensor is still at it, and is read itself: three tasks at work on one stream. */
export const mean = task(
  { streamOutput: true },
  async function* ({ sensor }: { sensor: AsyncIterable<Reading> }): AsyncGenerator<Reading> {
    const last: number[] = [];
    for await (const { minute, celsius } of sensor) {
      if (last.push(celsius) > 5) last.shift();
      yield { minute, celsius: last.reduce((sum, each) => sum + each, 0) / last.length };
    }
  },
);

/** Warns at once: `dp logs last alarms -f` shows it before the sensor has ended. */
export const alarms = task(
  async ({ mean }: { mean: AsyncIterable<Reading> }, ctx): Promise<number[]> => {
    const minutes: number[] = [];
    for await (const { minute, celsius } of mean) {
      if (celsius <= 85) continue;
      ctx.log.warn({ minute, celsius }, 'too hot');
      minutes.push(minute);
    }
    return minutes;
  },
);

export const report = task(
  { tags: ['report'] },
  ({ alarms }: { alarms: readonly number[] }): string =>
    `${alarms.length} alarms, the first at minute ${alarms[0]}`,
);
