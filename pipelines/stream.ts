/**
 * A stream: rows that are never all in memory. The sources are generators that give them in chunks; what reads
 * them takes an AsyncIterable and keeps counts, never rows. Data: flights, airports and zip codes of vega-datasets.
 */
import { task } from 'dp';
import { readAirports } from './lib/airports.ts';
import { inChunks } from './lib/chunks.ts';
import { addTo, percentile } from './lib/counts.ts';
import { csvRecords } from './lib/csv.ts';
import { isInteger } from './lib/exact.ts';
import { grouped, mean, share } from './lib/format.ts';
import { compare, groups } from './lib/groups.ts';
import { jsonRows } from './lib/json-rows.ts';
import { packageFile, textOf } from './lib/package-file.ts';
import { bar } from './lib/text-chart.ts';
import { textTable } from './lib/text-table.ts';
import type { Airport } from './lib/airports.ts';
import type { Counts } from './lib/counts.ts';
import type { CsvRecord } from './lib/csv.ts';
import type { Row } from './lib/json-rows.ts';

interface Flight {
  /** Minutes; negative when early. */
  readonly delay: number;
  /** Miles. */
  readonly distance: number;
  /** Hour of departure, its minutes as a fraction. */
  readonly time: number;
}

interface Totals {
  readonly rows: number;
  readonly sumDelay: number;
  readonly sumDistance: number;
  /** Flights more than 15 minutes late. */
  readonly late15: number;
  readonly minDelay: number;
  readonly maxDelay: number;
  readonly minTime: number;
  readonly maxTime: number;
  readonly byHour: readonly {
    readonly hour: number;
    readonly n: number;
    readonly sumDelay: number;
  }[];
  /** Band 0 is up to 499 miles, band 1 up to 999, …; band 5 is all from 2,500 on. */
  readonly distanceBands500: readonly { readonly band: number; readonly n: number }[];
}

interface Join {
  readonly zip: number;
  readonly airports: number;
  /** Airports in a city that has a zip code. */
  readonly airportsWithZip: number;
  readonly airportsWithout: number;
  /** Pairs of an airport and a zip code of its city. */
  readonly joinRows: number;
  readonly emptyState: number;
  /** Zip codes with a comma inside a field, and those with a character beyond ASCII: what breaks naive readers. */
  readonly zipQuotedCommas: number;
  readonly nonAsciiZip: number;
  /** Airports with a zip code, by state. */
  readonly top5States: readonly { readonly state: string; readonly n: number }[];
}

export const flights = task(
  { tags: ['extract'], streamOutput: true },
  async function* ({ chunk }: { chunk: number }, ctx): AsyncGenerator<Flight[]> {
    const rows = jsonRows(textOf(packageFile('vega-datasets', 'data/flights-200k.json')));
    let done = 0;
    for await (const some of inChunks(rows, chunk)) {
      yield some.map(toFlight);
      done += some.length;
      if (done % 10_000 < some.length) ctx.progress(done);
    }
  },
);

export const zipCodes = task(
  { tags: ['extract'], streamOutput: true },
  ({ chunk }: { chunk: number }): AsyncGenerator<CsvRecord[]> =>
    inChunks(csvRecords(textOf(packageFile('vega-datasets', 'data/zipcodes.csv'))), chunk),
);

export const airports = task({ tags: ['extract'] }, (): Promise<Airport[]> => readAirports());

export const totals = task(
  { tags: ['transform'] },
  async ({ rows }: { rows: AsyncIterable<Flight[]> }): Promise<Totals> => {
    let [n, sumDelay, sumDistance, late15] = [0, 0, 0, 0];
    let [minDelay, maxDelay, minTime, maxTime] = [Infinity, -Infinity, Infinity, -Infinity];
    const hours = Array.from({ length: 24 }, (_, hour) => ({ hour, n: 0, sumDelay: 0 }));
    const bands = Array.from({ length: 6 }, (_, band) => ({ band, n: 0 }));
    for await (const chunk of rows) {
      for (const { delay, distance, time } of chunk) {
        n++;
        sumDelay += delay;
        sumDistance += distance;
        if (delay > 15) late15++;
        minDelay = Math.min(minDelay, delay);
        maxDelay = Math.max(maxDelay, delay);
        minTime = Math.min(minTime, time);
        maxTime = Math.max(maxTime, time);
        const hour = hours[Math.floor(time)]!;
        hour.n++;
        hour.sumDelay += delay;
        bands[Math.min(Math.floor(distance / 500), 5)]!.n++;
      }
    }
    return {
      rows: n,
      sumDelay,
      sumDistance,
      late15,
      minDelay,
      maxDelay,
      minTime,
      maxTime,
      byHour: hours,
      distanceBands500: bands,
    };
  },
);

