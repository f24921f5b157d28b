/** Turns the JSON Schema of a parameter into a check of values. The simplest schemas are checked here; ajv is loaded for the others. */
import type { ErrorObject } from 'ajv';
import { OutOfTime, runBounded } from '../../lib/bounded.ts';
import { impossible } from '../../model/fault.ts';
import { type Json, type JsonObject, canonicalJson, isJsonObject } from '../../model/json.ts';
import { quoted } from '../yaml/source.ts';

/** Returns why a value does not fit, completing "… must" or naming the part; undefined when it fits. */
type CheckValue = (value: Json) => string | undefined;

/** Error of an invalid schema: the part, by JSON pointer or by keyword, and the reason. */
export class SchemaProblem extends Error {
  override readonly name = 'SchemaProblem';
  readonly pointer: string;
  readonly keyword: string | undefined;
  /** The keywords that exist; set when an unknown one is the problem. */
  readonly known: readonly string[];

  constructor(
    message: string,
    where: { pointer?: string; keyword?: string; known?: readonly string[] },
  ) {
    super(message);
    this.pointer = where.pointer ?? '';
    this.keyword = where.keyword;
    this.known = where.known ?? [];
  }
}

export const JSON_TYPES = [
  'string',
  'integer',
  'number',
  'boolean',
  'array',
  'object',
  'null',
] as const;
export type JsonType = (typeof JSON_TYPES)[number];

/** Throws SchemaProblem. */
export async function compileSchema(schema: JsonObject): Promise<CheckValue> {
  return simpleCheck(schema) ?? (await ajvCheck(schema));
}

/** Returns the types that a schema names; undefined when it leaves the type open. */
export function typesOf(schema: JsonObject): readonly JsonType[] | undefined {
  const types = typeof schema['type'] === 'string' ? [schema['type']] : schema['type'];
  return Array.isArray(types) && types.every((type) => JSON_TYPES.includes(type as JsonType))
    ? (types as JsonType[])
    : undefined;
}

export function hasType(value: Json, type: JsonType): boolean {
  switch (type) {
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return isJsonObject(value);
    case 'null':
      return value === null;
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    default:
      return impossible(type);
  }
}

const ANNOTATIONS = new Set(['title', 'description', 'examples', 'deprecated', '$comment']);
const LIMITS: Readonly<
  Record<
    string,
    { holds: (value: number, limit: number) => boolean; must: string; of: 'number' | 'length' }
  >
> = {
  minimum: { holds: (value, limit) => value >= limit, must: 'be at least', of: 'number' },
  maximum: { holds: (value, limit) => value <= limit, must: 'be at most', of: 'number' },
  exclusiveMinimum: { holds: (value, limit) => value > limit, must: 'be above', of: 'number' },
  exclusiveMaximum: { holds: (value, limit) => value < limit, must: 'be below', of: 'number' },
  minLength: { holds: (value, limit) => value >= limit, must: 'be no shorter than', of: 'length' },
  maxLength: { holds: (value, limit) => value <= limit, must: 'be no longer than', of: 'length' },
};

