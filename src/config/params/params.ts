/** Converts texts or JSON to the values of a pipeline's parameters, each as its schema requires. */
import { type Diagnostic, didYouMean, type Place } from '../../model/diagnostic.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import type { ParamSpec, Pipeline } from '../../model/pipeline.ts';
import {
  beOneOf,
  compileSchema,
  hasType,
  JSON_TYPES,
  type JsonType,
  typesOf,
} from './param-schema.ts';
import { quoted } from '../yaml/source.ts';

/** Values from the command line (`-p NAME=TEXT`), where everything is text, or from JSON, which has types already. */
export type GivenParams =
  | readonly GivenText[]
  | {
      readonly json: JsonObject;
      /** Where the values are written; absent: nowhere. */
      readonly places?: ReadonlyMap<string, Place>;
      /** Texts, which take precedence. */
      readonly texts?: readonly GivenText[];
    };
type GivenText = readonly [name: string, text: string];

/** Returns the value of a default that holds expressions; undefined for any other. */
export type EvaluateDefault = (spec: ParamSpec) => Json | undefined;

/** Returns values that are complete only when nothing is reported. Text for a string parameter is kept byte for byte. */
export async function resolveParams(
  pipeline: Pick<Pipeline, 'name' | 'params'>,
  given: GivenParams,
  evaluate: EvaluateDefault,
): Promise<{ values: JsonObject; diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const values = new Map<string, Json>();
  const seen = new Set<string>();
  for (const { name, readings, written, at } of readingsOf(pipeline, given)) {
    const spec = pipeline.params.get(name);
    if (spec === undefined) {
      diagnostics.push({ ...unknownParam(pipeline, name), ...(at && { at }) });
      continue;
    }
    if (seen.has(name)) diagnostics.push(badValue(spec, 'be given once only'));
    seen.add(name);
    const { value, problem } = await firstFit(spec, readings);
    if (value !== undefined) values.set(name, value);
    else
      diagnostics.push({
        ...badValue(spec, `${problem}, not ${quoted(written)}`),
        ...(at && { at }),
      });
  }
  for (const spec of pipeline.params.values()) {
    if (seen.has(spec.name)) continue;
    const { value, diagnostic } = await defaultOf(spec, evaluate);
    if (value !== undefined) values.set(spec.name, value);
    if (diagnostic !== undefined) diagnostics.push(diagnostic);
  }
  const inOrder = [...pipeline.params.keys()].flatMap((name): [string, Json][] => {
    const value = values.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return { values: Object.fromEntries(inOrder), diagnostics };
}

async function defaultOf(
  spec: ParamSpec,
  evaluate: EvaluateDefault,
): Promise<{ readonly value?: Json; readonly diagnostic?: Diagnostic }> {
  const written = spec.default;
  if (written === undefined) return { diagnostic: missing(spec) };
  const value = evaluate(spec);
  if (value === undefined) return { value: written };
  const problem = (await compileSchema(spec.schema))(value);
  if (problem === undefined) return { value };
  const gives = `${problem}, and its default gives ${quoted(JSON.stringify(value))}`;
  return { diagnostic: badValue(spec, gives) };
}

interface GivenParam {
  readonly name: string;
  readonly written: string;
  /** Possible values of the text, the likeliest first. */
  readonly readings: readonly Json[];
  readonly at?: Place | undefined;
}

function readingsOf(pipeline: Pick<Pipeline, 'params'>, given: GivenParams): GivenParam[] {
  if ('json' in given) {
    const { json, places, texts = [] } = given;
    const later = new Set(texts.map(([name]) => name));
    const first = Object.entries(json).filter(([name]) => !later.has(name));
    return [
      ...first.map(([name, value]) => ({
        name,
        written: JSON.stringify(value),
        readings: [value],
        at: places?.get(name),
      })),
      ...readingsOf(pipeline, texts),
    ];
  }
  return given.map(([name, text]) => ({
    name,
    written: text,
    readings: readingsOfText(text, pipeline.params.get(name)?.schema ?? {}),
  }));
}

function readingsOfText(text: string, schema: JsonObject): Json[] {
  const value = parseJson(text);
  const types = typesOf(schema);
  // Where the schema leaves the type open, text comes first, then its meaning as JSON, in case the schema accepts only that.
  if (types === undefined) return value === undefined ? [text] : [text, value];
  const fits = (type: JsonType): Json[] => {
    if (type === 'string') return [text];
    return value !== undefined && hasType(value, type) ? [value] : [];
  };
  // Text fits everything, so it comes last.
  return [...types].sort((a, b) => Number(a === 'string') - Number(b === 'string')).flatMap(fits);
}

/** Returns undefined for text that is not JSON, and for numbers that JavaScript would round or make infinite. */
function parseJson(text: string): Json | undefined {
  if (text !== text.trim()) return undefined;
  try {
    return JSON.parse(text, exact) as Json;
  } catch {
    return undefined;
  }
}

function exact(_key: string, value: Json, context?: { source?: string }): Json {
  if (typeof value !== 'number') return value;
  const isWhole = /^-?\d+$/.test(context?.source ?? '');
  const isExact = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!isExact) throw new RangeError('beyond what a number holds exactly');
  return value;
}

async function firstFit(
  spec: ParamSpec,
  readings: readonly Json[],
): Promise<{ value?: Json; problem: string }> {
  const check = await compileSchema(spec.schema);
  let problem = beOneOf(typesOf(spec.schema) ?? JSON_TYPES);
  for (const [index, value] of readings.entries()) {
    const why = check(value);
    if (why === undefined) return { value, problem };
    if (index === 0) problem = why;
  }
  return { problem };
}

function unknownParam(pipeline: Pick<Pipeline, 'name' | 'params'>, name: string): Diagnostic {
  const known = [...pipeline.params.keys()];
  const list = known.length === 0 ? 'it has none' : `it has ${known.slice(0, 12).join(', ')}`;
  return {
    code: 'DP2003',
    severity: 'error',
    message: `pipeline "${pipeline.name}" has no parameter ${quoted(name)}`,
    hint: didYouMean(name, known) ?? list,
  };
}

function badValue(spec: ParamSpec, must: string): Diagnostic {
  return {
    code: 'DP2004',
    severity: 'error',
    message: `parameter "${spec.name}" must ${must}`,
    related: [{ message: 'declared here', at: spec.at }],
  };
}

function missing(spec: ParamSpec): Diagnostic {
  const example = (typesOf(spec.schema)?.[0] ?? 'value').toUpperCase();
  return {
    code: 'DP2005',
    severity: 'error',
    message: `parameter "${spec.name}" is missing`,
    hint: [{ do: 'giveParameter', name: spec.name, example }, 'declare a default in the file'],
    related: [{ message: 'declared here', at: spec.at }],
  };
}
