/**
 * Life expectancy: people and their years, by country and region. The countries of one source are placed in
 * the regions of another; whatever does not fit is kept and named. Data: gapminder.org, from vega-datasets
 * (62 countries, every five years), and world-countries.
 */
import { task } from 'dp';
import { decimals, isInteger, sum } from './lib/exact.ts';
import { grouped, mean } from './lib/format.ts';
import { groups } from './lib/groups.ts';
import { jsonRows } from './lib/json-rows.ts';
import { packageFile, textOf } from './lib/package-file.ts';
import { bar, sparkline } from './lib/text-chart.ts';
import { textTable } from './lib/text-table.ts';
import type { Row } from './lib/json-rows.ts';

interface CountryYear {
  readonly country: string;
  readonly year: number;
  readonly pop: number;
  /** Hundredths of a year, which is what the data is precise to: sums of them are exact. */
  readonly life: number;
}

interface Country {
  readonly name: string;
  readonly region: string;
  readonly landlocked: boolean;
}

interface Placed extends CountryYear {
  /** `(unmatched)` for a country that the list does not have under this name. */
  readonly region: string;
}

interface RegionYear {
  readonly region: string;
  readonly year: number;
  /** Countries counted. */
  readonly rows: number;
  readonly pop: number;
  /** Years, weighted by population. */
  readonly life: string;
}

interface Growth {
  readonly country: string;
  /** Population of the last year over that of the first. */
  readonly factor: string;
}

export const gapminder = task({ tags: ['extract'] }, (): Promise<CountryYear[]> => {
  const rows = jsonRows(textOf(packageFile('vega-datasets', 'data/gapminder.json')));
  return Array.fromAsync(rows, toCountryYear);
});

export const countries = task({ tags: ['extract'] }, (): Promise<Country[]> => {
  const rows = jsonRows(textOf(packageFile('world-countries', 'countries.json')));
  return Array.fromAsync(rows, toCountry);
});

export const placed = task(
  { tags: ['transform'], dependencies: ['gapminder', 'countries'] },
  ({ gapminder, countries }: { gapminder: CountryYear[]; countries: Country[] }): Placed[] => {
    const regions = new Map(countries.map(({ name, region }) => [name, region]));
    return gapminder.map((row) => ({ ...row, region: regions.get(row.country) ?? UNMATCHED }));
  },
);

export const misfits = task(
  { tags: ['transform'], dependencies: ['placed'], description: 'Countries without a region.' },
  ({ placed }: { placed: Placed[] }): string[] => {
    const unmatched = placed.filter(({ region }) => region === UNMATCHED);
    return [...new Set(unmatched.map(({ country }) => country))].sort();
  },
);

export const byRegionYear = task(
  { tags: ['transform'], dependencies: ['placed'] },
  ({ placed }: { placed: Placed[] }): RegionYear[] =>
    groups(placed, ({ region }) => region).flatMap(([region, ofRegion]) =>
      groups(ofRegion, ({ year }) => String(year)).map(([year, rows]) => ({
        region,
        year: Number(year),
        rows: rows.length,
        pop: sum(rows.map(({ pop }) => pop)),
        life: meanLife(rows),
      })),
    ),
);

export const worldPopulation = task(
  { tags: ['transform'], dependencies: ['gapminder'], description: 'People by year.' },
  ({ gapminder }: { gapminder: CountryYear[] }): Record<string, number> =>
    Object.fromEntries(
      groups(gapminder, ({ year }) => String(year)).map(([year, rows]) => [
        year,
        sum(rows.map(({ pop }) => pop)),
      ]),
    ),
);

export const growth = task(
  {
    tags: ['transform'],
    dependencies: ['gapminder'],
    description: 'The five countries that grew most.',
  },
  ({ gapminder, from, to }: { gapminder: CountryYear[]; from: number; to: number }): Growth[] => {
    const before = new Map(inYear(gapminder, from).map(({ country, pop }) => [country, pop]));
    return inYear(gapminder, to)
      .flatMap(({ country, pop }) => {
        const first = before.get(country);
        return first === undefined ? [] : [{ country, first, pop }];
      })
      .sort((a, b) => compareFractions(b, a))
      .slice(0, 5)
      .map(({ country, first, pop }) => ({ country, factor: decimals(pop, first, 4) }));
  },
);

