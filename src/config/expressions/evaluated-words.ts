/** Finds words of a simple command that a shell evaluates although they are quoted: `a[$(…)]` in them would run a command. */
import { commandIn } from './nested-shell.ts';

/** What a value there has to be, so that nothing in it is evaluated. */
export type SafeValue = 'number' | 'name';

/**
 * `before` holds the words that precede the word with a value in it, and `isWordStart` says whether the value begins that word;
 * `after` is the text behind the value. Returns undefined where the value is data.
 */
export function safeValueIn(
  before: readonly string[],
  isWordStart: boolean,
  after: string,
): SafeValue | undefined {
  const [name = '', ...rest] = commandIn(before);
  const last = rest.at(-1) ?? '';
  if (name === 'let') return 'number';
  if (name === '[[' && (COMPARISON.test(last) || COMPARED.test(after))) return 'number';
  if (DECLARING.test(name)) {
    if (rest.some((word) => /^-[a-zA-Z]*i/.test(word))) return 'number';
    return isWordStart || rest.some((word) => /^-[a-zA-Z]*n/.test(word)) ? 'name' : undefined;
  }
  if (/^(?:test|printf|\[\[?)$/.test(name) && last === '-v') return 'name';
  return name === 'read' && isWordStart && !READ_OPTION.test(last) ? 'name' : undefined;
}

const DECLARING = /^(?:declare|typeset|local)$/;
const COMPARISON = /^-(?:eq|ne|l[te]|g[te])$/;
const COMPARED = /^["']?\s+-(?:eq|ne|l[te]|g[te])\s/;
/** Options of `read` whose value is no name of a variable. */
const READ_OPTION = /^-[a-zA-Z]*[dinNptu]$/;
