import { htmlTable } from '../lib/html-table.ts';
import { grouped, mean, share } from '../lib/format.ts';
import { html } from '../lib/html.ts';
import { PAGE_STYLE } from '../lib/page-style.ts';
import { barChart, columnChart } from '../lib/svg-chart.ts';
import { airportMap } from './map.ts';
import { misfits } from './report.ts';
import type { Html } from '../lib/html.ts';
import type { Figures } from './figures.ts';

/** The report as one HTML file: nothing is fetched, charts are SVG, and hovering tells the figures. */
export function pageHtml(figures: Figures): string {
  const { total, lateAfter, minFlights } = figures;
  const title = `Flights from ${total.earliest.slice(0, 10)} to ${total.latest.slice(0, 10)}`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${PAGE_STYLE}
        </style>
      </head>
      <body>
        <main>
          <header>
            <h1>${title}</h1>
            <p>
              When are flights in the United States late, and from where? ${grouped(total.n)}
              departures, sampled.
            </p>
            ${cards(figures)}
          </header>
          <section>
            <h2>Day by day</h2>
            <p>Mean delay of each day’s departures, in minutes; below zero they left early.</p>
            ${dayChart(figures)}
          </section>
          <section>
            <h2>Month by month</h2>
            ${monthTable(figures)}
          </section>
          <section>
            <h2>The most delayed airports</h2>
            <p>Mean delay in minutes, of the airports with at least ${minFlights} departures.</p>
            ${worstChart(figures)}
          </section>
          <section>
            <h2>On the map</h2>
            <p>
              The larger a circle, the more departures; the redder, the later. The contiguous
              states.
            </p>
            ${airportMap(figures)}
          </section>
          <section>
            <h2>State by state</h2>
            <p>The ten states with the most departures, of ${figures.byState.length}.</p>
            ${stateTable(figures)}
          </section>
          <section>
            <h2>The busiest routes</h2>
            <ol>
              ${figures.byRoute.slice(0, 10).map(({ route, n }) => html`<li>${route.replace('-', ' to ')}: ${n}</li>`)}
            </ol>
          </section>
          <footer>
            <p>
              Late means more than ${lateAfter} minutes after time. Means are rounded half up from
              exact sums. ${misfits(figures)}
            </p>
            <p>
              Data: on-time records of the US Bureau of Transportation Statistics, as sampled in
              vega-datasets.
            </p>
          </footer>
        </main>
      </body>
    </html> `.html;
}

function cards({ total, lateAfter }: Figures): Html {
  return html`<div class="cards">
    ${[
      card(grouped(total.n), 'departures'),
      card(`${mean(total.sumDelay, total.n)} min`, 'mean delay'),
      card(share(total.late, total.n), `more than ${lateAfter} minutes late`),
      card(`${grouped(total.maxDelay)} min`, 'longest delay'),
    ]}
  </div>`;
}

const card = (figure: string, caption: string): Html =>
  html`<div><strong>${figure}</strong><span>${caption}</span></div>`;

function dayChart({ byDay }: Figures): Html {
  const months = new Intl.DateTimeFormat('en', { month: 'long', timeZone: 'UTC' });
  return columnChart(
    'Mean delay of each day, in minutes',
    byDay.map(({ day, n, sumDelay }) => ({
      value: sumDelay / n,
      label: day.endsWith('-01') ? months.format(new Date(day)) : '',
      hint: `${day}: ${mean(sumDelay, n)} minutes, ${grouped(n)} departures`,
    })),
  );
}

function monthTable({ byMonth }: Figures): Html {
  return htmlTable(
    ['Month', 'Departures', 'Late', 'Share', 'Mean delay, min', 'Miles'],
    byMonth.map(({ month, n, late, meanDelay, sumDistance }) => [
      month,
      grouped(n),
      grouped(late),
      share(late, n),
      meanDelay,
      grouped(sumDistance),
    ]),
  );
}

function worstChart({ worst, airports }: Figures): Html {
  return barChart(
    'Airports with the greatest mean delay, in minutes',
    worst.map(({ origin, n, meanDelay }) => ({
      label: origin,
      detail: airports.get(origin)?.name ?? '',
      value: Number(meanDelay),
      text: meanDelay,
      hint: `${origin}: ${grouped(n)} departures`,
    })),
  );
}

function stateTable({ byState }: Figures): Html {
  return htmlTable(
    ['State', 'Departures', 'Late', 'Share', 'Mean delay, min'],
    byState
      .slice(0, 10)
      .map(({ state, n, late, sumDelay }) => [
        state,
        grouped(n),
        grouped(late),
        share(late, n),
        mean(sumDelay, n),
      ]),
  );
}
