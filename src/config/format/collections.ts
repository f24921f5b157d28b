/** Kinds of values that hold others: lists, mappings with keys of the user's choice, records with a fixed set of keys. */
import type { Located } from '../../model/diagnostic.ts';
import { type Elsewhere, keyHint, keySchema, someOf } from '../../model/fields.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { join, type Kind, type ReadOf, unknownKey, wrong } from './kinds.ts';
import type { Report } from '../yaml/report.ts';
import type { YamlMap } from '../yaml/yaml-node.ts';

export function list<T>(item: Kind<T>): Kind<readonly Located<T>[]> {
  return {
    expected: 'a list',
    schema: { type: 'array', items: item.schema },
    accepts: (node) => node.is === 'list',
    read(node, path, report) {
      if (node.is !== 'list') return wrong({ node, path, report }, this.expected);
      const items: Located<T>[] = [];
      for (const [index, child] of node.items.entries()) {
        const value = item.read(child, `${path}[${index}]`, report);
        if (value !== undefined) items.push({ value, at: report.source.place(child) });
      }
      return items.length === node.items.length ? items : undefined;
    },
  };
}

/** Accepts a single value as a list of one. */
export function oneOrMore<T>(item: Kind<T>): Kind<readonly Located<T>[]> {
  const many = list(item);
  return {
    expected: `${item.expected}, or a list`,
    schema: { anyOf: [item.schema, many.schema] },
    accepts: (node) => item.accepts(node) || many.accepts(node),
    read(node, path, report) {
      if (node.is === 'list') return many.read(node, path, report);
      if (!item.accepts(node)) return wrong({ node, path, report }, this.expected);
      const value = item.read(node, path, report);
      return value === undefined ? undefined : [{ value, at: report.source.place(node) }];
    },
  };
}

/** Returns the kind of a mapping with keys of the user's choice, in the order of the file. */
export function dictionary<T>(
  key: Kind<string>,
  value: Kind<T>,
  expected = 'a mapping',
): Kind<ReadonlyMap<string, DictionaryEntry<T>>> {
  return {
    expected,
    schema: { type: 'object', propertyNames: key.schema, additionalProperties: value.schema },
    accepts: (node) => node.is === 'map',
    read(node, path, report) {
      if (node.is !== 'map') return wrong({ node, path, report }, this.expected);
      const entries = new Map<string, DictionaryEntry<T>>();
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
/** A value of a dictionary, with the place of its key. */
export interface DictionaryEntry<T> extends Located<T> {
  readonly keyAt: Located<T>['at'];
}

export interface RecordField<T> {
  readonly kind: Kind<T>;
  /** Text for an editor's hover: the meaning, and the default. */
  readonly about: string;
  readonly example?: Json;
  readonly required?: true;
}
type RecordFields = Readonly<Record<string, RecordField<unknown>>>;
/** The value of a record: every field that was written, and the required ones in any case. */
export type RecordOf<F extends RecordFields> = {
  readonly [K in keyof F as F[K] extends { required: true } ? never : K]?: Located<
    ReadOf<F[K]['kind']>
  >;
} & {
  readonly [K in keyof F as F[K] extends { required: true } ? K : never]: Located<
    ReadOf<F[K]['kind']>
  >;
};

export interface RecordKind<F extends RecordFields> extends Kind<RecordOf<F>> {
  /** Returns every field that could be read, and reports the mistakes in the others. */
  readSome(node: YamlMap, path: string, report: Report): Partial<RecordOf<F>>;
}

/** Returns the kind of a mapping with a fixed set of keys. `elsewhere` maps keys of other tools to the hint that names the key here. */
export function record<const F extends RecordFields>(
  fields: F,
  elsewhere: Elsewhere = {},
): RecordKind<F> {
  const keys = Object.keys(fields);
  const required = Object.entries(fields).filter(([, field]) => field.required);
  return {
    expected: `a mapping with ${someOf(keys)}`,
    schema: recordSchema(fields),
    accepts: (node) => node.is === 'map',
    read(node, path, report) {
      if (node.is !== 'map') return wrong({ node, path, report }, this.expected);
      const before = report.diagnostics.length;
      const values = this.readSome(node, path, report);
      // The cast is safe: nothing was reported, so the record is complete.
      return report.diagnostics.length === before ? (values as RecordOf<F>) : undefined;
    },
    readSome(node, path, report) {
      const values: Record<string, Located<unknown>> = {};
      for (const { key, keySpan, value: written } of node.entries.values()) {
        const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
        if (field === undefined) {
          unknownKey({ key, hint: keyHint(key, keys, elsewhere) }, { path, at: keySpan, report });
          continue;
        }
        const value = field.kind.read(written, join(path, key), report);
        if (value !== undefined) values[key] = { value, at: report.source.place(written) };
      }
      for (const [key, { kind }] of required) {
        if (node.entries.has(key)) continue;
        const message = `${path === '' ? 'the pipeline' : path} lacks the key "${key}"`;
        const start = { start: node.start, end: node.start + 1 };
        report.error('DP1008', message, start, `add \`${key}:\`, ${kind.expected}`);
      }
      // The cast is safe: each value was read by the kind of its key.
      return values as Partial<RecordOf<F>>;
    },
  };
}

function recordSchema(fields: RecordFields): JsonObject {
  const entries = Object.entries(fields);
  const required = entries.flatMap(([key, field]) => (field.required ? [key] : []));
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([key, field]) => [key, keySchema(field.kind.schema, field)]),
    ),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  };
}
