/**
 * A fast reader for common YAML: block mappings and lists, flow collections, one-line texts, `|` blocks.
 * It is ten times as fast as the library and loads nothing. It reports no errors: where a text is wrong, or not
 * obviously right, it gives up, and the library reads the text from the beginning.
 */
import type { YamlEntry, YamlList, YamlMap, YamlNode, YamlScalar } from './yaml-node.ts';

/** Returns exactly what the library would return for a text without errors; undefined when the library has to read it. */
export function readPlainYaml(text: string): YamlMap | undefined {
  if (UNUSUAL.test(text)) return undefined;
  try {
    return new PlainReader(text).read();
  } catch (thrown) {
    if (thrown instanceof Unsure) return undefined;
    throw thrown;
  }
}

/** Matches tabs and rare line breaks, whose meaning depends on the place. */
const UNUSUAL = /[\t\r\u0085\u2028\u2029\ufeff]/;
const MAX_DEPTH = 30;
const KEY = /([A-Za-z_][\w.-]{0,200})(?= *:(?:[ \n]|$))/y;
const PLAIN_START = /[^\s\-?:,[\]{}#&*!|>'"%@`]|-(?=[^\s,[\]{}])/y;
/** Matches the rest of the line up to a comment. */
const PLAIN_IN_BLOCK = /(?:[^\n#:]|:(?=[^ \n])|(?<! )#)*/y;
const PLAIN_IN_FLOW = /(?:[^\n#:,[\]{}]|:(?=[^ \n,[\]{}])|(?<! )#)*/y;
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  n: '\n',
  t: '\t',
  r: '\r',
};

class Unsure extends Error {}

class PlainReader {
  readonly #text: string;
  #at = 0;
  #lineStart = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): YamlMap {
    this.#toContent();
    const root = this.#column === 0 && this.#isKey() ? this.#map(0) : this.#giveUp();
    if (this.#at < this.#text.length) this.#giveUp();
    return root;
  }

  get #column(): number {
    return this.#at - this.#lineStart;
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #giveUp(): never {
    throw new Unsure();
  }

  /** Moves to the first character of the next line that holds more than a comment; to the end when there is none. */
  #toContent(): void {
    const text = this.#text;
    for (;;) {
      while (text[this.#at] === ' ') this.#at++;
      if (text[this.#at] === '#') this.#at = this.#endOfLine();
      if (text[this.#at] !== '\n') break;
      this.#at++;
      this.#lineStart = this.#at;
    }
    if (this.#column === 0 && /[-.%]/.test(this.#peek() ?? '') && !text.startsWith('- ', this.#at))
      this.#giveUp();
  }

  #endOfLine(): number {
    const newline = this.#text.indexOf('\n', this.#at);
    return newline === -1 ? this.#text.length : newline;
  }

  /** Moves past the blanks and the comment that may end a line, and stays on that line. */
  #finishLine(): void {
    const before = this.#at;
    while (this.#peek() === ' ') this.#at++;
    if (this.#peek() === '#' && this.#at > before) this.#at = this.#endOfLine();
    if (this.#peek() !== undefined && this.#peek() !== '\n') this.#giveUp();
  }

  #isItem(): boolean {
    const after = this.#text[this.#at + 1];
    return this.#peek() === '-' && (after === ' ' || after === '\n' || after === undefined);
  }

  #isKey(): boolean {
    if (this.#peek() !== '"' && this.#peek() !== "'") return this.#matches(KEY) !== undefined;
    const before = this.#at;
    this.#quoted();
    while (this.#peek() === ' ') this.#at++;
    const after = this.#text[this.#at + 1];
    const is = this.#peek() === ':' && (after === ' ' || after === '\n' || after === undefined);
    this.#at = before;
    return is;
  }

  #matches(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0];
  }

  #map(column: number): YamlMap {
    const start = this.#at;
    const entries = new Map<string, YamlEntry>();
    let end = start;
    if (++this.#depth > MAX_DEPTH) this.#giveUp();
    do {
      if (!this.#isKey()) this.#giveUp();
      const entry = this.#entry(column);
      this.#add(entries, entry);
      end = entry.value.end;
    } while (this.#continues(column));
    this.#depth--;
    return { is: 'map', entries, start, end };
  }

  /** Returns whether the next content begins in exactly this column. It gives up on deeper content, which belongs to nothing. */
  #continues(column: number): boolean {
    this.#toContent();
    if (this.#peek() === undefined || this.#column < column) return false;
    return this.#column === column || this.#giveUp();
  }

  #add(entries: Map<string, YamlEntry>, entry: YamlEntry): void {
    if (entry.key === '__proto__' || entries.has(entry.key)) this.#giveUp();
    entries.set(entry.key, entry);
  }

  #entry(column: number): YamlEntry {
    const { text: key, start, end } = this.#key();
    while (this.#peek() === ' ') this.#at++;
    this.#at++;
    return { key, keySpan: { start, end }, value: this.#valueOfKey(column) };
  }

  #key(): { text: string; start: number; end: number } {
    const start = this.#at;
    if (this.#peek() === '"' || this.#peek() === "'") {
      const text = this.#quoted();
      return { text, start, end: this.#at };
    }
    const text = this.#matches(KEY) ?? this.#giveUp();
    this.#at += text.length;
    return { text, start, end: this.#at };
  }

  #valueOfKey(column: number): YamlNode {
    const empty = this.#at;
    while (this.#peek() === ' ') this.#at++;
    if (this.#peek() !== '\n' && this.#peek() !== '#' && this.#peek() !== undefined) {
      if (this.#peek() === '|') return this.#literal(column);
      return this.#inline(column);
    }
    this.#at = empty;
    this.#finishLine();
    this.#toContent();
    if (this.#peek() !== undefined) {
      if (this.#column === column && this.#isItem()) return this.#list(column);
      if (this.#column > column) return this.#block(column);
    }
    return { is: 'scalar', value: null, start: empty, end: empty };
  }

  /** Reads a value that begins a line of its own, or follows a `-`. */
  #block(parentColumn: number): YamlNode {
    const column = this.#column;
    if (this.#isItem()) return this.#list(column);
    if (this.#isKey()) return this.#map(column);
    return this.#inline(parentColumn);
  }

  #list(column: number): YamlList {
    const start = this.#at;
    const items: YamlNode[] = [];
    if (++this.#depth > MAX_DEPTH) this.#giveUp();
    do {
      if (!this.#isItem()) break;
      this.#at++;
      this.#toContent();
      if (this.#peek() === undefined || this.#column <= column) this.#giveUp();
      items.push(this.#block(column));
    } while (this.#continues(column));
    this.#depth--;
    return { is: 'list', items, start, end: items.at(-1)!.end };
  }

  /** Reads a text, a number or a flow collection, and then the end of the line. */
  #inline(parentColumn: number): YamlNode {
    const node = this.#flow(parentColumn, PLAIN_IN_BLOCK);
    this.#finishLine();
    return node;
  }

  #flow(parentColumn: number, plain: RegExp): YamlNode {
    switch (this.#peek()) {
      case '[':
        return this.#flowList(parentColumn);
      case '{':
        return this.#flowMap(parentColumn);
      case '"':
      case "'": {
        const start = this.#at;
        return { is: 'scalar', value: this.#quoted(), start, end: this.#at };
      }
      default:
        return this.#plain(plain);
    }
  }

  #flowList(parentColumn: number): YamlList {
    const start = this.#at;
    const items: YamlNode[] = [];
    this.#inCollection(parentColumn, ']', () =>
      items.push(this.#flow(parentColumn, PLAIN_IN_FLOW)),
    );
    return { is: 'list', items, start, end: this.#at };
  }

  #flowMap(parentColumn: number): YamlMap {
    const start = this.#at;
    const entries = new Map<string, YamlEntry>();
    this.#inCollection(parentColumn, '}', () => {
      if (!this.#isKey()) this.#giveUp();
      const { text: key, ...keySpan } = this.#key();
      while (this.#peek() === ' ') this.#at++;
      this.#at++;
      this.#withinFlow(parentColumn);
      this.#add(entries, { key, keySpan, value: this.#flow(parentColumn, PLAIN_IN_FLOW) });
    });
    return { is: 'map', entries, start, end: this.#at };
  }

  /** Calls `readItem` at the beginning of each item, and ends behind the closing bracket. */
  #inCollection(parentColumn: number, closing: string, readItem: () => void): void {
    if (++this.#depth > MAX_DEPTH) this.#giveUp();
    this.#at++;
    this.#withinFlow(parentColumn);
    while (this.#peek() !== closing) {
      readItem();
      this.#withinFlow(parentColumn);
      if (this.#peek() === closing) break;
      if (this.#peek() !== ',') this.#giveUp();
      this.#at++;
      this.#withinFlow(parentColumn);
    }
    this.#at++;
    this.#depth--;
  }

  /** Moves past blanks and line breaks; the next character has to be indented deeper than the owner of the collection. */
  #withinFlow(parentColumn: number): void {
    for (;;) {
      while (this.#peek() === ' ') this.#at++;
      if (this.#peek() !== '\n') break;
      this.#at++;
      this.#lineStart = this.#at;
    }
    if (this.#peek() === '#' || this.#column <= parentColumn) this.#giveUp();
  }

  #plain(pattern: RegExp): YamlScalar {
    const start = this.#at;
    if (this.#matches(PLAIN_START) === undefined) this.#giveUp();
    const text = this.#matches(pattern)!.trimEnd();
    this.#at += text.length;
    return { is: 'scalar', value: this.#resolve(text), start, end: this.#at };
  }

  /** Resolves a plain scalar by the core schema of YAML 1.2. */
  #resolve(text: string): YamlScalar['value'] {
    if (/^[^-+.\d~tTfFnN]/.test(text)) return text;
    if (/^(?:~|[Nn]ull|NULL)$/.test(text)) return null;
    if (/^(?:[Tt]rue|TRUE)$/.test(text)) return true;
    if (/^(?:[Ff]alse|FALSE)$/.test(text)) return false;
    if (!/^[-+.\d]/.test(text)) return text;
    if (/^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(text)) return Number(text);
    // The library reads other spellings of numbers: octal, infinite, rounded, with an exponent.
    if (/^[-+]?(?:0[ox]|[.\d]*\d[.\d]*(?:[eE]|$)|\.[A-Za-z]{3}$)/.test(text)) this.#giveUp();
    return text;
  }

  #quoted(): string {
    const quote = this.#peek()!;
    let value = '';
    for (let from = this.#at + 1; ;) {
      let end = from;
      while (
        end < this.#text.length &&
        this.#text[end] !== quote &&
        this.#text[end] !== '\\' &&
        this.#text[end] !== '\n'
      )
        end++;
      value += this.#text.slice(from, end);
      const found = this.#text[end];
      if (found === quote && quote === "'" && this.#text[end + 1] === "'") {
        value += "'";
        from = end + 2;
      } else if (found === quote) {
        this.#at = end + 1;
        return value;
      } else if (found === '\\' && quote === "'") {
        value += '\\';
        from = end + 1;
      } else if (found === '\\') {
        value += ESCAPES[this.#text[end + 1] ?? ''] ?? this.#giveUp();
        from = end + 2;
      } else {
        this.#giveUp();
      }
    }
  }

  /** Reads a block text: `|` or `|-`, then the lines with the same indentation. */
  #literal(parentColumn: number): YamlScalar {
    const start = this.#at;
    const header = this.#matches(/\|-?\n/y) ?? this.#giveUp();
    let at = this.#at + header.length;
    const indent = /^ */.exec(this.#text.slice(at, at + 200))![0].length;
    if (indent <= parentColumn || this.#text[at + indent] === '\n' || indent >= 200) this.#giveUp();
    const lines: string[] = [];
    let end = at;
    const prefix = ' '.repeat(indent);
    for (;;) {
      const newline = this.#text.indexOf('\n', at);
      const line = this.#text.slice(at, newline === -1 ? this.#text.length : newline);
      const isBlank = line.trim() === '';
      if (!isBlank && !line.startsWith(prefix)) break;
      if (newline === -1 && !isBlank) this.#giveUp();
      if (isBlank && line !== '') this.#giveUp();
      if (newline === -1) break;
      lines.push(line.slice(indent));
      at = newline + 1;
      if (!isBlank) end = at;
    }
    this.#lineStart = at;
    this.#at = at;
    const ending = header === '|\n' ? '\n' : '';
    const value = `${lines.join('\n').replace(/\n+$/, '')}${ending}`;
    return { is: 'scalar', value, start, end };
  }
}
