import type { Diagnostic, Place } from '../../model/diagnostic.ts';

/** Limit of the size of a file; a pipeline of 100,000 tasks stays below. A reader needs at most one byte beyond it. */
export const MAX_BYTES = 16 * 1024 * 1024;
// oxlint-disable-next-line no-control-regex -- The pattern looks for control characters.
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/;

/** A half-open range of UTF-16 offsets in a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The text of a file, which knows the line and column of every offset. */
export class SourceText {
  readonly file: string;
  readonly text: string;
  readonly #lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    this.#lineStarts = lineStartsOf(text);
  }

  place(span: Span): Place {
    return { file: this.file, ...this.#position(span.start), end: this.#position(span.end) };
  }

  #position(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** Returns the text of the bytes, or why they are not the text of a pipeline file. A byte order mark is dropped. */
export function decodeSource(bytes: Uint8Array, file: string): SourceText | Diagnostic {
  const start: Place = { file, line: 1, column: 1 };
  if (bytes.length > MAX_BYTES) {
    return {
      code: 'DP1006',
      severity: 'error',
      message: `the file has more than ${MAX_BYTES} bytes`,
      at: start,
      hint: 'split it into several pipelines',
    };
  }
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    return {
      code: 'DP1002',
      severity: 'error',
      message: 'the file is UTF-16, not UTF-8',
      at: start,
      hint: 'save it again as UTF-8',
    };
  }
  let source: SourceText;
  try {
    source = new SourceText(file, new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return notUtf8(bytes, file);
  }
  const control = source.text.search(CONTROL);
  if (control === -1) return source;
  const code = source.text.charCodeAt(control).toString(16).padStart(4, '0').toUpperCase();
  return {
    code: 'DP1001',
    severity: 'error',
    message: `the control character U+${code} is not allowed in YAML`,
    at: source.place({ start: control, end: control + 1 }),
    hint: `remove it, or write it as "\\u${code}" inside double quotes`,
  };
}

/** Returns the problem with the first byte that does not decode. */
function notUtf8(bytes: Uint8Array, file: string): Diagnostic {
  const decoder = new TextDecoder('utf-8');
  const good = decoder.decode(bytes);
  // Decoding and encoding again changes the length or the bytes first at the fault.
  const again = new TextEncoder().encode(good);
  const shift = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  let fault = 0;
  while (fault < again.length && again[fault] === bytes[fault + shift]) fault++;
  const before = decoder.decode(again.subarray(0, fault));
  const source = new SourceText(file, before);
  return {
    code: 'DP1002',
    severity: 'error',
    message: `the file is not UTF-8: byte ${fault + shift} does not decode`,
    at: source.place({ start: before.length, end: before.length }),
    hint: 'save it again as UTF-8',
  };
}

/** Returns the text in double quotes, cut to a readable length, with everything escaped that could control a terminal. */
export function quoted(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