/** Delays by nearest rank. Exact: a count of every delay that occurs says all, and there are only some hundreds. */
export const percentiles = task(
  { tags: ['transform'] },
  async ({ rows }: { rows: AsyncIterable<Flight[]> }): Promise<Record<string, number>> => {
    const delays: Counts = new Map();
    for await (const chunk of rows) {
      for (const { delay } of chunk) addTo(delays, delay);
    }
    return Object.fromEntries(
      [1, 25, 50, 75, 90, 99].map((percent) => [percent / 100, percentile(delays, percent)]),
    );
  },
);

/** Joins by city and state, in any case of letters. The small side is held, the large side flows past. */
export const join = task(
  { tags: ['transform'] },
  async ({
    airports,
    zipCodes,
  }: {
    airports: Airport[];
    zipCodes: AsyncIterable<CsvRecord[]>;
  }): Promise<Join> => {
    const byPlace = Map.groupBy(airports, placeOf);
    const matched = new Set<Airport>();
    let [zip, joinRows, zipQuotedCommas, nonAsciiZip] = [0, 0, 0, 0];
    for await (const chunk of zipCodes) {
      for (const record of chunk) {
        zip++;
        const text = Object.values(record).join('');
        if (text.includes(',')) zipQuotedCommas++;
        if (/[^\0-\x7f]/.test(text)) nonAsciiZip++;
        for (const airport of byPlace.get(placeOf(record)) ?? []) {
          joinRows++;
          matched.add(airport);
        }
      }
    }
    return {
      zip,
      airports: airports.length,
      airportsWithZip: matched.size,
      airportsWithout: airports.length - matched.size,
      joinRows,
      emptyState: airports.filter(({ state }) => state === '').length,
      zipQuotedCommas,
      nonAsciiZip,
      top5States: groups([...matched], ({ state }) => state)
        .map(([state, ofState]) => ({ state, n: ofState.length }))
        .sort((a, b) => b.n - a.n || compare(a.state, b.state))
        .slice(0, 5),
    };
  },
);

export const report = task(
  { tags: ['report'] },
  ({
    totals,
    percentiles,
    join,
  }: {
    totals: Totals;
    percentiles: Record<string, number>;
    join: Join;
  }): string =>
    [
      `${grouped(totals.rows)} FLIGHTS, READ AS A STREAM`,
      `Mean delay ${mean(totals.sumDelay, totals.rows)} minutes; ` +
        `${share(totals.late15, totals.rows)} left more than 15 minutes late.`,
      hourTable(totals),
      percentileTable(percentiles),
      `${grouped(join.airportsWithZip)} of ${grouped(join.airports)} airports are in a city with a zip code.\n` +
        `Most of them are in ${join.top5States.map(({ state, n }) => `${state} (${n})`).join(', ')}.`,
    ].join('\n\n'),
);

function toFlight({ delay, distance, time }: Row): Flight {
  if (
    !isInteger(delay) ||
    !isInteger(distance) ||
    typeof time !== 'number' ||
    !(time >= 0 && time < 24)
  ) {
    throw new TypeError(`not a flight: ${JSON.stringify({ delay, distance, time })}`);
  }
  return { delay, distance, time };
}

function placeOf({ city, state }: { readonly city?: string; readonly state?: string }): string {
  return `${city}, ${state}`.toLowerCase();
}

function hourTable({ byHour }: Totals): string {
  const most = Math.max(...byHour.map(({ n }) => n));
  return textTable(byHour, [
    { heading: 'Hour', align: 'right', cell: ({ hour }) => String(hour) },
    { heading: 'Flights', align: 'right', cell: ({ n }) => grouped(n) },
    { heading: 'Mean delay', align: 'right', cell: ({ sumDelay, n }) => mean(sumDelay, n) },
    { heading: 'Compared', cell: ({ n }) => bar(n, most, 50) },
  ]);
}

function percentileTable(percentiles: Readonly<Record<string, number>>): string {
  return textTable(Object.entries(percentiles), [
    {
      heading: 'Share of flights',
      align: 'right',
      cell: ([portion]) => `${Math.round(Number(portion) * 100)} %`,
    },
    { heading: 'Delay at most, minutes', align: 'right', cell: ([, delay]) => String(delay) },
  ]);
}
