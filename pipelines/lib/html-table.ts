import { html } from './html.ts';
import type { Html } from './html.ts';

/** A table of texts: the first column names the row, the others are figures. */
export function htmlTable(headings: readonly string[], rows: readonly (readonly string[])[]): Html {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          ${headings.map((heading) => html`<th>${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (cells) =>
            html`<tr>
              ${cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
