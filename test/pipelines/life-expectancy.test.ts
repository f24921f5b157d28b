import { beforeAll, describe, expect, test } from 'vitest';
import * as tasks from '../../pipelines/life_expectancy.ts';
import { expectedFigures, hasExpected } from './expected.ts';
import { testNeeding } from '../test-needing.ts';

describe('the life expectancy pipeline', () => {
  let figures: Awaited<ReturnType<typeof compute>>;
  beforeAll(async () => {
    figures = await compute();
  });

  test('places people in regions, life weighted by population', () => {
    expect(figures.byRegionYear).toHaveLength(66);
    expect(figures.byRegionYear.filter(({ year }) => year === 2005)).toEqual([
      { region: '(unmatched)', year: 2005, rows: 2, pop: 75641589, life: '77.265' },
      { region: 'Africa', year: 2005, rows: 5, pop: 313452488, life: '59.019' },
      { region: 'Americas', year: 2005, rows: 20, pop: 840009410, life: '75.670' },
      { region: 'Asia', year: 2005, rows: 16, pop: 3452674748, life: '69.507' },
      { region: 'Europe', year: 2005, rows: 17, pop: 425355876, life: '79.564' },
      { region: 'Oceania', year: 2005, rows: 2, pop: 24304512, life: '80.995' },
    ]);
  });

  test('names the countries that have no region', () => {
    expect(figures.misfits).toEqual(['Hong Kong, China', 'Turkey']);
  });

  test('ranks the countries that grew most', () => {
    expect(figures.growth.map(({ country, factor }) => [country, factor])).toEqual([
      ['Saudi Arabia', '6.8114'],
      ['Kenya', '5.4648'],
      ['Iraq', '4.4802'],
      ['Israel', '4.2903'],
      ['Pakistan', '4.2506'],
    ]);
  });

  test('counts the people of each year', () => {
    expect(figures.worldPopulation).toEqual({
      1955: 2165658066,
      1960: 2378037021,
      1965: 2629431020,
      1970: 2919034071,
      1975: 3217474733,
      1980: 3507311659,
      1985: 3830028603,
      1990: 4182912907,
      1995: 4511088818,
      2000: 4824231189,
      2005: 5131438623,
    });
  });

  test('finds the 45 countries without a coast', () => {
    expect(figures.landlocked).toHaveLength(45);
    expect(figures.landlocked).toContain('Switzerland');
  });

  testNeeding('the figures of another program', hasExpected)(
    'gives every figure another program gave',
    () => {
      expect(asExpected(figures)).toEqual(expectedFigures('life_expectancy'));
    },
  );

  test('reports all of it in a text that fits a terminal', () => {
    const text = tasks.report({ from: 1955, to: 2005, ...figures });
    expect(text).toMatch(/Africa +5 +313,452,488 +46\.668 +59\.019 +▁▂▃▄▅▇▇██▇█/);
    expect(text).toContain('Without a region: Hong Kong, China; Turkey');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

async function compute() {
  const gapminder = await tasks.gapminder();
  const countries = await tasks.countries();
  const placed = tasks.placed({ gapminder, countries });
  return {
    gapminder,
    countries,
    misfits: tasks.misfits({ placed }),
    byRegionYear: tasks.byRegionYear({ placed }),
    worldPopulation: tasks.worldPopulation({ gapminder }),
    growth: tasks.growth({ gapminder, from: 1955, to: 2005 }),
    landlocked: tasks.landlocked({ countries }),
  };
}

/** In the shape of the figures to compare with. */
function asExpected(figures: Awaited<ReturnType<typeof compute>>): Record<string, unknown> {
  const last = figures.byRegionYear.filter(({ year }) => year === 2005);
  return {
    input: { gapminder: figures.gapminder.length, countries: figures.countries.length },
    regionYears: figures.byRegionYear.length,
    year2005: Object.fromEntries(
      last.map(({ region, rows, pop, life }) => [region, { rows, pop, life }]),
    ),
    top5PopGrowth1955to2005: figures.growth.map(({ country, factor }) => [country, factor]),
    worldPop: figures.worldPopulation,
    landlocked: figures.landlocked.length,
  };
}
