/** A line of a CSV file, by the names in its header. */
export type CsvRecord = Readonly<Record<string, string>>;

/** The records of a CSV text with a header (RFC 4180: quoted fields, doubled quotes, LF or CRLF), one at a time. */
export async function* csvRecords(text: AsyncIterable<string>): AsyncGenerator<CsvRecord> {
  let header: readonly string[] | undefined;
  let row = 0;
  for await (const fields of csvFields(text)) {
    row++;
    if (header === undefined) {
      header = fields;
      continue;
    }
    if (fields.length !== header.length) {
      throw new SyntaxError(
        `row ${row} has ${fields.length} fields, the header has ${header.length}`,
      );
    }
    yield Object.fromEntries(header.map((name, i) => [name, fields[i]!]));
  }
}

/** CSV text with a header; LF after every row, the last included. */
export function csvText(
  header: readonly string[],
  rows: Iterable<readonly (string | number)[]>,
): string {
  return [header, ...rows].map((fields) => `${fields.map(csvField).join(',')}\n`).join('');
}

async function* csvFields(text: AsyncIterable<string>): AsyncGenerator<string[]> {
  let fields: string[] = [];
  let field = '';
  /** A quote inside quotes may end the field or be the first of two; the next character tells. */
  let quoting: 'no' | 'yes' | 'perhaps ended' = 'no';
  for await (const piece of text) {
    for (const char of piece) {
      if (quoting === 'yes') {
        if (char === '"') quoting = 'perhaps ended';
        else field += char;
        continue;
      }
      if (char === '"') {
        if (quoting === 'perhaps ended') field += char;
        quoting = 'yes';
        continue;
      }
      quoting = 'no';
      if (char === ',') {
        fields.push(field);
        field = '';
      } else if (char === '\n') {
        yield [...fields, field];
        fields = [];
        field = '';
      } else if (char !== '\r') {
        field += char;
      }
    }
  }
  if (quoting === 'yes') throw new SyntaxError('the text ends inside a quoted field');
  if (field !== '' || fields.length > 0) yield [...fields, field];
}

function csvField(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
