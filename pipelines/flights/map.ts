import { grouped, mean } from '../lib/format.ts';
import { html } from '../lib/html.ts';
import { svg, WIDTH } from '../lib/svg-chart.ts';
import type { Html } from '../lib/html.ts';
import type { Airport } from '../lib/airports.ts';
import type { Figures } from './figures.ts';

/** The contiguous United States, in degrees. */
const [WEST, EAST, SOUTH, NORTH] = [-125, -66.5, 24.3, 49.6];
/** A degree of longitude is shorter than one of latitude; this is by how much in the middle of the country. */
const SQUEEZE = Math.cos((38 * Math.PI) / 180);
const UNIT = WIDTH / ((EAST - WEST) * SQUEEZE);
/** A mean delay of so many minutes, and any above, has the strongest colour. */
const STRONGEST = 15;

/** Every airport of the list as a dot, which draws the country; those with departures as circles. */
export function airportMap({ airports, byOrigin }: Figures): Html {
  const dots = [...airports.values()]
    .filter(isInside)
    .map((airport) => `M${place(airport).join(' ')}h0`);
  const circles = byOrigin.flatMap((figures) => {
    const airport = airports.get(figures.origin);
    return airport !== undefined && isInside(airport) ? [{ ...figures, airport }] : [];
  });
  const busiestFirst = circles.sort((a, b) => b.n - a.n);
  return svg('Airports by departures and mean delay', Math.ceil((NORTH - SOUTH) * UNIT), [
    html`<path class="dots" d="${dots.join('')}" />`,
    ...busiestFirst.map(({ airport, n, sumDelay }) => {
      const [x, y] = place(airport);
      const strength = Math.round(
        (Math.min(Math.max(sumDelay / n, 0), STRONGEST) / STRONGEST) * 100,
      );
      return html`<circle
        cx="${x}"
        cy="${y}"
        r="${(Math.sqrt(n) * 0.55 + 1).toFixed(1)}"
        style="--late:${strength}%"
        ><title>
          ${airport.iata} ${airport.name}: ${grouped(n)} departures, mean delay ${mean(sumDelay, n)}
          minutes
        </title></circle
      >`;
    }),
  ]);
}

function isInside({ longitude, latitude }: Airport): boolean {
  return longitude > WEST && longitude < EAST && latitude > SOUTH && latitude < NORTH;
}

function place({ longitude, latitude }: Airport): [x: string, y: string] {
  return [((longitude - WEST) * SQUEEZE * UNIT).toFixed(1), ((NORTH - latitude) * UNIT).toFixed(1)];
}
