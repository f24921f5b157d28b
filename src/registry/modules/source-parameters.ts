import type { Json } from '../../model/json.ts';
import type { Parameter, Parameters } from '../../model/task.ts';

/**
 * Reads a function's first parameter from its text: the names that it destructures, and which have a default.
 * `typed` means that the source was TypeScript, whose types are gone at run time: a name without a default may still be optional.
 */
export function parametersOf(fn: (...args: never) => unknown, typed: boolean): Parameters {
  const source = fn.toString();
  const code = new SourcePart(source, withoutLiterals(source));
  const list = parameterList(code);
  if (list === undefined) return { is: 'unknown' };
  const [first] = list.split(',');
  if (first === undefined) {
    return /\barguments\b/.test(code.plain) ? { is: 'unknown' } : { is: 'known', list: [] };
  }
  const pattern = first.before('=');
  const isObject = pattern.plain.startsWith('{') && pattern.plain.endsWith('}');
  return isObject ? destructured(pattern.slice(1, -1).split(','), typed) : { is: 'unknown' };
}

/** Returns the text between the parentheses; undefined when the text is not recognized as a function. */
function parameterList(code: SourcePart): SourcePart | undefined {
  const [single, name] =
    /^(?:async\s+)?([\p{ID_Start}_$][\p{ID_Continue}$]*)\s*=>/u.exec(code.plain) ?? [];
  if (single !== undefined && name !== undefined)
    return code.slice(single.indexOf(name), single.length - 2);
  const open = code.find('(');
  if (open === -1 || /\{\s*\[native code\]\s*\}$/.test(code.plain)) return undefined;
  const inside = code.slice(open + 1);
  const close = inside.find(')');
  return close === -1 ? undefined : inside.slice(0, close);
}

function destructured(parts: readonly SourcePart[], typed: boolean): Parameters {
  const list: Parameter[] = [];
  for (const part of parts) {
    if (part.plain.startsWith('...')) return { is: 'known', list, rest: true };
    const name = NAME.exec(part.text)
      ?.slice(1)
      .find((group) => group !== undefined);
    if (name === undefined) return { is: 'unknown' };
    list.push({ name, ...defaultOf(part, typed) });
  }
  return { is: 'known', list };
}

/** Reads `name` or `'any text':`; a computed name cannot be known. */
const NAME = /^(?:([\p{ID_Start}_$][\p{ID_Continue}$]*)|'([^'\\]*)'\s*:|"([^"\\]*)"\s*:)/u;

function defaultOf(part: SourcePart, typed: boolean): Pick<Parameter, 'optional' | 'default'> {
  const equals = part.find('=');
  if (equals === -1) return { optional: typed };
  const value = literal(part.slice(equals + 1).text);
  return value === undefined ? { optional: true } : { optional: true, default: value };
}

/** Returns the value of a literal: JSON, or JavaScript's other ways to write a number or text. */
function literal(text: string): Json | undefined {
  const quoted = /^(['`])([^'`"\\$\n]*)\1$/.exec(text);
  const json = quoted === null ? text.replace(/^(-?\d+)_(?=\d)/, '$1') : JSON.stringify(quoted[2]);
  try {
    return JSON.parse(json) as Json; // JSON.parse returns Json.
  } catch {
    return undefined;
  }
}

/** Part of a source, with a copy in which comments and the contents of literals are blank; structure is read from the copy. */
class SourcePart {
  readonly text: string;
  readonly plain: string;

  constructor(text: string, plain: string) {
    const start = plain.length - plain.trimStart().length;
    const end = plain.trimEnd().length;
    this.text = text.slice(start, end);
    this.plain = plain.slice(start, end);
  }

  slice(start: number, end?: number): SourcePart {
    return new SourcePart(this.text.slice(start, end), this.plain.slice(start, end));
  }

  /** Returns the offset of `wanted` outside of all brackets that open here. */
  find(wanted: string, from = 0): number {
    let depth = 0;
    for (let i = from; i < this.plain.length; i++) {
      const char = this.plain[i]!;
      if (depth === 0 && char === wanted) return i;
      if ('([{'.includes(char)) depth++;
      else if (')]}'.includes(char)) depth--;
    }
    return -1;
  }

  before(wanted: string): SourcePart {
    const at = this.find(wanted);
    return at === -1 ? this : this.slice(0, at);
  }

  split(separator: string): readonly SourcePart[] {
    const parts: SourcePart[] = [];
    for (let start = 0; start <= this.plain.length;) {
      const found = this.find(separator, start);
      const end = found === -1 ? this.plain.length : found;
      parts.push(this.slice(start, end));
      start = end + 1;
    }
    return parts.filter((part) => part.plain !== '');
  }
}

const COMMENT = String.raw`\/\*[^]*?\*\/|\/\/[^\n]*`;
const STRING = String.raw`"(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*'|` + '`(?:\\\\[^]|[^`\\\\])*`';
const REGEXP = String.raw`(?<=[(,=:[!&|?{};+*%~^<>-]\s*)\/(?![*\/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\/\\\n[])+\/`;
const LITERAL = new RegExp(`(${COMMENT})|${STRING}|${REGEXP}`, 'g');

/** Returns a text of the same length. A template that nests another is cut too early, which matters only in a default value. */
function withoutLiterals(source: string): string {
  return source.replaceAll(LITERAL, (found, comment?: string) =>
    comment === undefined ? `"${'_'.repeat(found.length - 2)}"` : ' '.repeat(found.length),
  );
}
