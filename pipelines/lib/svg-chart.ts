import { html } from './html.ts';
import type { Html } from './html.ts';

/** Charts are this wide in their own units; the page scales them. */
export const WIDTH = 720;

export interface Bar {
  readonly label: string;
  /** Second line of the label, smaller. */
  readonly detail: string;
  readonly value: number;
  /** What stands behind the bar. */
  readonly text: string;
  /** Shown when pointed at. */
  readonly hint: string;
}

/** Horizontal bars from zero, one a row; values are not negative. */
export function barChart(title: string, bars: readonly Bar[]): Html {
  const [row, left, right] = [34, 275, 70];
  const most = Math.max(0, ...bars.map(({ value }) => value));
  return svg(
    title,
    bars.length * row,
    bars.map(({ label, detail, value, text, hint }, i) => {
      const length = most === 0 ? 0 : (value / most) * (WIDTH - left - right);
      const middle = i * row + row / 2;
      return html`<g>
        <title>${hint}</title>
        <text class="label" x="0" y="${middle}">${label}</text>
        <text class="detail" x="48" y="${middle}">${detail}</text>
        <rect
          class="bar"
          x="${left}"
          y="${i * row + 6}"
          width="${length.toFixed(1)}"
          height="${row - 12}"
          rx="3"
        />
        <text class="value" x="${(left + length + 8).toFixed(1)}" y="${middle}">${text}</text></g
      >`;
    }),
  );
}

export interface ColumnOfChart {
  readonly value: number;
  /** Under the axis; empty for most columns when there are many. */
  readonly label: string;
  readonly hint: string;
}

/** Columns side by side, up from the zero line or down. */
export function columnChart(title: string, columns: readonly ColumnOfChart[]): Html {
  const [height, left, top, bottom] = [220, 32, 8, 24];
  const values = columns.map(({ value }) => value);
  const [low, high] = [Math.min(0, ...values), Math.max(1, ...values)];
  const y = (value: number): number =>
    top + ((high - value) / (high - low)) * (height - top - bottom);
  const pitch = (WIDTH - left) / columns.length;
  return svg(title, height, [
    ...ticks(low, high).map(
      (value) =>
        html`<line
            class="${value === 0 ? 'zero' : 'grid'}"
            x1="${left}"
            x2="${WIDTH}"
            y1="${y(value).toFixed(1)}"
            y2="${y(value).toFixed(1)}"
          />
          <text class="tick" x="${left - 8}" y="${y(value).toFixed(1)}">${value}</text>`,
    ),
    ...columns.map(({ value, label, hint }, i) => {
      const x = left + i * pitch;
      return html`<g>
        <title>${hint}</title>
        <rect
          class="${value < 0 ? 'bar low' : 'bar'}"
          x="${(x + pitch * 0.12).toFixed(1)}"
          y="${y(Math.max(0, value)).toFixed(1)}"
          width="${(pitch * 0.76).toFixed(1)}"
          height="${Math.abs(y(value) - y(0)).toFixed(1)}"
          rx="1"
        />
        ${label === '' ? '' : html`<text class="label" x="${x.toFixed(1)}" y="${height - 8}">${label}</text>`}</g
      >`;
    }),
  ]);
}

/** An SVG image that a screen reader calls by its title. */
export function svg(title: string, height: number, content: readonly Html[]): Html {
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${title}">
    ${content}
  </svg>`;
}

/** Round values from `low` to `high`, about five of them, zero among them. */
function ticks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const values: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) values.push(i * step);
  return values;
}
