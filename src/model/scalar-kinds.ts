/** Kinds of single values: numbers, texts, durations, amounts of memory, choices. */
import type { DiagnosticCode } from './catalogue.ts';
import { didYouMean } from './diagnostic.ts';
import { type Duration, parseDuration } from './duration.ts';
import { isTaskName, type Mebibytes, type Seconds } from './ids.ts';
import type { JsonObject } from './json.ts';
import {
  LEAST_MEMORY,
  MEMORY_EXPECTED,
  memoryHint,
  MOST_MEMORY,
  parseMemory,
} from './memory-size.ts';
import { type Reading, type ValueKind, wrong } from './value-kind.ts';

interface Scalar<T> {
  readonly expected: string;
  readonly schema: JsonObject;
  readonly type: string;
  readonly accepts: (value: unknown) => boolean;
  /** Returns the value meant by the written one; undefined when it is not valid. */
  readonly parse: (value: unknown) => T | undefined;
  readonly code?: DiagnosticCode;
  readonly hint?: (value: unknown, from: Reading['from']) => string | undefined;
}

function scalar<T, Written = T>({ parse, code, hint, ...kind }: Scalar<T>): ValueKind<T, Written> {
  return {
    ...kind,
    read: (value, reading) =>
      parse(value) ??
      wrong(value, reading, {
        expected: kind.expected,
        ...(code === undefined ? {} : { code }),
        hint: hint?.(value, reading.from),
      }),
  };
}

export const flag = scalar<boolean>({
  expected: 'true or false',
  schema: { type: 'boolean' },
  type: 'boolean',
  accepts: (value) => typeof value === 'boolean',
  parse: (value) => (typeof value === 'boolean' ? value : undefined),
  hint: (value, from) =>
    from === 'file' && /^(yes|no|on|off|y|n)$/i.test(String(value))
      ? 'in YAML 1.2 yes, no, on and off are text'
      : undefined,
});

export function number(
  expected: string,
  range: { minimum?: number; maximum?: number; integer?: true },
): ValueKind<number> {
  const { integer, ...limits } = range;
  const { minimum = -Infinity, maximum = Infinity } = limits;
  return scalar({
    expected,
    schema: { type: integer ? 'integer' : 'number', ...limits },
    type: 'number',
    accepts: (value) => typeof value === 'number',
    parse: (value) =>
      typeof value === 'number' &&
      value >= minimum &&
      value <= maximum &&
      (!integer || Number.isSafeInteger(value))
        ? value
        : undefined,
  });
}

export function text(
  expected = 'text',
  schema: JsonObject = {},
  holds = (_text: string): boolean => true,
): ValueKind<string> {
  return textual({ expected, schema, holds });
}

/** Accepts text that matches a pattern, because it names folders, topics or variables. */
export function name(
  expected: string,
  pattern: string,
  holds = matcher(pattern),
): ValueKind<string> {
  return textual({ expected, schema: { pattern }, holds, code: 'DP1007' });
}

function matcher(pattern: string): (text: string) => boolean {
  const shape = new RegExp(pattern, 'u');
  return (value) => shape.test(value);
}

function textual({
  expected,
  schema,
  holds,
  code,
}: {
  expected: string;
  schema: JsonObject;
  holds: (text: string) => boolean;
  code?: DiagnosticCode;
}): ValueKind<string> {
  return scalar({
    expected,
    schema: { type: 'string', ...schema },
    type: 'string',
    accepts: (value) => typeof value === 'string',
    parse: (value) => (typeof value === 'string' && holds(value) ? value : undefined),
    ...(code === undefined ? {} : { code }),
  });
}

/** Accepts seconds, or text such as `1m30s`. The maximum is ten years, which timers and dates can represent. */
export function duration({
  positive = false,
  hint,
}: { positive?: boolean; hint?: (value: unknown) => string | undefined } = {}): ValueKind<
  Seconds,
  Duration
> {
  return scalar({
    expected: `${positive ? 'a duration above zero' : 'a duration'}, in seconds or like "1m30s", at most ten years`,
    schema: {
      anyOf: [
        positive ? { type: 'number', exclusiveMinimum: 0 } : { type: 'number', minimum: 0 },
        { type: 'string', pattern: String.raw`^(\d+(\.\d+)?(ms|s|m|h|d))+$` },
      ],
    },
    type: 'Duration',
    accepts: (value) => typeof value === 'number' || typeof value === 'string',
    parse: (value) => {
      const seconds = parseDuration(value);
      return seconds === undefined || seconds > TEN_YEARS || (positive && seconds === 0)
        ? undefined
        : seconds;
    },
    ...(hint === undefined ? {} : { hint }),
  });
}
const TEN_YEARS = 3650 * 86_400;

/** Accepts MiB, or text such as `2GiB`. */
export const memorySize = scalar<Mebibytes, number | string>({
  expected: MEMORY_EXPECTED,
  schema: {
    anyOf: [
      { type: 'number', minimum: LEAST_MEMORY, maximum: MOST_MEMORY },
      { type: 'string', pattern: String.raw`^\d+(\.\d+)?[MG]iB$` },
    ],
  },
  type: 'number | string',
  accepts: (value) => typeof value !== 'object',
  parse: parseMemory,
  hint: memoryHint,
});

export function choice<const T extends string>(values: readonly T[]): ValueKind<T> {
  const known = new Map<unknown, T>(values.map((value) => [value, value]));
  return scalar({
    expected: values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`,
    schema: { enum: values },
    type: values.map((value) => `'${value}'`).join(' | '),
    accepts: (value) => known.has(value),
    parse: (value) => known.get(value),
    hint: (value) => (typeof value === 'string' ? didYouMean(value, values) : undefined),
  });
}

export const taskName = name(
  'a task name: letters, digits, "_" and "-", beginning with a letter or "_", at most 100 long',
  '^[A-Za-z_][A-Za-z0-9_-]{0,99}$',
  isTaskName,
);

export const tag = name(
  'a tag: letters, digits and any of "_.:/-"',
  '^[A-Za-z0-9_][A-Za-z0-9_.:/-]{0,99}$',
);

export const poolName = name(
  'a pool name: letters, digits, "_" and "-", beginning with a letter',
  '^[A-Za-z][A-Za-z0-9_-]{0,99}$',
);

/** A path or glob; which files it matches is known only later. */
export const pathOrGlob = text('a path or glob');

export const paramName = text('the name of a parameter');

export const variableName = name(
  'the name of an environment variable: letters, digits and "_", not beginning with a digit',
  '^[A-Za-z_][A-Za-z0-9_]*$',
);
