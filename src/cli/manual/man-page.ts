/** The commands come in as commander knows them; a manual page in the format of man(7) goes out. */
import type { Command } from 'commander';
import { VERSION } from '../../version.ts';
import { EXIT } from '../console/exit-codes.ts';
import { EXIT_MEANINGS, VARIABLES } from './tables.ts';

export function manPage(dp: Command): string {
  const help = dp.createHelp();
  const commands = help
    .visibleCommands(dp)
    .filter((command) => dp.commands.includes(command))
    .flatMap(commandLines);
  const lines = [
    `.TH DP 1 "" "dp ${VERSION}" "User Commands"`,
    '.SH NAME',
    text(`dp - ${dp.description().replace(/^P/, 'p').replace(/\.$/, '')}`).replace('\\-', '\\(en'),
    '.SH SYNOPSIS',
    '.B dp',
    '.I command',
    '.RI [ options ]',
    '.RI [ arguments ]',
    '.SH DESCRIPTION',
    text('Tasks are TypeScript functions or commands; a YAML file joins them into a graph.'),
    text(
      'A run is named by its id, the beginning of it, or last: the last run that is no child of another.',
    ),
    '.SH OPTIONS',
    text('Each command has these.'),
    ...optionsOf(dp.commands[0] ?? dp, (long) => isOfAll(long)),
    '.SH COMMANDS',
    ...commands,
    '.SH "EXIT STATUS"',
    ...Object.entries(EXIT_MEANINGS).flatMap(([name, meaning]) =>
      entry(String(EXIT[name as keyof typeof EXIT]), meaning),
    ),
    '.SH ENVIRONMENT',
    ...Object.entries(VARIABLES).flatMap(([name, meaning]) => entry(name, meaning)),
    '.SH FILES',
    ...entry('pipelines/', 'The pipelines of a project.'),
    ...entry('dp.yaml', 'The settings of a project, whose root it marks.'),
    ...entry('.dp/', 'The state directory, with the record of all runs and their results.'),
  ];
  return `${lines.join('\n')}\n`;
}

function commandLines(command: Command): readonly string[] {
  const help = command.createHelp();
  return [
    `.SS "${quoted(help.commandUsage(command).replace(' [options]', ''))}"`,
    text(sentence(command.description())),
    ...help
      .visibleArguments(command)
      .flatMap((each) => entry(help.argumentTerm(each), help.argumentDescription(each))),
    ...optionsOf(command, (long) => !isOfAll(long)),
    '.PP',
    'Examples:',
    '.PP',
    '.EX',
    ...examplesOf(command).map(text),
    '.EE',
  ];
}

const isOfAll = (long: string): boolean => ['--json', '--state-dir', '--help'].includes(long);

function optionsOf(command: Command, isWanted: (long: string) => boolean): readonly string[] {
  const help = command.createHelp();
  return help
    .visibleOptions(command)
    .filter(({ long }) => isWanted(long ?? ''))
    .flatMap((option) => entry(help.optionTerm(option), help.optionDescription(option)));
}

/** Returns the lines that the help of the command ends with, which commander gives to nobody but a writer. */
function examplesOf(command: Command): readonly string[] {
  let printed = '';
  command.configureOutput({ writeOut: (part) => (printed += part) }).outputHelp();
  return printed
    .slice(printed.indexOf('Examples:\n') + 'Examples:\n'.length)
    .trimEnd()
    .split('\n');
}

const entry = (term: string, meaning: string): readonly string[] => [
  '.TP',
  `.B "${quoted(term)}"`,
  text(sentence(meaning)),
];

/** Descriptions of commander begin in lower case and have no full stop. */
function sentence(words: string): string {
  const begun = /^[a-z]+\b(?![./(-])/.test(words)
    ? `${words.charAt(0).toUpperCase()}${words.slice(1)}`
    : words;
  return begun.endsWith('.') ? begun : `${begun}.`;
}

/** Escapes what roff would read as a request or an escape sequence, and keeps hyphens that can be copied. */
function text(line: string): string {
  const escaped = line.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('`', '\\(ga');
  return escaped.replace(/^[.']/, '\\&$&').replaceAll('~', '\\(ti').replaceAll('^', '\\(ha');
}

const quoted = (words: string): string => text(words).replaceAll('"', '\\(dq');