export const landlocked = task(
  { tags: ['transform'], dependencies: ['countries'], description: 'Countries without a coast.' },
  ({ countries }: { countries: Country[] }): string[] =>
    countries.flatMap(({ name, landlocked }) => (landlocked ? [name] : [])).sort(),
);

interface Figures {
  readonly from: number;
  readonly to: number;
  readonly byRegionYear: readonly RegionYear[];
  readonly worldPopulation: Readonly<Record<string, number>>;
  readonly growth: readonly Growth[];
  readonly misfits: readonly string[];
  readonly landlocked: readonly string[];
}

export const report = task(
  {
    tags: ['report'],
    dependencies: ['byRegionYear', 'worldPopulation', 'growth', 'misfits', 'landlocked'],
  },
  (figures: Figures): string =>
    [
      `LIFE EXPECTANCY, ${figures.from} TO ${figures.to}`,
      regionTable(figures),
      `${grouped(figures.worldPopulation[figures.from] ?? 0)} people in ${figures.from}, ` +
        `${grouped(figures.worldPopulation[figures.to] ?? 0)} in ${figures.to}, in the countries counted.`,
      `The countries that grew most\n${growthTable(figures.growth)}`,
      `Without a region: ${figures.misfits.join('; ') || 'none'}\n` +
        `Without a coast: ${figures.landlocked.length} countries`,
    ].join('\n\n'),
);

/** The region of countries that have none. */
const UNMATCHED = '(unmatched)';

function toCountryYear({ country, year, pop, life_expect: life }: Row): CountryYear {
  if (
    typeof country !== 'string' ||
    !isInteger(year) ||
    !isInteger(pop) ||
    typeof life !== 'number'
  ) {
    throw new TypeError(`not a year of a country: ${JSON.stringify({ country, year, pop, life })}`);
  }
  return { country, year, pop, life: Math.round(life * 100) };
}

function toCountry({ name, region, landlocked }: Row): Country {
  const common = typeof name === 'object' && name !== null && 'common' in name ? name.common : name;
  if (typeof common !== 'string' || typeof region !== 'string' || typeof landlocked !== 'boolean') {
    throw new TypeError(`not a country: ${JSON.stringify({ name, region, landlocked })}`);
  }
  return { name: common, region, landlocked };
}

/** Years to three decimals, every person counting the same. Products of people and hundredths of years outgrow a double. */
function meanLife(rows: readonly CountryYear[]): string {
  const lived = rows.reduce((total, { pop, life }) => total + BigInt(pop) * BigInt(life), 0n);
  return mean(lived, 100n * BigInt(sum(rows.map(({ pop }) => pop))));
}

const inYear = (rows: readonly CountryYear[], wanted: number): CountryYear[] =>
  rows.filter(({ year }) => year === wanted);

/** a / b without dividing: equal fractions compare equal. */
function compareFractions(
  a: { readonly pop: number; readonly first: number },
  b: { readonly pop: number; readonly first: number },
): number {
  const difference = BigInt(a.pop) * BigInt(b.first) - BigInt(b.pop) * BigInt(a.first);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function regionTable({ byRegionYear, from, to }: Figures): string {
  const regions = groups(byRegionYear, ({ region }) => region).map(([region, years]) => ({
    region,
    first: years.find(({ year }) => year === from),
    last: years.find(({ year }) => year === to),
    course: years
      .filter(({ year }) => year >= from && year <= to)
      .sort((a, b) => a.year - b.year)
      .map(({ life }) => Number(life)),
  }));
  return textTable(regions, [
    { heading: 'Region', cell: ({ region }) => region },
    { heading: 'Countries', align: 'right', cell: ({ last }) => String(last?.rows ?? 0) },
    { heading: `People ${to}`, align: 'right', cell: ({ last }) => grouped(last?.pop ?? 0) },
    { heading: `Years ${from}`, align: 'right', cell: ({ first }) => first?.life ?? '–' },
    { heading: `Years ${to}`, align: 'right', cell: ({ last }) => last?.life ?? '–' },
    { heading: 'Course', cell: ({ course }) => sparkline(course) },
  ]);
}

function growthTable(growth: readonly Growth[]): string {
  const most = Math.max(...growth.map(({ factor }) => Number(factor)));
  return textTable(growth, [
    { heading: 'Country', cell: ({ country }) => country },
    { heading: 'Times', align: 'right', cell: ({ factor }) => factor },
    { heading: 'As many people', cell: ({ factor }) => bar(Number(factor), most, 40) },
  ]);
}
