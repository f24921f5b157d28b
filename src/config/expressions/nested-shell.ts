/** Finds words that a command passes to another shell as a program, in which a value would be parsed as code. */
import { isPosixShell } from '../../model/shell.ts';

/** Way for the value of an expression to reach a nested program without being part of it. */
const REMEDY = {
  shell: `pass it as an argument: sh -c '… "$1" …' - \${…}`,
  input: `pass it as an argument: sh -s - \${…} <<'EOF', in which "$1" is the value`,
  builtin: `put it into a variable: value=\${…}; eval '… "$value" …'`,
} as const;

/** Matches words that precede the name of a command. */
const PREFIX = /^(?:if|then|else|elif|while|until|do|[!{]|\w+=.*)$/s;
/** Matches the same, where options may follow. */
const PREFIX_WITH_OPTIONS = /^(?:time|command|builtin)$/;
const OPTION = /^[-+]/;

/**
 * `before` holds the words of a simple command, without quotes, that precede the word with a value in it.
 * Returns the remedy when that word is a program; undefined when it is data.
 */
export function nestedProgramRemedy(before: readonly string[]): string | undefined {
  const [name, ...rest] = commandIn(before);
  if (name === undefined || name === 'echo' || name === 'printf') return undefined;
  if (name === 'eval') return REMEDY.builtin;
  if (name === 'trap') return rest.every((word) => OPTION.test(word)) ? REMEDY.builtin : undefined;
  if (name === 'flock' && takesCommandNext(rest)) return REMEDY.shell;
  if (name === '.' || name === 'source') return rest.includes('<<<') ? REMEDY.builtin : undefined;
  const called = shellIn(before);
  if (called === undefined) return undefined;
  if (called.words.at(-1) === '<<<')
    return readsProgram(called.words.slice(0, -1)) ? REMEDY.input : undefined;
  return isProgramNext(called) ? REMEDY.shell : undefined;
}

/** Returns the same for a value in a here-document of the simple command with these words. */
export function nestedInputRemedy(words: readonly string[]): string | undefined {
  if (READING_BUILTIN.test(commandIn(words)[0] ?? '')) return REMEDY.builtin;
  const called = shellIn(words);
  return called !== undefined && readsProgram(called.words) ? REMEDY.input : undefined;
}

/** Returns the words from the name of the command on. */
export function commandIn(before: readonly string[]): readonly string[] {
  const [name, ...rest] = withoutRedirections(before);
  if (name === undefined) return [];
  if (PREFIX.test(name)) return commandIn(rest);
  if (!PREFIX_WITH_OPTIONS.test(name)) return [name, ...rest];
  const place = rest.findIndex((word) => !OPTION.test(word));
  return place === -1 ? [] : commandIn(rest.slice(place));
}

interface CalledShell {
  /** `su` takes a user before its options; a shell takes no options after a script. */
  readonly takesOperandsFirst: boolean;
  /** Words after the name of the shell. */
  readonly words: readonly string[];
}

/** Returns the last shell among the words at any position, because `xargs`, `sudo`, `find -exec` and others start one. */
function shellIn(words: readonly string[]): CalledShell | undefined {
  const place = words.findLastIndex((word) => isPosixShell(word) || OTHER_SHELLS.test(word));
  if (place === -1) return undefined;
  const takesOperandsFirst = /(?:^|\/)(?:su|runuser)$/.test(words[place] ?? '');
  return { takesOperandsFirst, words: withoutRedirections(words.slice(place + 1)) };
}

const OTHER_SHELLS = /(?:^|\/)(?:fish|csh|tcsh|su|runuser)$|^\$\{?(?:SHELL|BASH)\}?$/;

function isProgramNext({ words, takesOperandsFirst }: CalledShell): boolean {
  const place = words.findIndex(isCommandOption);
  if (place === -1 || operandsOf(words.slice(place + 1)).length > 0) return false;
  return takesOperandsFirst || operandsOf(words.slice(0, place)).length === 0;
}

/** A shell reads its program from its input when nothing else says what the program is. */
function readsProgram(words: readonly string[]): boolean {
  if (words.some(isCommandOption)) return false;
  return operandsOf(words).length === 0 || words.some((word) => /^-[a-zA-Z]*s/.test(word));
}

const isCommandOption = (word: string): boolean =>
  /^(?:-[a-zA-Z]*c[a-zA-Z]*|--command)$/.test(word);

/** Returns the words that are neither options nor their values. */
function operandsOf(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, place) =>
      !OPTION.test(word) &&
      word !== '/dev/stdin' &&
      !OPTION_WITH_VALUE.test(words[place - 1] ?? ''),
  );
}

/** `flock FILE -c` starts a shell; `flock FILE psql -c` does not. */
function takesCommandNext(words: readonly string[]): boolean {
  const operands = words.filter(
    (word, place) => !OPTION.test(word) && !FLOCK_VALUE.test(words[place - 1] ?? ''),
  );
  return isCommandOption(words.at(-1) ?? '') && operands.length < 2;
}

const FLOCK_VALUE = /^(?:-[a-zA-Z]*[wE]|--(?:wait|timeout|conflict-exit-code))$/;
/** `. FILE` runs the file in this shell, and the file may be its input. */
const READING_BUILTIN = /^(?:\.|source)$/;
const OPTION_WITH_VALUE = /^(?:[-+]\w*[oO]|--(?:rcfile|init-file))$/;

/** `<<<` is kept, because the shell reads the text that follows it. */
function withoutRedirections(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, place) =>
      word === '<<<' || !(REDIRECTION.test(word) || BARE_REDIRECTION.test(words[place - 1] ?? '')),
  );
}

const REDIRECTION = /^\d*[<>]/;
const BARE_REDIRECTION = /^\d*[<>]+[&|]?$(?<!^<<<)/;
