/** Words of a command that its shell hands to another shell as a program, in which a value would be parsed as code. */
import { isPosixShell } from '../../model/shell.ts';

/** How the value of an expression can reach a nested program without being a part of it. */
const REMEDY = {
  shell: `hand it over as an argument: sh -c '… "$1" …' - \${…}`,
  input: `hand it over as an argument: sh -s - \${…} <<'EOF', in which "$1" is the value`,
  builtin: `put it into a variable: value=\${…}; eval '… "$value" …'`,
} as const;

/** Words in front of the name of a command. */
const PREFIX = /^(?:if|then|else|elif|while|until|do|time|command|builtin|[!{]|\w+=.*)$/s;
const OPTION = /^[-+]/;

/**
 * `before` are the words of a simple command, quotes taken off, that stand before the word with a value in it.
 * Returns what to do when that word is a program; undefined when it is data.
 */
export function nestedProgramRemedy(before: readonly string[]): string | undefined {
  const [name, ...rest] = before;
  if (name !== undefined && PREFIX.test(name)) return nestedProgramRemedy(rest);
  if (name === undefined || name === 'echo' || name === 'printf') return undefined;
  if (name === 'eval') return REMEDY.builtin;
  if (name === 'trap') return rest.every((word) => OPTION.test(word)) ? REMEDY.builtin : undefined;
  const called = shellIn(before);
  if (called === undefined) return undefined;
  if (called.words.at(-1) === '<<<')
    return readsProgram(called.words.slice(0, -1)) ? REMEDY.input : undefined;
  return isProgramNext(called) ? REMEDY.shell : undefined;
}

/** The same for a value in a here-document of the simple command with these words. */
export function nestedInputRemedy(words: readonly string[]): string | undefined {
  const called = shellIn(words);
  return called !== undefined && readsProgram(called.words) ? REMEDY.input : undefined;
}

interface CalledShell {
  /** `su` names a user before its options; a shell has none of them behind a script. */
  readonly takesOperandsFirst: boolean;
  /** The words behind its name. */
  readonly words: readonly string[];
}

/** The last shell among the words, wherever it stands: `xargs`, `sudo`, `find -exec` and others start one. */
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

/** The words that are neither options nor the names of options behind `-o`. */
function operandsOf(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, place) => !OPTION.test(word) && !/^[-+]\w*o$/.test(words[place - 1] ?? ''),
  );
}

/** `<<<` stays, as what follows it is read by the shell. */
function withoutRedirections(words: readonly string[]): readonly string[] {
  return words.filter(
    (word, place) =>
      word === '<<<' || !(REDIRECTION.test(word) || BARE_REDIRECTION.test(words[place - 1] ?? '')),
  );
}

const REDIRECTION = /^\d*[<>]/;
const BARE_REDIRECTION = /^\d*[<>]+[&|]?$(?<!^<<<)/;
