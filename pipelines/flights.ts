/**
 * Flights: when are they late, and from where? Each task computes one figure; flights.yaml joins them.
 * Data: a sample of the on-time records of the US Bureau of Transportation Statistics, from vega-datasets.
 */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { task } from 'dp';
import { pageHtml } from './flights/page.ts';
import { reportText } from './flights/report.ts';
import { readAirports } from './lib/airports.ts';
import { countOf, percentile } from './lib/counts.ts';
import { csvText } from './lib/csv.ts';
import { isInteger, sum } from './lib/exact.ts';
import { mean } from './lib/format.ts';
import { compare, groups } from './lib/groups.ts';
import { jsonRows } from './lib/json-rows.ts';
import { packageFile, textOf } from './lib/package-file.ts';
import type {
  DayFigures,
  Figures,
  Flight,
  JoinedFlight,
  MonthFigures,
  OriginFigures,
  RouteFigures,
  StateFigures,
  Total,
  Unmatched,
  WorstOrigin,
} from './flights/figures.ts';
import type { Airport } from './lib/airports.ts';
import type { Row } from './lib/json-rows.ts';

export const flights = task(
  { tags: ['extract'] },
  ({ sample }: { sample: string }): Promise<Row[]> =>
    Array.fromAsync(jsonRows(textOf(packageFile('vega-datasets', `data/flights-${sample}.json`)))),
);

export const airports = task(
  { tags: ['extract'], description: 'Airports by IATA code.' },
  async (): Promise<Map<string, Airport>> =>
    new Map((await readAirports()).map((airport) => [airport.iata, airport])),
);

export const clean = task(
  { tags: ['transform'] },
  ({ flights }: { flights: Row[] }, ctx): Flight[] => {
    const kept = flights.filter(isFlight);
    ctx.log.info({ rows: flights.length, dropped: flights.length - kept.length }, 'cleaned');
    return kept;
  },
);

export const month = task(
  { tags: ['transform'] },
  ({
    clean,
    month,
    lateAfter,
  }: {
    clean: Flight[];
    month: string;
    lateAfter: number;
  }): MonthFigures => {
    const flights = clean.filter((flight) => dayOf(flight).startsWith(month));
    const sumDelay = sum(flights.map(({ delay }) => delay));
    return {
      month,
      n: flights.length,
      sumDelay,
      late: lateAmong(flights, lateAfter),
      sumDistance: sum(flights.map(({ distance }) => distance)),
      meanDelay: mean(sumDelay, flights.length),
    };
  },
);

/** Takes every task it needs, whatever their names: an index signature receives all of them. */
export const byMonth = task(
  { tags: ['transform'] },
  (months: { [task: string]: MonthFigures }): MonthFigures[] =>
    Object.values(months).sort((a, b) => compare(a.month, b.month)),
);

export const byDay = task({ tags: ['transform'] }, ({ clean }: { clean: Flight[] }): DayFigures[] =>
  groups(clean, dayOf).map(([day, flights]) => ({ day, ...delaysOf(flights) })),
);

export const byOrigin = task(
  { tags: ['transform'] },
  ({ clean }: { clean: Flight[] }): OriginFigures[] =>
    groups(clean, ({ origin }) => origin).map(([origin, flights]) => {
      const delays = countOf(flights.map(({ delay }) => delay));
      return {
        origin,
        ...delaysOf(flights),
        p50: percentile(delays, 50),
        p90: percentile(delays, 90),
        max: percentile(delays, 100),
      };
    }),
);

export const originsCsv = task(
  { tags: ['load'] },
  ({ byOrigin }: { byOrigin: OriginFigures[] }): string =>
    csvText(
      ['origin', 'n', 'sumDelay', 'p50', 'p90', 'max'],
      byOrigin.map(({ origin, n, sumDelay, p50, p90, max }) => [
        origin,
        n,
        sumDelay,
        p50,
        p90,
        max,
      ]),
    ),
);

export const worst = task(
  { tags: ['transform'], description: 'The ten airports with the greatest mean delay.' },
  ({ byOrigin, minFlights }: { byOrigin: OriginFigures[]; minFlights: number }): WorstOrigin[] =>
    byOrigin
      .filter(({ n }) => n >= minFlights)
      // a/b > c/d without dividing: equal means stay equal.
      .sort((a, b) => b.sumDelay * a.n - a.sumDelay * b.n || compare(a.origin, b.origin))
      .slice(0, 10)
      .map(({ origin, n, sumDelay }) => ({ origin, n, meanDelay: mean(sumDelay, n) })),
);

