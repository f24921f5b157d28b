export interface Column<Row> {
  readonly heading: string;
  readonly align?: 'right';
  readonly cell: (row: Row) => string;
}

/** A table for a terminal: a heading, a rule, and the rows, two spaces between columns. Ends without a line feed. */
export function textTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = columns.map(({ cell }) => rows.map(cell));
  const widths = columns.map(({ heading }, i) => Math.max(...[heading, ...cells[i]!].map(width)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => pad(text, widths[i]!, columns[i]!.align))
      .join('  ')
      .trimEnd();
  return [
    line(columns.map(({ heading }) => heading)),
    widths.map((length) => '─'.repeat(length)).join('  '),
    ...rows.map((_, row) => line(cells.map((column) => column[row]!))),
  ].join('\n');
}

function pad(text: string, length: number, align: 'right' | undefined): string {
  const spaces = ' '.repeat(length - width(text));
  return align === 'right' ? spaces + text : text + spaces;
}

/** In characters as readers count them; the wide ones of East Asia are not expected here. */
const width = (text: string): number => [...CHARACTERS.segment(text)].length;

const CHARACTERS = new Intl.Segmenter('en');
