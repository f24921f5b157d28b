/**
 * What a value in a pipeline file may be. A kind reads and checks a value, and describes itself as JSON Schema:
 * `format.ts` says the format once, in kinds, and both the checker and `dp schema` follow from it.
 */
import { didYouMean, type Located } from '../model/diagnostic.ts';
import { parseDuration } from '../model/duration.ts';
import { type DiagnosticCode, impossible } from '../model/fault.ts';
import type { Seconds } from '../model/ids.ts';
import type { Json, JsonObject } from '../model/json.ts';
import type { Report } from './report.ts';
import { quoted, type Span } from './source.ts';
import type { YamlEntry, YamlMap, YamlNode } from './yaml-node.ts';

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

/** A kind of scalars, given by one function from the written value to the meant one. */
function scalar<T>(
  expected: string,
  schema: JsonObject,
  type: 'string' | 'number' | 'boolean',
  parse: (value: never) => T | undefined,
  {
    code = 'DP1005',
    hint,
  }: { code?: DiagnosticCode; hint?: (node: YamlNode) => string | undefined } = {},
): Kind<T> {
  return {
    expected,
    schema,
    accepts: (node) => node.is === 'scalar' && typeof node.value === type,
    read(node, path, report) {
      // A cast: `accepts` has looked at the type
      const value = this.accepts(node)
        ? parse((node as { value: unknown }).value as never)
        : undefined;
      if (value === undefined) wrong(report, code, path, this, node, hint?.(node));
      return value;
    },
  };
}

export function text(
  expected = 'text',
  schema: JsonObject = {},
  holds = (_text: string): boolean => true,
): Kind<string> {
  return scalar(expected, { type: 'string', ...schema }, 'string', (value: string) =>
    holds(value) ? value : undefined,
  );
}

/** Text that must match, because it names folders, topics or variables. */
export function name(
  expected: string,
  pattern: string,
  holds: (text: string) => boolean,
): Kind<string> {
  return scalar(
    expected,
    { type: 'string', pattern },
    'string',
    (value: string) => (holds(value) ? value : undefined),
    { code: 'DP1007' },
  );
}

export const flag: Kind<boolean> = scalar(
  'true or false',
  { type: 'boolean' },
  'boolean',
  (value: boolean) => value,
  { hint: (node) => (isYaml11(node) ? 'in YAML 1.2 yes, no, on and off are text' : undefined) },
);

function isYaml11(node: YamlNode): boolean {
  return node.is === 'scalar' && /^(yes|no|on|off|y|n)$/i.test(String(node.value));
}

export function number(
  expected: string,
  range: { minimum?: number; maximum?: number; integer?: true },
): Kind<number> {
  const { minimum = -Infinity, maximum = Infinity, integer } = range;
  const { integer: _, ...limits } = range;
  return scalar(
    expected,
    { type: integer ? 'integer' : 'number', ...limits },
    'number',
    (value: number) =>
      value >= minimum && value <= maximum && (!integer || Number.isSafeInteger(value))
        ? value
        : undefined,
  );
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
      wrong(report, 'DP1005', path, this, node);
      return undefined;
    },
  };
}
const TEN_YEARS = 3650 * 86_400;

export function choice<const T extends string>(values: readonly T[]): Kind<T> {
  const known = new Map<string, T>(values.map((value) => [value, value]));
  return {
    expected: values.length === 1 ? `"${values[0]}"` : `one of ${values.join(', ')}`,
    schema: { enum: values },
    accepts: (node) => node.is === 'scalar' && typeof node.value === 'string',
    read(node, path, report) {
      const written =
        node.is === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
      const value = known.get(written ?? '');
      if (value === undefined)
        wrong(report, 'DP1005', path, this, node, written && didYouMean(written, values));
      return value;
    },
  };
}

export function list<T>(item: Kind<T>): Kind<readonly Located<T>[]> {
  return {
    expected: 'a list',
    schema: { type: 'array', items: item.schema },
    accepts: (node) => node.is === 'list',
    read(node, path, report) {
      if (node.is !== 'list') {
        wrong(report, 'DP1005', path, this, node);
        return undefined;
      }
      const items: Located<T>[] = [];
      for (const [index, child] of node.items.entries()) {
        const value = item.read(child, `${path}[${index}]`, report);
        if (value !== undefined) items.push({ value, at: report.source.place(child) });
      }
      return items.length === node.items.length ? items : undefined;
    },
  };
}

/** One value may stand for a list of one. */
export function oneOrMore<T>(item: Kind<T>): Kind<readonly Located<T>[]> {
  const many = list(item);
  return {
    expected: `${item.expected}, or a list`,
    schema: { anyOf: [item.schema, many.schema] },
    accepts: (node) => item.accepts(node) || many.accepts(node),
    read(node, path, report) {
      if (node.is === 'list') return many.read(node, path, report);
      if (!item.accepts(node)) {
        wrong(report, 'DP1005', path, this, node);
        return undefined;
      }
      const value = item.read(node, path, report);
      return value === undefined ? undefined : [{ value, at: report.source.place(node) }];
    },
  };
}

