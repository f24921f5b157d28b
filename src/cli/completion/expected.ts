/** The words of a command line come in; what may stand for the last of them goes out. The commands themselves say it. */
import type { Argument, Command, Option } from 'commander';

/** A word that may be inserted, with its meaning. */
export interface Candidate {
  readonly word: string;
  readonly meaning: string;
}

/** The words before the one that is completed, by their roles. */
export interface GivenWords {
  /** Arguments of the command by name; the last of several. */
  readonly arguments: ReadonlyMap<string, string>;
  /** Values of options by the long form of the option. */
  readonly options: ReadonlyMap<string, string>;
}

export type NextWord =
  | { readonly is: 'words'; readonly candidates: readonly Candidate[] }
  /** A value of an argument or an option that has this name in the command's help. `before` is the part of the word that is no value. */
  | {
      readonly is: 'value';
      readonly name: string;
      readonly before: string;
      readonly given: GivenWords;
    };

/** `words` follow the name of the program; the last is the one that is completed, and may be empty. */
export function expected(dp: Command, words: readonly string[]): NextWord {
  const current = words.at(-1) ?? '';
  const [name, ...rest] = words.slice(0, -1);
  if (name === undefined)
    return ofWords(current.startsWith('-') ? optionWords(dp) : commandWords(dp));
  const command = dp.commands.find((each) => each.name() === name);
  if (command === undefined) return ofWords(name === 'help' ? commandWords(dp) : []);
  return expectedOf(command, rest, current);
}

function expectedOf(command: Command, before: readonly string[], current: string): NextWord {
  const argumentsGiven = new Map<string, string>();
  const options = new Map<string, string>();
  const given = { arguments: argumentsGiven, options };
  let waiting: Option | undefined;
  let onlyArguments = false;
  let count = 0;
  for (const word of before) {
    if (waiting !== undefined && (waiting.required || !word.startsWith('-'))) {
      options.set(nameOf(waiting), word);
      waiting = undefined;
      continue;
    }
    waiting = undefined;
    if (onlyArguments || !word.startsWith('-') || word === '-') {
      const argument = argumentAt(command, count++);
      if (argument !== undefined) argumentsGiven.set(argument.name(), word);
    } else if (word === '--') onlyArguments = true;
    else {
      const { option, value } = optionIn(command, word);
      if (option !== undefined && value !== undefined) options.set(nameOf(option), value);
      else if (option?.required === true || option?.optional === true) waiting = option;
    }
  }
  if (waiting !== undefined && (waiting.required || !current.startsWith('-')))
    return valueOf(waiting, '', given);
  if (onlyArguments || !current.startsWith('-')) {
    const argument = argumentAt(command, count);
    return argument === undefined ? ofWords([]) : valueOf(argument, '', given);
  }
  const { option, value } = optionIn(command, current);
  return option === undefined || value === undefined || !current.startsWith('--')
    ? ofWords(optionWords(command))
    : valueOf(option, current.slice(0, current.indexOf('=') + 1), given);
}

const ofWords = (candidates: readonly Candidate[]): NextWord => ({ is: 'words', candidates });

function valueOf(of: Argument | Option, before: string, given: GivenWords): NextWord {
  if (of.argChoices !== undefined)
    return ofWords(of.argChoices.map((choice) => ({ word: `${before}${choice}`, meaning: '' })));
  const name = 'flags' in of ? (/[<[]([^\]>]+)/.exec(of.flags)?.[1] ?? '') : of.name();
  return { is: 'value', name, before, given };
}

/** Returns the argument at a position; the last may stand for all that follow. */
function argumentAt({ registeredArguments }: Command, position: number): Argument | undefined {
  const last = registeredArguments.at(-1);
  return registeredArguments[position] ?? (last?.variadic === true ? last : undefined);
}

/** Returns the option that the word names, with the value that the same word gives it: `--jobs=4`, `-j4`. */
function optionIn(
  command: Command,
  word: string,
): { readonly option: Option | undefined; readonly value?: string } {
  const [, name = '', value = ''] = /^(--[^=]+|-.)=?(.*)$/s.exec(word) ?? [];
  const option = command.options.find(({ short, long }) => short === name || long === name);
  return word === name ? { option } : { option, value };
}

const nameOf = ({ long, short }: Option): string => long ?? short ?? '';

function commandWords(dp: Command): readonly Candidate[] {
  return dp
    .createHelp()
    .visibleCommands(dp)
    .map((command) => ({ word: command.name(), meaning: command.description() }));
}

function optionWords(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({ word: nameOf(option), meaning: option.description }));
}
