/** Plain data as JSON, in pieces: a large value never becomes one text, for which the heap may have no room. */

/** Characters of a piece, about. */
const PIECE = 2 ** 16;

/** Takes what `plain` returns. */
export function* jsonPieces(value: unknown): Iterable<string> {
  let piece = '';
  for (const text of textsOf(value)) {
    piece += text;
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function* textsOf(value: unknown): Iterable<string> {
  if (typeof value === 'string') yield* textsOfString(value);
  else if (Array.isArray(value)) yield* textsOfList(value);
  else if (typeof value === 'object' && value !== null) yield* textsOfObject(value);
  else yield JSON.stringify(value);
}

/** A pair of surrogates may be cut in two: each half is escaped, and a reader joins them again. */
function* textsOfString(text: string): Iterable<string> {
  yield '"';
  for (let from = 0; from < text.length; from += PIECE)
    yield JSON.stringify(text.slice(from, from + PIECE)).slice(1, -1);
  yield '"';
}

function* textsOfList(list: readonly unknown[]): Iterable<string> {
  let before = '[';
  for (const item of list) {
    yield before;
    yield* textsOf(item);
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

function* textsOfObject(object: object): Iterable<string> {
  let before = '{';
  for (const [key, member] of Object.entries(object)) {
    yield before;
    yield* textsOfString(key);
    yield ':';
    yield* textsOf(member);
    before = ',';
  }
  yield before === '{' ? '{}' : '}';
}
