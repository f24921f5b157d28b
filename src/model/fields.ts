/** Mappings with a fixed set of keys, and how to report unknown keys. */
import { didYouMean } from './diagnostic.ts';
import type { Json, JsonObject } from './json.ts';
import {
  inside,
  type ReadBy,
  type Reading,
  type ValueKind,
  wrong,
  type WrittenFor,
} from './value-kind.ts';

/** A key of a mapping. */
interface ReadableField<T, W> {
  readonly kind: ValueKind<T, W>;
  /** Default value when the key is not written. Null: no value, and code may write null. */
  readonly default?: Json;
}

/** A key with its full description. */
export interface Field<T = unknown, W = unknown> extends ReadableField<T, W> {
  /** Text shown in place of the default, where its value says little. */
  readonly defaultText?: string;
  /** The meaning of the key, in sentences. */
  readonly about: string;
  readonly example?: Json;
}
/** Fields by their names in code; a file writes them in snake case. */
export type Fields = Readonly<Record<string, Field>>;
export type ReadableFields = Readonly<Record<string, ReadableField<unknown, unknown>>>;
type OrNull<F> = F extends { readonly default: null } ? null : never;
export type FieldsRead<F extends ReadableFields> = {
  readonly [K in keyof F]?: ReadBy<F[K]['kind']> | OrNull<F[K]>;
};
export type FieldsWritten<F extends Fields> = {
  readonly [K in keyof F]?: WrittenFor<F[K]['kind']> | OrNull<F[K]>;
};

/** Describes a mapping with a fixed set of keys. `type` is its name in code. */
export function record<const F extends Fields>(
  fields: F,
  { type, elsewhere = {} }: { readonly type: string; readonly elsewhere?: Elsewhere },
): ValueKind<FieldsRead<F>, FieldsWritten<F>> {
  const keys = Object.keys(fields).map(snakeCase);
  return {
    expected: `a mapping with ${someOf(keys)}`,
    schema: {
      type: 'object',
      properties: Object.fromEntries(
        Object.entries(fields).map(([key, field]) => [
          snakeCase(key),
          keySchema(field.kind.schema, { ...field, about: aboutWithDefault(field) }),
        ]),
      ),
      additionalProperties: false,
    },
    type,
    accepts: isMapping,
    read(value, reading) {
      return isMapping(value)
        ? readFields(fields, value, { ...reading, elsewhere })
        : wrong(value, reading, { expected: this.expected });
    },
  };
}

/** Reports everything that is wrong and keeps everything that is right, in the order of `fields`. */
export function readFields<F extends ReadableFields>(
  fields: F,
  given: Readonly<Record<string, unknown>>,
  reading: Reading & { readonly elsewhere: Elsewhere },
): FieldsRead<F> {
  const { from, path, report, elsewhere } = reading;
  const spelt = from === 'code' ? (key: string) => key : snakeCase;
  const keys = new Map(
    Object.entries(fields).map(([name, field]) => [spelt(name), { name, field }]),
  );
  for (const key of Object.keys(given))
    if (!keys.has(key)) {
      const known = Object.keys(fields).map(snakeCase);
      report({ is: 'unknown key', path, key, hint: keyHint(key, known, elsewhere) });
    }
  const read = [...keys].flatMap(([key, { name, field }]) => {
    const value = Object.hasOwn(given, key)
      ? readField(field, given[key], inside(reading, key))
      : undefined;
    return value === undefined ? [] : [[name, value] as const];
  });
  // The cast is safe: each value was read by the kind of its key.
  return Object.fromEntries(read) as FieldsRead<F>;
}

/**
 * Null overrides a value from `defaults:`. Only code can write it: a YAML key without a value is null too,
 * and is more often an unfinished line than an intention.
 */
function readField(
  field: ReadableField<unknown, unknown>,
  value: unknown,
  reading: Reading,
): unknown {
  const { from, path, report } = reading;
  if (from === 'file' || field.default !== null) {
    const isAbsent = from === 'code' && value === undefined;
    return isAbsent ? undefined : field.kind.read(value, reading);
  }
  if (value === undefined || value === null) return value;
  return field.kind.read(value, {
    ...reading,
    report: (problem) =>
      report(
        problem.is === 'wrong' && problem.path.length === path.length
          ? { ...problem, expected: `${problem.expected}, or null` }
          : problem,
      ),
  });
}

/** Returns the schema of a key, with what an editor shows of it. */
export function keySchema(
  schema: JsonObject,
  { about, example }: Pick<Field, 'about' | 'example'>,
): JsonObject {
  return {
    ...schema,
    description: about,
    ...(example === undefined ? {} : { examples: [example] }),
  };
}

export function aboutWithDefault(field: Field): string {
  const byDefault = defaultText(field);
  return byDefault === undefined ? field.about : `${field.about} Default: ${byDefault}.`;
}

export function defaultText({ default: value, defaultText: said }: Field): string | undefined {
  if (said !== undefined) return said;
  if (value === null) return 'none';
  return value === undefined || typeof value === 'object' ? undefined : String(value);
}

/** Names that other tools use for a key → what to write instead. */
export type Elsewhere = Readonly<Record<string, string>>;

/** Returns how to fix an unknown key. The `known` keys are spelt as in a file. */
export function keyHint(key: string, known: readonly string[], elsewhere: Elsewhere): string {
  const snake = snakeCase(key.replaceAll('-', '_'));
  for (const spelling of [key, snake]) {
    const hint = Object.hasOwn(elsewhere, spelling) ? elsewhere[spelling] : undefined;
    if (hint !== undefined) return hint;
  }
  if (known.includes(snake)) return `write "${snake}"`;
  return didYouMean(snake, known) ?? `known keys are ${someOf(known)}`;
}

export function someOf(keys: readonly string[]): string {
  return keys.length > 12 ? `${keys.slice(0, 12).join(', ')}, …` : keys.join(', ');
}

export function snakeCase(key: string): string {
  return key.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
