/** Parses and evaluates texts that contain `${…}`. `$${` stands for a literal `${`. */
import { Fault } from '../../model/fault.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Json } from '../../model/json.ts';
import { readPath } from '../../model/path.ts';
import { compileExpression } from './compile-expression.ts';
import {
  type Expression,
  ExpressionProblem,
  notEvaluated,
  type Names,
  ownPart,
} from './expression.ts';

export type TemplatePart = { readonly is: 'text'; readonly text: string } | ExpressionPart;

export interface ExpressionPart {
  readonly is: 'expression';
  readonly source: string;
  /** Offset of the source in the text. */
  readonly start: number;
}

export function hasExpression(text: string): boolean {
  return text.includes('${');
}

/** Returns true when a text anywhere in the value has to be evaluated. */
export function holdsExpression(value: Json): boolean {
  if (typeof value === 'string') return hasExpression(value);
  return (
    typeof value === 'object' && value !== null && Object.values<Json>(value).some(holdsExpression)
  );
}

/** Returns true when the text may be exactly one expression; every other text evaluates to a text. */
export function isOneExpression(text: string): boolean {
  return /^\$\{[^]*\}$/.test(text);
}

/** Throws ExpressionProblem, with its span inside `text`, when a `${` is never closed. */
export function splitTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let from = 0;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', from)) {
    if (at > from && text[at - 1] === '$') {
      literal += `${text.slice(from, at - 1)}\${`;
      from = at + 2;
      continue;
    }
    literal += text.slice(from, at);
    if (literal !== '') parts.push({ is: 'text', text: literal });
    literal = '';
    const end = endOfExpression(text, at + 2);
    if (end === undefined)
      throw new ExpressionProblem('"${" is never closed; write "$${" if it is meant as text', {
        start: at,
        end: at + 2,
      });
    parts.push({ is: 'expression', source: text.slice(at + 2, end), start: at + 2 });
    from = end + 1;
  }
  literal += text.slice(from);
  if (literal !== '') parts.push({ is: 'text', text: literal });
  return parts;
}

/** Returns the task when the text is exactly its output: `${tasks.NAME.output}`. */
export function wholeOutput(parts: readonly TemplatePart[]): TaskName | undefined {
  const [only] = parts;
  if (only?.is !== 'expression' || parts.length > 1) return undefined;
  const [root, name, field, ...others] = readPath(only.source)?.parts ?? [];
  const isOutput = root === 'tasks' && field === 'output' && others.length === 0;
  return isOutput && typeof name === 'string' ? name : undefined;
}

/** Returns the offset of the `}` that closes the expression, not of one that closes a mapping or is inside a text. */
function endOfExpression(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const character = text[at];
    if (character === '{') depth++;
    else if (character === '}' && depth-- === 0) return at;
    else if (character === '"' || character === "'") {
      const end = endOfString(text, at);
      if (end === undefined) return undefined;
      at = end;
    }
  }
  return undefined;
}

/** Returns the offset of the last quote of the CEL string that begins at `start`. */
function endOfString(text: string, start: number): number | undefined {
  const single = text[start]!;
  const quote = text.startsWith(single.repeat(3), start) ? single.repeat(3) : single;
  const raw = /(^|[^\w])[bB]?[rR][bB]?$/.test(text.slice(Math.max(0, start - 3), start));
  for (let at = start + quote.length; at < text.length; at++) {
    if (text[at] === '\\' && !raw) at++;
    else if (text.startsWith(quote, at)) return at + quote.length - 1;
  }
  return undefined;
}

/** Compiled template: returns its value for given names. Throws the Fault of `Expression.evaluate`. */
export type Evaluate = (names: Names) => unknown;

/**
 * Compiles a text. One that is exactly one `${…}` gives the value itself, whatever its type, and undefined for the output of a task without one;
 * any other gives text, in which texts are inserted byte for byte and all other values as JSON. Throws ExpressionProblem, with its span inside the expression's source.
 */
export async function compileTemplate(text: string): Promise<Evaluate> {
  const split = splitTemplate(text);
  const output = wholeOutput(split);
  if (output !== undefined)
    return ({ tasks }) => ownPart(ownPart(tasks, output)?.value, 'output')?.value;
  const parts = await Promise.all(
    split.map(async (part) =>
      part.is === 'text' ? part.text : await compileExpression(part.source),
    ),
  );
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== 'string')
    return (names) => only.evaluate(names);
  return (names) => {
    const texts = parts.map((part) => (typeof part === 'string' ? part : asText(part, names)));
    return joined(texts, text);
  };
}

/** Throws DP1009 for a text that exceeds the maximum length of a string. */
function joined(texts: readonly string[], template: string): string {
  try {
    return texts.join('');
  } catch (cause) {
    const start = template.length > 60 ? `${template.slice(0, 59)}…` : template;
    throw new Fault('DP1009', `the text "${start}" becomes longer than a text can be`, { cause });
  }
}

/** Returns the value of `expression` as it appears inside a text. */
export function asText(expression: Expression, names: Names): string {
  const value = expression.evaluate(names);
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  try {
    const text = JSON.stringify(value, plainly) as string | undefined;
    if (text !== undefined) return text;
  } catch (cause) {
    throw notEvaluated(expression.source, 'its value cannot be written as text', cause);
  }
  throw notEvaluated(expression.source, 'it gives nothing that could be written as text');
}

function plainly(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value as Map<PropertyKey, unknown>);
  if (value instanceof Set) return [...(value as Set<unknown>)];
  if (ArrayBuffer.isView(value)) throw new TypeError('bytes have no text');
  return value;
}
