/** Names in the pipeline file, and what they may look like. */
import { isPipelineName, isTaskName } from '../../model/ids.ts';
import { type Kind, name, text } from './kinds.ts';

export const pipelineName = name(
  'a name of lower-case letters, digits, "_" and "-", beginning with a letter, at most 100 long',
  '^[a-z][a-z0-9_-]{0,99}$',
  isPipelineName,
);

export const taskName = name(
  'a task name: letters, digits, "_" and "-", beginning with a letter or "_", at most 100 long',
  '^[A-Za-z_][A-Za-z0-9_-]{0,99}$',
  isTaskName,
);

/** Of a pipeline: usable as `params.NAME` in expressions. */
export const paramName = pattern(
  'a parameter name: letters, digits and "_", beginning with a letter or "_"',
  '^[A-Za-z_][A-Za-z0-9_]{0,99}$',
);

/** Of a task function: a property name in TypeScript. */
export const argumentName = pattern(
  'the name of a parameter of the task',
  String.raw`^[\p{ID_Start}$_][\p{ID_Continue}$-]{0,99}$`,
);

export const tag = pattern(
  'a tag: letters, digits and any of "_.:/-"',
  '^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}$',
);

export const poolName = pattern(
  'a pool name: letters, digits, "_" and "-", beginning with a letter',
  '^[A-Za-z][A-Za-z0-9_-]{0,99}$',
);

export const variableName = pattern(
  'the name of an environment variable, without a value',
  '^[A-Za-z_][A-Za-z0-9_]*$',
);

export const someText = text(
  'text that is not blank',
  { minLength: 1 },
  (value) => value.trim() !== '',
);

export function pattern(expected: string, source: string, code?: 'DP1005'): Kind<string> {
  const shape = new RegExp(source, 'u');
  const kind = name(expected, source, (value) => shape.test(value));
  return code === undefined
    ? kind
    : text(expected, { pattern: source }, (value) => shape.test(value));
}
