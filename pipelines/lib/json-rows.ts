/** An object of which nothing is known yet; whoever reads it checks what it needs. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * The objects of one JSON array, one at a time: memory holds one piece of text, however long the array is.
 * Throws a SyntaxError that names the row, from 1, when the text is anything else.
 */
export async function* jsonRows(text: AsyncIterable<string>): AsyncGenerator<Row> {
  let begun = false;
  let rows = 0;
  let unread = '';
  for await (const piece of text) {
    unread += piece;
    if (!begun) {
      unread = unread.trimStart();
      if (unread === '') continue;
      if (unread[0] !== '[') throw new SyntaxError('the text is not a JSON array');
      unread = unread.slice(1);
      begun = true;
    }
    let start = 0;
    for (const end of commas(unread)) {
      yield parseRow(unread.slice(start, end), ++rows);
      start = end + 1;
    }
    unread = unread.slice(start);
  }
  const last = /^(.*)\]\s*$/s.exec(unread)?.[1];
  if (!begun || last === undefined) throw new SyntaxError(`the array breaks off after row ${rows}`);
  if (rows > 0 || last.trim() !== '') yield parseRow(last, ++rows);
}

/** Where the commas between elements are. A row that the end of the text cuts in two is read again with the next piece. */
function* commas(text: string): Generator<number> {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth++;
    else if ((char === '}' || char === ']') && depth-- === 0) return;
    else if (char === ',' && depth === 0) yield i;
  }
}

function parseRow(text: string, row: number): Row {
  try {
    const value: unknown = JSON.parse(text);
    if (isRow(value)) return value;
  } catch (cause) {
    throw new SyntaxError(`row ${row} of the array is not JSON`, { cause });
  }
  throw new SyntaxError(`row ${row} of the array is not an object`);
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
