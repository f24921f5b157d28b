import { task } from 'dp';

interface Reading {
  readonly hour: number;
  readonly celsius: number;
}

/** With `streamOutput` each yielded value is a result of its own; none has to wait for the others. */
export const measurements = task(
  { streamOutput: true },
  async function* ({ count }: { count: number }): AsyncGenerator<Reading> {
    for (let hour = 0; hour < count; hour++) {
      yield { hour, celsius: 10 + ((hour * 7) % 24) };
    }
  },
);

/** The consumer's parameter is an AsyncIterable: it never holds more than it asks for. */
export const warmest = task(
  async ({ readings }: { readings: AsyncIterable<Reading> }): Promise<number> => {
    let most = -Infinity;
    for await (const { celsius } of readings) most = Math.max(most, celsius);
    return most;
  },
);

/** A stream can be read by any number of tasks, each at its own pace. */
export const average = task(
  async ({ readings }: { readings: AsyncIterable<Reading> }): Promise<number> => {
    let sum = 0;
    let count = 0;
    for await (const { celsius } of readings) {
      sum += celsius;
      count++;
    }
    return sum / count;
  },
);

export const report = task(
  { tags: ['report'] },
  ({ warmest, average }: { warmest: number; average: number }): string =>
    `warmest ${warmest} °C, average ${average.toFixed(1)} °C`,
);
