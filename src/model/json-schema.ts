/**
 * Values: a schema that was read from types comes in, a check goes out, for values from sources that the
 * compiler cannot see. It changes no value.
 */
import type { Ajv2020 as Ajv, ErrorObject, SchemaCxt } from 'ajv/dist/2020.js';
import { isJsonObject, type JsonObject } from './json.ts';

export interface Misfit {
  /** Path inside the value, as in `/rows/5000/id`; empty for the value itself. */
  readonly path: string;
  readonly message: string;
}

/** Returns the first mismatch; undefined when the value fits. */
export type Validator = (value: unknown) => Misfit | undefined;

const validators = new WeakMap<JsonObject, Promise<Validator>>();

/** Compiles a schema at its first call, and loads ajv at the first call of all. Rejects when the schema itself is not valid. */
export function validatorFor(schema: JsonObject): Promise<Validator> {
  let validator = validators.get(schema);
  if (validator === undefined) validators.set(schema, (validator = compile(schema)));
  return validator;
}

async function compile(schema: JsonObject): Promise<Validator> {
  const ajv = await engine();
  const validate = ajv.compile(schema);
  return (value) => (validate(value) ? undefined : misfit(validate.errors?.[0]));
}

function misfit(error: ErrorObject | undefined): Misfit {
  const detail: unknown = error?.params['allowedValues'] ?? error?.params['allowedValue'];
  const allowed = detail === undefined ? '' : `: ${JSON.stringify(detail)}`;
  return { path: error?.instancePath ?? '', message: (error?.message ?? 'does not fit') + allowed };
}

let loaded: Promise<Ajv> | undefined;

const engine = (): Promise<Ajv> => (loaded ??= load());

async function load(): Promise<Ajv> {
  const [{ Ajv2020 }, { default: formats }] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('ajv-formats'),
  ]);
  // ajv is not strict about keywords, because tasks bring schemas of their own; NaN is valid, as it is for TypeScript.
  const ajv = new Ajv2020({ strict: false, strictNumbers: false, validateSchema: true });
  formats.default(ajv);
  ajv.addKeyword({
    keyword: 'x-dp-type',
    schemaType: 'string',
    error: { message: ({ schema }: { schema: unknown }) => `must be ${String(schema)}` },
    compile: (name: string) => INSTANCES.get(name) ?? (() => true),
  });
  const contents: readonly (readonly [string, (value: unknown) => Iterable<unknown>])[] = [
    ['x-dp-items', (value) => (value instanceof Set ? value : [])],
    ['x-dp-keys', (value) => (value instanceof Map ? value.keys() : [])],
    ['x-dp-values', (value) => (value instanceof Map ? value.values() : [])],
  ];
  for (const [keyword, partsOf] of contents) {
    ajv.addKeyword({
      keyword,
      schemaType: 'object',
      error: { message: `must hold nothing but what ${keyword} describes` },
      compile: (schema: JsonObject, _parent: unknown, context: SchemaCxt) => {
        const fits = partCheck(ajv, schema, context);
        return (value: unknown) => {
          for (const part of partsOf(value)) if (!fits(part)) return false;
          return true;
        };
      },
    });
  }
  ajv.addVocabulary(['x-dp-class', 'x-dp-methods']);
  return ajv;
}

/** Compiles a nested schema when first needed, because a type may contain itself inside a Map. References mean the definitions of the whole. */
function partCheck(
  ajv: Ajv,
  schema: JsonObject,
  { schemaEnv }: SchemaCxt,
): (part: unknown) => boolean {
  const whole: unknown = schemaEnv.root.schema;
  const definitions = isJsonObject(whole) ? whole['$defs'] : undefined;
  let validate: ((part: unknown) => unknown) | undefined;
  return (part) => {
    validate ??= ajv.compile(
      definitions === undefined ? schema : { ...schema, $defs: definitions },
    );
    return validate(part) === true;
  };
}

/** Checks for the names under `x-dp-type`. Streams are not inspected: their items are checked as they arrive. */
const INSTANCES = new Map<string, (value: unknown) => boolean>([
  ['undefined', (value) => value === undefined],
  ['bigint', (value) => typeof value === 'bigint'],
  ['symbol', (value) => typeof value === 'symbol'],
  ['function', (value) => typeof value === 'function'],
  ['object', (value) => typeof value === 'object' && value !== null],
  ['Promise', (value) => value instanceof Promise],
  [
    'AsyncIterable',
    (value) => typeof value === 'object' && value !== null && Symbol.asyncIterator in value,
  ],
  ['Error', (value) => value instanceof Error],
  // A structured clone turns a Buffer into a Uint8Array.
  ['Buffer', (value) => value instanceof Uint8Array],
  ...[
    Date,
    URL,
    RegExp,
    Map,
    Set,
    ArrayBuffer,
    SharedArrayBuffer,
    DataView,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float16Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map((type) => [type.name, (value: unknown) => value instanceof type] as const),
]);
