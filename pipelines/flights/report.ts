import { grouped, mean, share } from '../lib/format.ts';
import { bar, sparkline } from '../lib/text-chart.ts';
import { textTable } from '../lib/text-table.ts';
import type { DayFigures, Figures } from './figures.ts';

/** The report for a terminal 100 columns wide: plain text, so that it can be piped and kept. */
export function reportText(figures: Figures): string {
  return [
    headline(figures),
    months(figures),
    days(figures.byDay),
    worstAirports(figures),
    states(figures),
    routes(figures),
    misfits(figures),
  ].join('\n\n');
}

function headline({ total, byOrigin, byRoute, lateAfter }: Figures): string {
  return [
    `FLIGHTS FROM ${total.earliest} TO ${total.latest}`,
    `${grouped(total.n)} flights, ${byOrigin.length} airports, ${grouped(byRoute.length)} routes, ${grouped(total.sumDistance)} miles.`,
    `Mean delay ${mean(total.sumDelay, total.n)} minutes, from ${total.minDelay} to ${total.maxDelay}; ` +
      `${share(total.late, total.n)} left more than ${lateAfter} minutes late.`,
  ].join('\n');
}

function months({ byMonth }: Figures): string {
  const most = Math.max(...byMonth.map(({ meanDelay }) => Number(meanDelay)));
  return textTable(byMonth, [
    { heading: 'Month', cell: ({ month }) => month },
    { heading: 'Flights', align: 'right', cell: ({ n }) => grouped(n) },
    { heading: 'Late', align: 'right', cell: ({ late }) => grouped(late) },
    { heading: 'Share', align: 'right', cell: ({ late, n }) => share(late, n) },
    { heading: 'Mean delay', align: 'right', cell: ({ meanDelay }) => meanDelay },
    { heading: 'Minutes', cell: ({ meanDelay }) => bar(Number(meanDelay), most, 40) },
  ]);
}

function days(byDay: readonly DayFigures[]): string {
  const ranked = [...byDay].sort((a, b) => a.sumDelay * b.n - b.sumDelay * a.n);
  return [
    'Mean delay of each day',
    sparkline(byDay.map(({ sumDelay, n }) => sumDelay / n)),
    `least ${told(ranked[0])}, most ${told(ranked.at(-1))}`,
  ].join('\n');
}

function told(day: DayFigures | undefined): string {
  return day === undefined ? '–' : `${mean(day.sumDelay, day.n)} minutes on ${day.day}`;
}

function worstAirports({ worst, airports, minFlights }: Figures): string {
  const most = Math.max(...worst.map(({ meanDelay }) => Number(meanDelay)));
  const table = textTable(worst, [
    { heading: 'Airport', cell: ({ origin }) => origin },
    { heading: 'Name', cell: ({ origin }) => airports.get(origin)?.name ?? '' },
    { heading: 'Flights', align: 'right', cell: ({ n }) => grouped(n) },
    { heading: 'Mean delay', align: 'right', cell: ({ meanDelay }) => meanDelay },
    { heading: 'Minutes', cell: ({ meanDelay }) => bar(Number(meanDelay), most, 30) },
  ]);
  return `The most delayed airports with at least ${minFlights} departures\n${table}`;
}

function states({ byState }: Figures): string {
  const shown = byState.slice(0, 8);
  const most = Math.max(...shown.map(({ sumDelay, n }) => sumDelay / n));
  const table = textTable(shown, [
    { heading: 'State', cell: ({ state }) => state },
    { heading: 'Flights', align: 'right', cell: ({ n }) => grouped(n) },
    { heading: 'Late', align: 'right', cell: ({ late }) => grouped(late) },
    { heading: 'Share', align: 'right', cell: ({ late, n }) => share(late, n) },
    { heading: 'Mean delay', align: 'right', cell: ({ sumDelay, n }) => mean(sumDelay, n) },
    { heading: 'Minutes', cell: ({ sumDelay, n }) => bar(sumDelay / n, most, 30) },
  ]);
  return `The busiest ${shown.length} of ${byState.length} states\n${table}`;
}

function routes({ byRoute }: Figures): string {
  const busiest = byRoute.slice(0, 10).map(({ route, n }) => `${route} ${n}`);
  return `The busiest routes\n${busiest.slice(0, 5).join('   ')}\n${busiest.slice(5).join('   ')}`;
}

/** Also a sentence of the page. */
export function misfits({ unmatched }: Figures): string {
  const codes = [...new Set([...unmatched.origins, ...unmatched.destinations])];
  return codes.length === 0
    ? 'Every airport code in the flights is in the list of airports.'
    : `Not in the list of airports: ${codes.join(', ')}`;
}
