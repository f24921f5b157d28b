/**
 * What a value in a pipeline file may be. A kind reads and checks a value, and describes itself as JSON Schema:
 * `format.ts` says the format once, in kinds, and both the checker and `dp schema` follow from it.
 */
import { didYouMean } from '../../model/diagnostic.ts';
import { parseDuration } from '../../model/duration.ts';
import { type DiagnosticCode, impossible } from '../../model/fault.ts';
import type { Mebibytes, Seconds } from '../../model/ids.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import {
  LEAST_MEMORY,
  MEMORY_EXPECTED,
  memoryHint,
  MOST_MEMORY,
  parseMemory,
} from '../../model/memory-size.ts';
import type { Report } from '../yaml/report.ts';
import { quoted, type Span } from '../yaml/source.ts';
import type { YamlNode, YamlScalar } from '../yaml/yaml-node.ts';

export interface Kind<T> {
  /** Completes "… must be". */
  readonly expected: string;
  readonly schema: JsonObject;
  /** Whether the node looks meant as this kind; decides between the members of a union. */
  accepts(node: YamlNode): boolean;
  /** Undefined after at least one error was reported. `path` names the value in messages. */
  read(node: YamlNode, path: string, report: Report): T | undefined;
}
export type Read<K> = K extends Kind<infer T> ? T : never;

export function text(
  expected = 'text',
  schema: JsonObject = {},
  holds = (_text: string): boolean => true,
): Kind<string> {
  return scalar({ expected, schema: { type: 'string', ...schema }, parse: textThat(holds) });
}

/** Text that must match, because it names folders, topics or variables. */
export function name(
  expected: string,
  pattern: string,
  holds: (text: string) => boolean,
): Kind<string> {
  const schema = { type: 'string', pattern };
  return scalar({ expected, schema, parse: textThat(holds), code: 'DP1007' });
}

function textThat(holds: (text: string) => boolean): Parse<string> {
  return (value) => (typeof value === 'string' && holds(value) ? value : undefined);
}

export const flag: Kind<boolean> = scalar({
  expected: 'true or false',
  schema: { type: 'boolean' },
  parse: (value) => (typeof value === 'boolean' ? value : undefined),
  hint: (value) =>
    /^(yes|no|on|off|y|n)$/i.test(String(value))
      ? 'in YAML 1.2 yes, no, on and off are text'
      : undefined,
});

export function number(
  expected: string,
  range: { minimum?: number; maximum?: number; integer?: true },
): Kind<number> {
  const { minimum = -Infinity, maximum = Infinity, integer } = range;
  const { integer: _, ...limits } = range;
  return scalar({
    expected,
    schema: { type: integer ? 'integer' : 'number', ...limits },
    parse: (value) =>
      typeof value === 'number' &&
      value >= minimum &&
      value <= maximum &&
      (!integer || Number.isSafeInteger(value))
        ? value
        : undefined,
  });
}

/** The value meant by the value written; undefined when it is none. */
type Parse<T> = (written: YamlScalar['value']) => T | undefined;

function scalar<T extends string | number | boolean>({
  expected,
  schema,
  parse,
  code,
  hint,
}: {
  expected: string;
  schema: JsonObject & { readonly type: string };
  parse: Parse<T>;
  code?: DiagnosticCode;
  hint?: (written: YamlScalar['value']) => string | undefined;
}): Kind<T> {
  const type = schema.type === 'integer' ? 'number' : schema.type;
  return {
    expected,
    schema,
    accepts: (node) => node.is === 'scalar' && typeof node.value === type,
    read(node, path, report) {
      const written = node.is === 'scalar' ? node.value : null;
      const why = { code, hint: hint?.(written) };
      return parse(written) ?? wrong({ node, path, report }, expected, why);
    },
  };
}

/** Seconds, or text such as `1m30s`. The longest is what a timer and a date can hold with ease: ten years. */
export function duration(options: { positive?: true } = {}): Kind<Seconds> {
  const expected = `${options.positive ? 'a duration above zero' : 'a duration'}, in seconds or like "1m30s", at most ten years`;
  const schema: JsonObject = {
    anyOf: [
      options.positive ? { type: 'number', exclusiveMinimum: 0 } : { type: 'number', minimum: 0 },
      { type: 'string', pattern: String.raw`^(\d+(\.\d+)?(ms|s|m|h|d))+$` },
    ],
  };
  return {
    expected,
    schema,
    accepts: (node) =>
      node.is === 'scalar' && (typeof node.value === 'number' || typeof node.value === 'string'),
    read(node, path, report) {
      const seconds = node.is === 'scalar' ? parseDuration(node.value) : undefined;
      if (seconds !== undefined && seconds <= TEN_YEARS && (seconds > 0 || !options.positive))
        return seconds;
      return wrong({ node, path, report }, expected);
    },
  };
}
const TEN_YEARS = 3650 * 86_400;

