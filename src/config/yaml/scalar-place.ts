import type { SourceText, Span } from './source.ts';
import type { YamlScalar } from './yaml-node.ts';

/** Returns the place of a part of a text value in the file; the whole scalar when folding has changed the text. */
export function placeInScalar(source: SourceText, node: YamlScalar, part: Span): Span {
  const value = String(node.value);
  const start = offsetInScalar(source.text.slice(node.start, node.end), value, part.start);
  if (start === undefined) return node;
  const end = offsetInScalar(source.text.slice(node.start, node.end), value, part.end) ?? start + 1;
  return { start: node.start + start, end: node.start + Math.max(end, start + 1) };
}

function offsetInScalar(written: string, value: string, index: number): number | undefined {
  const style = written[0];
  if (style === '"') return inDoubleQuotes(written, index);
  if (style === '|' || style === '>') return inBlock(written, value, index);
  const before = value.slice(0, index);
  const shown = style === "'" ? `'${before.replaceAll("'", "''")}` : before;
  return written.startsWith(shown) ? shown.length : undefined;
}

const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

function inDoubleQuotes(written: string, index: number): number | undefined {
  let at = 1;
  for (let seen = 0; seen < index; seen++) {
    const character = written[at];
    // Line breaks inside quotes fold into spaces.
    if (character === undefined || character === '\n' || character === '\r') return undefined;
    if (character !== '\\') {
      at++;
      continue;
    }
    const kind = written[at + 1] ?? '';
    if (kind === '\n' || kind === '\r') return undefined;
    if (kind === 'U' && Number.parseInt(written.slice(at + 2, at + 10), 16) > 0xffff) seen++;
    at += ESCAPE_LENGTH[kind] ?? 2;
  }
  return at;
}

function inBlock(written: string, value: string, index: number): number | undefined {
  const before = value.slice(0, index).split('\n');
  const lines = written.split('\n');
  const line = lines[before.length];
  const shown = value.split('\n')[before.length - 1];
  if (line === undefined || shown === undefined || !line.endsWith(shown)) return undefined;
  const above = lines.slice(0, before.length).reduce((sum, text) => sum + text.length + 1, 0);
  return above + line.length - shown.length + before.at(-1)!.length;
}