export const byRoute = task(
  { tags: ['transform'], description: 'Every route, the busiest first.' },
  ({ clean }: { clean: Flight[] }): RouteFigures[] =>
    groups(clean, ({ origin, destination }) => `${origin}-${destination}`)
      .map(([route, flights]) => ({ route, n: flights.length }))
      .sort((a, b) => b.n - a.n || compare(a.route, b.route)),
);

export const joined = task(
  { tags: ['transform'], description: 'Flights with the states of both ends.' },
  ({ clean, airports }: { clean: Flight[]; airports: Map<string, Airport> }): JoinedFlight[] => {
    const stateOf = (code: string): string => airports.get(code)?.state ?? UNMATCHED;
    return clean.map((flight) => ({
      ...flight,
      originState: stateOf(flight.origin),
      destinationState: stateOf(flight.destination),
    }));
  },
);

export const unmatched = task(
  { tags: ['transform'], description: 'Codes in the flights that no airport has.' },
  ({ clean, airports }: { clean: Flight[]; airports: Map<string, Airport> }): Unmatched => {
    const misfits = (codes: string[]): string[] =>
      [...new Set(codes)].filter((code) => !airports.has(code)).sort(compare);
    return {
      origins: misfits(clean.map(({ origin }) => origin)),
      destinations: misfits(clean.map(({ destination }) => destination)),
    };
  },
);

export const byState = task(
  { tags: ['transform'], description: 'Departures by state, the busiest first.' },
  ({ joined, lateAfter }: { joined: JoinedFlight[]; lateAfter: number }): StateFigures[] =>
    groups(joined, ({ originState }) => originState)
      .map(([state, flights]) => ({
        state,
        ...delaysOf(flights),
        late: lateAmong(flights, lateAfter),
      }))
      .sort((a, b) => b.n - a.n || compare(a.state, b.state)),
);

export const total = task(
  { tags: ['transform'] },
  ({ clean, lateAfter }: { clean: Flight[]; lateAfter: number }): Total => {
    const delays = clean.map(({ delay }) => delay);
    const dates = clean.map(({ date }) => date).sort(compare);
    const [earliest, latest] = [dates[0], dates.at(-1)];
    if (earliest === undefined || latest === undefined)
      throw new Error('no flight is left to report on');
    return {
      n: clean.length,
      sumDelay: sum(delays),
      late: lateAmong(clean, lateAfter),
      sumDistance: sum(clean.map(({ distance }) => distance)),
      minDelay: delays.reduce((a, b) => Math.min(a, b)),
      maxDelay: delays.reduce((a, b) => Math.max(a, b)),
      earliest,
      latest,
    };
  },
);

export const report = task({ tags: ['report'] }, (figures: Figures): string => reportText(figures));

export const page = task({ tags: ['load'] }, (figures: Figures): string => pageHtml(figures));

/** Writes the page where `out` says, from the folder dp was started in. Whoever opens the file sees all of it or the one before. */
export const publish = task(
  { tags: ['load', 'report'] },
  async ({ page, out }: { page: string; out: string }, ctx): Promise<string> => {
    const file = resolve(out);
    const staged = `${file}.${ctx.runId}.tmp`;
    await mkdir(dirname(file), { recursive: true });
    await writeFile(staged, page);
    await rename(staged, file);
    return `The report as a page: ${file}`;
  },
);

/** The state of an airport that is not in the list. */
const UNMATCHED = '(unmatched)';

function isFlight(row: Row): row is Row & Flight {
  return (
    typeof row['date'] === 'string' &&
    /^\d{4}\/\d\d\/\d\d \d\d:\d\d$/.test(row['date']) &&
    isInteger(row['delay']) &&
    isInteger(row['distance']) &&
    typeof row['origin'] === 'string' &&
    typeof row['destination'] === 'string'
  );
}

const delaysOf = (flights: readonly Flight[]): { n: number; sumDelay: number } => ({
  n: flights.length,
  sumDelay: sum(flights.map(({ delay }) => delay)),
});

const lateAmong = (flights: readonly Flight[], lateAfter: number): number =>
  flights.filter(({ delay }) => delay > lateAfter).length;

/** `2001/01/31 23:59` → `2001-01-31` */
const dayOf = ({ date }: Flight): string => date.slice(0, 10).replaceAll('/', '-');
