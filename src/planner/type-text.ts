/** Values of a pipeline file as TypeScript text, in ASCII. */
import { isJsonObject, type Json } from '../model/json.ts';
import { readPath } from '../model/path.ts';
import { quoted } from '../registry/types/type-text.ts';

/** Returns the TypeScript type of a task's output, or of a part of it; undefined where nothing is known of it. */
export type OutputText = (task: string, part: string) => string | undefined;

/** Returns a value as an expression. Texts with `${…}` become what they refer to, as far as that is a plain path. */
export function literalText(value: Json, outputOf: OutputText = () => undefined): string {
  if (typeof value === 'string')
    return value.includes('${') ? templateText(value, outputOf) : quoted(value);
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'NaN';
  if (Array.isArray(value))
    return `[${value.map((item: Json) => literalText(item, outputOf)).join(', ')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, member]) => {
    const text = quoted(key);
    return `${key === '__proto__' ? `[${text}]` : text}: ${literalText(member, outputOf)}`;
  });
  return `{ ${members.join(', ')} }`;
}

/**
 * `"${params.year}"` has the type of the value it names, a text with something around it is a string,
 * and a computed value is `given`, whose type is unknown.
 */
export function templateText(text: string, outputOf: OutputText): string {
  if (!text.replaceAll('$${', '').includes('${')) return quoted(text.replaceAll('$${', '${'));
  const whole = /^\$\{([^{}]*)\}$/.exec(text);
  if (whole === null) return /^\$\{[^]*\}$/.test(text) ? 'given' : '(given as string)';
  const [root, ...members] = readPath(whole[1]!)?.parts ?? [];
  const [first, second, ...others] = members;
  if (root === 'params') return typeof first === 'string' ? `params${access(members)}` : 'given';
  if (root !== 'tasks' || typeof first !== 'string' || second !== 'output') return 'given';
  return outputOf(first, access(others)) ?? 'given';
}

/** Returns property accesses such as `["a"][0]`; empty for the whole value. */
const access = (members: readonly (string | number)[]): string =>
  members.map((member) => `[${typeof member === 'string' ? quoted(member) : member}]`).join('');