/** Returns undefined for a schema that needs ajv, either to apply it or to say what is wrong with it. */
function simpleCheck(schema: JsonObject): CheckValue | undefined {
  const checks: CheckValue[] = [];
  for (const [keyword, setting] of Object.entries(schema)) {
    if (ANNOTATIONS.has(keyword)) continue;
    const limit = Object.hasOwn(LIMITS, keyword) ? LIMITS[keyword] : undefined;
    if (keyword === 'type') {
      const types = typesOf(schema);
      if (types === undefined || types.length === 0) return undefined;
      // The type is checked first, so that the message names it and not its consequences.
      checks.unshift((value) =>
        types.some((type) => hasType(value, type)) ? undefined : beOneOf(types),
      );
    } else if (keyword === 'enum' && Array.isArray(setting) && setting.length > 0) {
      const allowed = new Set(setting.map((member) => canonicalJson(member as Json)));
      checks.push((value) =>
        allowed.has(canonicalJson(value)) ? undefined : `be one of ${[...allowed].join(', ')}`,
      );
    } else if (
      limit !== undefined &&
      typeof setting === 'number' &&
      (limit.of === 'number' || (Number.isInteger(setting) && setting >= 0))
    ) {
      checks.push((value) => {
        const size =
          limit.of === 'number'
            ? value
            : typeof value === 'string'
              ? Array.from(value).length
              : undefined;
        return typeof size !== 'number' || limit.holds(size, setting)
          ? undefined
          : `${limit.must} ${setting}${limit.of === 'length' ? ' characters' : ''}`;
      });
    } else {
      return undefined;
    }
  }
  return (value) => {
    for (const check of checks) {
      const problem = check(value);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** Returns a clause such as `be an integer or null`. */
export function beOneOf(types: readonly JsonType[]): string {
  return `be ${types.map(withArticle).join(' or ')}`;
}

function withArticle(type: JsonType): string {
  return type === 'null'
    ? 'null'
    : `${/^[aio]/.test(type) ? 'an' : 'a'} ${type === 'string' ? 'text' : type}`;
}

async function ajvCheck(schema: JsonObject): Promise<CheckValue> {
  const [{ Ajv2020 }, { default: formats }] = await Promise.all([
    import('ajv/dist/2020.js'),
    import('ajv-formats'),
  ]);
  const ajv = new Ajv2020({
    allErrors: true,
    allowUnionTypes: true,
    strictRequired: false,
    strictTuples: false,
    strictTypes: false,
    addUsedSchema: false,
    logger: false,
  });
  formats.default(ajv);
  if (ajv.validateSchema(schema) !== true) {
    const [error] = ajv.errors ?? [];
    throw new SchemaProblem(
      `no valid JSON Schema: ${error?.instancePath || 'it'} ${error?.message ?? ''}`,
      { pointer: error?.instancePath ?? '' },
    );
  }
  try {
    const validate = ajv.compile<Json>(schema);
    return inTime((value) => (validate(value) ? undefined : readable(validate.errors ?? [])));
  } catch (cause) {
    const message =
      cause instanceof Error ? cause.message.replace(/^strict mode: /, '') : String(cause);
    const keyword = /unknown keyword: "(.*)"/.exec(message)?.[1];
    throw new SchemaProblem(
      `no valid JSON Schema: ${message}`,
      keyword === undefined ? {} : { keyword, known: Object.keys(ajv.RULES.keywords) },
    );
  }
}

/** Limits the time of a check: a pattern can take for ever on a text of forty characters, and it blocks all of dp meanwhile. */
const CHECK_LIMIT_MS = 1000;

const inTime =
  (check: CheckValue): CheckValue =>
  (value) => {
    try {
      return runBounded(() => check(value), CHECK_LIMIT_MS);
    } catch (cause) {
      if (!(cause instanceof OutOfTime)) throw cause;
      return `be checked within ${CHECK_LIMIT_MS} ms, and a pattern of its schema takes longer`;
    }
  };

/** Returns the errors as one clause; errors of deeper parts name their part. */
function readable(errors: readonly ErrorObject[]): string {
  const clauses = errors.map((error) => {
    const where = error.instancePath === '' ? '' : ` at ${error.instancePath}`;
    return `${clauseFor(error)}${where}`;
  });
  return [...new Set(clauses)].slice(0, 5).join('; must ');
}

function clauseFor(error: ErrorObject): string {
  const params = error.params as Readonly<Record<string, unknown>>;
  switch (error.keyword) {
    case 'type': {
      const types = [params['type']].flat() as JsonType[];
      return beOneOf(types);
    }
    case 'enum':
      return `be one of ${(params['allowedValues'] as Json[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'pattern':
      return `match the pattern ${quoted(String(params['pattern']))}`;
    case 'format':
      return `be a ${String(params['format'])}`;
    case 'required':
      return `have ${quoted(String(params['missingProperty']))}`;
    case 'additionalProperties':
      return `not have ${quoted(String(params['additionalProperty']))}`;
    default:
      return (error.message ?? 'fit its schema').replace(/^must /, '');
  }
}
