/** The kinds of names in the pipeline file. */
import { isPipelineName } from '../../model/ids.ts';
import * as kinds from '../../model/scalar-kinds.ts';
import { type Kind, plain } from './kinds.ts';
import { text } from './scalars.ts';

export const pipelineName = plain(
  kinds.name(
    'a name of lower-case letters, digits, "_" and "-", beginning with a letter, at most 100 long',
    '^[a-z][a-z0-9_-]{0,99}$',
    isPipelineName,
  ),
);

export const taskName = plain(kinds.taskName);
export const tag = plain(kinds.tag);
export const poolName = plain(kinds.poolName);

export const triggerName = name(
  'a name of letters, digits, "_" and "-", beginning with a letter, at most 100 long',
  '^[A-Za-z][A-Za-z0-9_-]{0,99}$',
);

/** Name of a pipeline's parameter, usable as `params.NAME` in expressions. */
export const paramName = name(
  'a parameter name: letters, digits and "_", beginning with a letter or "_"',
  '^[A-Za-z_][A-Za-z0-9_]{0,99}$',
);

/** Name of a task function's parameter, which is a property name in TypeScript. */
export const argumentName = name(
  'the name of a parameter of the task',
  String.raw`^[\p{ID_Start}$_][\p{ID_Continue}$-]{0,99}$`,
);

export const variableName = name(
  'the name of an environment variable, without a value',
  '^[A-Za-z_][A-Za-z0-9_]*$',
);

const TOPIC_PATTERN = String.raw`^(\*\*?|[^.*\s]+)(\.(\*\*?|[^.*\s]+))*$`;
export const topicPattern = plain(
  kinds.text(
    'a topic pattern: segments joined by ".", "*" for one of them, "**" for any number',
    { pattern: TOPIC_PATTERN },
    (value) => new RegExp(TOPIC_PATTERN, 'u').test(value),
  ),
);

export const someText = text(
  'text that is not blank',
  { minLength: 1 },
  (value) => value.trim() !== '',
);

function name(expected: string, pattern: string): Kind<string> {
  return plain(kinds.name(expected, pattern));
}
