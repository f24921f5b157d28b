/** An error of a task as text: the message, the fields that it carries, and its causes. */
import type { TaskError } from '../../model/event.ts';
import { clipped } from '../../views/amounts.ts';
import { harmless } from '../console/terminal.ts';
import { placeText } from './diagnostics.ts';

const MESSAGE_LINES = 10;
const LONGEST_LINE = 2_000;
const CAUSES_SHOWN = 12;
/** Characters of a cause, or of the fields, that is told on the line of its error. */
const LONGEST_CAUSE = 300;

/** Returns the error and its causes on one line, with the place in the user's code. */
export function errorText(error: TaskError): string {
  const { details } = error;
  const said = [
    ...(details === undefined ? [] : [firstLine(details)]),
    ...causesOf(error).map((cause) => `caused by ${messageText(cause)}`),
  ].map((text) => `; ${clipped(text, LONGEST_CAUSE)}`);
  return `${messageText(error)}${said.join('')}${placeOf(error)}`;
}

/** Returns the first line of its message, with the place in the user's code. */
export const ownErrorText = (error: TaskError): string => messageText(error) + placeOf(error);

/** Returns all of a short message and the first lines of a long one, then what `reasonLines` returns. */
export const errorLines = (error: TaskError): readonly string[] => [
  ...linesOf(named(error)),
  ...reasonLines(error),
];

/** Returns the fields that the error carries, and what caused it. */
export const reasonLines = (error: TaskError): readonly string[] => [
  ...detailLines(error),
  ...causesOf(error).flatMap((cause) => {
    const [first = '', ...others] = [...linesOf(named(cause)), ...detailLines(cause)];
    return [`caused by ${first}`, ...others.map((line) => `  ${line}`)];
  }),
];

const detailLines = ({ details }: TaskError): readonly string[] =>
  details === undefined ? [] : linesOf(details);

function linesOf(text: string): readonly string[] {
  const lines = harmless(text)
    .trimEnd()
    .split('\n')
    .map((line) => clipped(line, LONGEST_LINE));
  const left = lines.length - MESSAGE_LINES;
  return left > 1 ? [...lines.slice(0, MESSAGE_LINES), `… ${left} more lines`] : lines;
}

/** Returns its causes, and what they hold, in the order in which they are met. */
function causesOf(error: TaskError): readonly TaskError[] {
  const causes: TaskError[] = [];
  const visit = ({ cause, errors = [] }: TaskError): void => {
    for (const inner of cause === undefined ? errors : [cause, ...errors]) {
      if (causes.length === CAUSES_SHOWN) return;
      causes.push(inner);
      visit(inner);
    }
  };
  visit(error);
  return causes;
}

const messageText = (error: TaskError): string => firstLine(named(error));

/** An error without a message is told by its code, and one of dp's own by the code that `dp explain` knows. */
function named({ name, message, code }: TaskError): string {
  const said = message === '' ? (code ?? '') : message;
  if (said === '') return name;
  if (name === 'Fault' && code !== undefined) return `${code}: ${said}`;
  return name === 'Error' || name === 'ShellError' ? said : `${name}: ${said}`;
}

const firstLine = (text: string): string => harmless(text.split('\n', 1)[0] ?? '');

function placeOf({ file, line, column }: TaskError): string {
  return file === undefined || line === undefined
    ? ''
    : ` (${placeText({ file, line, column: column ?? 1 })})`;
}