/** A mapping with keys of the user's choice, in the order of the file. */
export function dictionary<T>(
  key: Kind<string>,
  value: Kind<T>,
  expected = 'a mapping',
): Kind<ReadonlyMap<string, Entry<T>>> {
  return {
    expected,
    schema: { type: 'object', propertyNames: key.schema, additionalProperties: value.schema },
    accepts: (node) => node.is === 'map',
    read(node, path, report) {
      if (node.is !== 'map') {
        wrong(report, 'DP1005', path, this, node);
        return undefined;
      }
      const entries = new Map<string, Entry<T>>();
      for (const entry of node.entries.values()) {
        const named = key.read(
          { is: 'scalar', value: entry.key, ...entry.keySpan },
          `a key under ${path}`,
          report,
        );
        const read = value.read(entry.value, join(path, entry.key), report);
        if (named === undefined || read === undefined) continue;
        entries.set(named, {
          value: read,
          at: report.source.place(entry.value),
          keyAt: report.source.place(entry.keySpan),
        });
      }
      return entries.size === node.entries.size ? entries : undefined;
    },
  };
}
/** Of a dictionary. */
export interface Entry<T> extends Located<T> {
  readonly keyAt: Located<T>['at'];
}

export interface Field<T> {
  readonly kind: Kind<T>;
  /** For hovering in an editor: what it means, and what holds when it is absent. */
  readonly about: string;
  readonly example?: Json;
  readonly required?: true;
}
export type Fields = Readonly<Record<string, Field<unknown>>>;
/** What a record gives: every field that was written, and surely the required ones. */
export type RecordOf<F extends Fields> = {
  readonly [K in keyof F as F[K] extends { required: true } ? never : K]?: Located<
    Read<F[K]['kind']>
  >;
} & {
  readonly [K in keyof F as F[K] extends { required: true } ? K : never]: Located<
    Read<F[K]['kind']>
  >;
};

/** A mapping with a fixed set of keys. `elsewhere`: what other tools call a key → what to write here. */
export function record<const F extends Fields>(
  fields: F,
  elsewhere: Readonly<Record<string, string>> = {},
): Kind<RecordOf<F>> & { readonly fields: F } {
  return {
    fields,
    expected: `a mapping with ${summary(Object.keys(fields))}`,
    schema: recordSchema(fields),
    accepts: (node) => node.is === 'map',
    read(node, path, report) {
      if (node.is !== 'map') {
        wrong(report, 'DP1005', path, this, node);
        return undefined;
      }
      const before = report.diagnostics.length;
      const values = readFields(node, fields, elsewhere, path, report);
      // A cast: complete, as nothing was reported
      return report.diagnostics.length === before ? (values as RecordOf<F>) : undefined;
    },
  };
}

/** Every field that could be read; the mistakes in the others are reported. */
export function readFields<F extends Fields>(
  node: YamlMap,
  fields: F,
  elsewhere: Readonly<Record<string, string>>,
  path: string,
  report: Report,
): Partial<RecordOf<F>> {
  const values: Record<string, Located<unknown>> = {};
  for (const entry of node.entries.values()) {
    const field = Object.hasOwn(fields, entry.key) ? fields[entry.key] : undefined;
    if (field === undefined) {
      unknownKey(entry, Object.keys(fields), elsewhere, path, report);
      continue;
    }
    const value = field.kind.read(entry.value, join(path, entry.key), report);
    if (value === undefined) continue;
    values[entry.key] = { value, at: report.source.place(entry.value) };
  }
  for (const [key, field] of Object.entries(fields)) {
    if (!field.required || node.entries.has(key)) continue;
    const owner = path === '' ? 'the pipeline' : path;
    report.error(
      'DP1008',
      `${owner} lacks the key "${key}"`,
      { start: node.start, end: node.start + 1 },
      `add \`${key}:\`, ${field.kind.expected}`,
    );
  }
  // A cast: each value was read by the kind of its key
  return values as Partial<RecordOf<F>>;
}

function unknownKey(
  entry: YamlEntry,
  known: readonly string[],
  elsewhere: Readonly<Record<string, string>>,
  path: string,
  report: Report,
): void {
  const snake = entry.key
    .replaceAll('-', '_')
    .replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`)
    .toLowerCase();
  const told = Object.hasOwn(elsewhere, entry.key)
    ? elsewhere[entry.key]
    : Object.hasOwn(elsewhere, snake)
      ? elsewhere[snake]
      : undefined;
  const hint =
    told ??
    (known.includes(snake) ? `write "${snake}"` : didYouMean(entry.key, known)) ??
    `known keys are ${summary(known)}`;
  const where = path === '' ? '' : ` in ${path}`;
  report.error('DP1004', `unknown key ${quoted(entry.key)}${where}`, entry.keySpan, hint);
}

function recordSchema(fields: Fields): JsonObject {
  const required = Object.entries(fields)
    .filter(([, field]) => field.required)
    .map(([key]) => key);
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(fields).map(([key, { kind, about, example }]) => [
        key,
        {
          ...kind.schema,
          description: about,
          ...(example === undefined ? {} : { examples: [example] }),
        },
      ]),
    ),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
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
      if (member === undefined) {
        wrong(report, 'DP1005', path, this, node);
        return undefined;
      }
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

export function wrong(
  report: Report,
  code: DiagnosticCode,
  path: string,
  kind: { readonly expected: string },
  node: YamlNode,
  hint?: string,
): void {
  report.error(
    code,
    `${path === '' ? 'the file' : path} must be ${kind.expected}, not ${describe(node)}`,
    visible(node, report),
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
function visible(node: YamlNode, report: Report): Span {
  if (node.is === 'scalar') return node;
  const newline = report.source.text.indexOf('\n', node.start);
  return { start: node.start, end: newline === -1 ? node.end : Math.min(node.end, newline) };
}

function join(path: string, key: string): string {
  const shown = /^[\w-]+$/.test(key) && key.length <= 60 ? key : quoted(key);
  return path === '' ? shown : `${path}.${shown}`;
}

function summary(keys: readonly string[]): string {
  return keys.length > 12 ? `${keys.slice(0, 12).join(', ')}, …` : keys.join(', ');
}
