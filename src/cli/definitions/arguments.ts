/** Descriptions of arguments that several commands take, and the parsers of their values. */
import { InvalidArgumentError } from 'commander';
import type { Instant } from '../../model/ids.ts';
import { parseMoment } from '../../model/moment.ts';

export const A_RUN = 'id of the run, the beginning of it, or `last`';
export const ONE_FILE =
  'the pipeline file, or - for standard input; optional where pipelines/ holds only one';
export const SOME_TASKS = 'only these tasks and what they need';
export const UNTIL_IT_ENDS =
  'print what is added until the run ends; Ctrl-C does not affect the run';
export const OUT_FILE = 'write to this file instead of standard output';

export const commaList = (word: string): string[] => word.split(',').filter((part) => part !== '');

export function positiveInteger(word: string): number {
  if (!/^[1-9]\d{0,8}$/.test(word))
    throw new InvalidArgumentError('it has to be a whole number from 1.');
  return Number(word);
}

export function wholeNumber(word: string): number {
  if (!/^\d{1,10}$/.test(word)) throw new InvalidArgumentError('it has to be a whole number.');
  return Number(word);
}

export function nonNegative(word: string): number {
  if (!/^\d+(\.\d+)?$/.test(word))
    throw new InvalidArgumentError('it has to be a number of seconds.');
  return Number(word);
}

/** Returns the instant of a date, which is the beginning of the day in UTC, or of a date with a time and an offset. */
export function instantFrom(word: string): Instant {
  const instant = parseMoment(word, 'UTC');
  if (instant === undefined)
    throw new InvalidArgumentError(
      'it has to be a time with an offset, such as 2026-07-01T08:00:00Z, or a date.',
    );
  return instant;
}
