/** Measures subjects side by side. They take turns, so that a busy moment of the machine affects all of them alike. */

/** Does its work once, and returns the number of operations. */
export type Subject = () => number | Promise<number>;

export interface CompareOptions {
  /** Turns for each subject; the median counts. Default 7, after one turn that does not count. */
  readonly runs?: number;
  /** Name of the operations, in the plural. Default `operations`. */
  readonly unit?: string;
  /** Figures from elsewhere to compare with, in operations per second. */
  readonly given?: Readonly<Record<string, number>>;
}

export interface Measured {
  readonly name: string;
  /** Operations per second. */
  readonly median: number;
  readonly slowest: number;
  readonly fastest: number;
  /** Median of the ratios to the first subject, turn by turn. */
  readonly ratio: number;
}

/** Measures the subjects, prints a line for each with its ratio to the first, and returns the figures in the same order. */
export async function compare(
  name: string,
  subjects: Readonly<Record<string, Subject>>,
  { runs = 7, unit = 'operations', given = {} }: CompareOptions = {},
): Promise<readonly Measured[]> {
  const rates = await takeTurns(Object.entries(subjects), runs);
  const measured = Object.keys(subjects).map((subject) => summary(subject, rates));
  console.log(`\n${name} (median of ${runs}, taking turns)`);
  const [first] = measured;
  for (const { name: subject, median: rate, slowest, fastest, ratio } of measured) {
    const spread = `${figure(slowest)} to ${figure(fastest)}`;
    console.log(`${line(subject, rate, unit, ratio)}   ${spread}`);
  }
  for (const [source, rate] of Object.entries(given)) {
    console.log(line(source, rate, unit, rate / first!.median));
  }
  return measured;
}

async function takeTurns(
  subjects: readonly (readonly [string, Subject])[],
  runs: number,
): Promise<Map<string, number[]>> {
  const rates = new Map<string, number[]>(subjects.map(([name]) => [name, []]));
  for (let turn = 0; turn <= runs; turn++) {
    for (const [name, subject] of subjects) {
      const rate = await rateOf(subject);
      if (turn > 0) rates.get(name)!.push(rate);
    }
  }
  return rates;
}

async function rateOf(subject: Subject): Promise<number> {
  const started = performance.now();
  const operations = await subject();
  return (operations * 1_000) / (performance.now() - started);
}

function summary(name: string, rates: ReadonlyMap<string, readonly number[]>): Measured {
  const own = rates.get(name)!;
  const [first] = rates.values();
  return {
    name,
    median: median(own),
    slowest: Math.min(...own),
    fastest: Math.max(...own),
    ratio: median(own.map((rate, turn) => rate / first![turn]!)),
  };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function line(name: string, rate: number, unit: string, ratio: number): string {
  const columns = [
    `  ${name.padEnd(44)}`,
    `${figure(rate).padStart(12)} ${unit}/s`,
    duration(1_000 / rate).padStart(10),
    `${ratio.toPrecision(3)} x`.padStart(10),
  ];
  return columns.join('  ');
}

/** Returns large figures as whole numbers, and small ones with three digits. */
function figure(rate: number): string {
  return rate >= 100 ? Math.round(rate).toLocaleString('en-US') : rate.toPrecision(3);
}

function duration(milliseconds: number): string {
  if (milliseconds >= 1) return `${milliseconds.toPrecision(3)} ms`;
  if (milliseconds >= 1e-3) return `${(milliseconds * 1e3).toPrecision(3)} µs`;
  return `${(milliseconds * 1e6).toPrecision(3)} ns`;
}