/** MiB, or text such as `2GiB`. */
export const memorySize: Kind<Mebibytes> = {
  expected: MEMORY_EXPECTED,
  schema: {
    anyOf: [
      { type: 'number', minimum: LEAST_MEMORY, maximum: MOST_MEMORY },
      { type: 'string', pattern: String.raw`^\d+(\.\d+)?[MG]iB$` },
    ],
  },
  accepts: (node) => node.is === 'scalar',
  read(node, path, report) {
    const written = node.is === 'scalar' ? node.value : null;
    const hint = memoryHint(written);
    return parseMemory(written) ?? wrong({ node, path, report }, MEMORY_EXPECTED, { hint });
  },
};

export function choice<const T extends string>(values: readonly T[]): Kind<T> {
  const known = new Map<unknown, T>(values.map((value) => [value, value]));
  const expected = values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`;
  return {
    expected,
    schema: { enum: values },
    accepts: (node) => node.is === 'scalar' && known.has(node.value),
    read(node, path, report) {
      const written = node.is === 'scalar' ? node.value : null;
      const hint = typeof written === 'string' ? didYouMean(written, values) : undefined;
      return known.get(written) ?? wrong({ node, path, report }, expected, { hint });
    },
  };
}

/** The first member that accepts the node reads it. */
export function union<const K extends readonly Kind<unknown>[]>(
  expected: string,
  members: K,
): Kind<Read<K[number]>> {
  return {
    expected,
    schema: { anyOf: members.map((member) => member.schema) },
    accepts: (node) => members.some((member) => member.accepts(node)),
    read(node, path, report) {
      const member = members.find((candidate) => candidate.accepts(node));
      if (member === undefined) return wrong({ node, path, report }, expected);
      // A cast: a member's value
      return member.read(node, path, report) as Read<K[number]> | undefined;
    },
  };
}

/** Nothing at all (`key:` alone) means `value`. */
export function orNothing<T>(kind: Kind<T>, value: T): Kind<T> {
  return {
    expected: kind.expected,
    schema: { anyOf: [kind.schema, { type: 'null' }] },
    accepts: (node) => isNothing(node) || kind.accepts(node),
    read: (node, path, report) => (isNothing(node) ? value : kind.read(node, path, report)),
  };
}

/** Any data. */
export const json: Kind<Json> = {
  expected: 'a value',
  schema: {},
  accepts: () => true,
  read: (node) => toJson(node),
};

/** Frozen. Its keys are own properties, whatever they are called: `__proto__` never gets this far. */
export function toJson(node: YamlNode): Json {
  switch (node.is) {
    case 'scalar':
      return node.value;
    case 'list':
      return Object.freeze(node.items.map(toJson));
    case 'map':
      return Object.freeze(
        Object.fromEntries(
          [...node.entries.values()].map(({ key, value }) => [key, toJson(value)]),
        ),
      );
    default:
      return impossible(node);
  }
}

/** Reports that the node is not what it must be. Gives undefined, what every `read` gives then. */
export function wrong(
  { node, path, report }: { node: YamlNode; path: string; report: Report },
  expected: string,
  { code = 'DP1005', hint }: { code?: DiagnosticCode | undefined; hint?: string | undefined } = {},
): undefined {
  const what = path === '' ? 'the file' : path;
  report.error(
    code,
    `${what} must be ${expected}, not ${describe(node)}`,
    firstLine(node, report),
    hint,
  );
}

function isNothing(node: YamlNode): boolean {
  return node.is === 'scalar' && node.value === null;
}

function describe(node: YamlNode): string {
  if (node.is !== 'scalar') return node.is === 'list' ? 'a list' : 'a mapping';
  if (node.value === null) return 'empty';
  return typeof node.value === 'string' ? `the text ${quoted(node.value)}` : String(node.value);
}

/** A collection is marked by its first line; a caret under twenty lines helps nobody. */
function firstLine(node: YamlNode, report: Report): Span {
  if (node.is === 'scalar') return node;
  const newline = report.source.text.indexOf('\n', node.start);
  return { start: node.start, end: newline === -1 ? node.end : Math.min(node.end, newline) };
}
