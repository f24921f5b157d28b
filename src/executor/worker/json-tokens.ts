/** The texts and numbers of a JSON document, changed one by one; all else stays as it is written, to the digit. */
const TEXT_OR_NUMBER = /"|-?\d[\d.eE+-]*/g;

/**
 * `change` receives each token as it is written, and returns its replacement. A regular expression for whole texts would need a
 * stack as deep as they are long.
 */
export function changedTokens(json: string, change: (token: string) => string): string {
  let changed = '';
  let from = 0;
  const tokens = new RegExp(TEXT_OR_NUMBER);
  for (let found; (found = tokens.exec(json)) !== null; tokens.lastIndex = from) {
    const end = found[0] === '"' ? endOfText(json, found.index) : tokens.lastIndex;
    changed += json.slice(from, found.index) + change(json.slice(found.index, end));
    from = end;
  }
  return changed + json.slice(from);
}

function endOfText(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}
