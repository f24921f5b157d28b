/** Checks the declarations of parameters: schemas have to be valid, and defaults have to fit them. */
import { didYouMean } from '../../model/diagnostic.ts';
import type { Json, JsonObject } from '../../model/json.ts';
import { holdsExpression, isOneExpression } from '../expressions/template.ts';
import { toJson } from '../format/kinds.ts';
import {
  beOneOf,
  compileSchema,
  JSON_TYPES,
  SchemaProblem,
  typesOf,
} from '../params/param-schema.ts';
import type { Report } from '../yaml/report.ts';
import type { Span } from '../yaml/source.ts';
import { entriesAt, type YamlEntry, type YamlMap, type YamlNode } from '../yaml/yaml-node.ts';

export async function checkParams(root: YamlMap, report: Report): Promise<void> {
  for (const entry of entriesAt(root, 'params')) {
    if (entry.value.is === 'map') await checkParam(entry, entry.value, report);
  }
}

async function checkParam(entry: YamlEntry, node: YamlMap, report: Report): Promise<void> {
  const { schema, default: value } = splitDefault(toJson(node) as JsonObject);
  try {
    const problem = await problemWithWritten(value, schema);
    if (problem !== undefined)
      report.error(
        'DP1005',
        `the default of parameter "${entry.key}" must ${problem}`,
        node.entries.get('default')!.value,
      );
  } catch (problem) {
    if (!(problem instanceof SchemaProblem)) throw problem;
    const at =
      problem.keyword === undefined
        ? placeOfPointer(node, problem.pointer)
        : (placeOfKey(node, problem.keyword) ?? node);
    report.error(
      'DP1005',
      `parameter "${entry.key}" has ${problem.message}`,
      at,
      schemaHint(node, problem),
    );
  }
}

/**
 * Returns why a value of the file does not fit, as the end of "… must". The type of an expression's value is unknown until it is
 * evaluated; a text around an expression is a text in any case. Throws SchemaProblem.
 */
export async function problemWithWritten(
  value: Json | undefined,
  schema: JsonObject,
): Promise<string | undefined> {
  const check = await compileSchema(schema);
  if (value === undefined) return undefined;
  if (!holdsExpression(value)) return check(value);
  const types = typesOf(schema);
  const isText = typeof value === 'string' && !isOneExpression(value);
  return isText && types?.includes('string') === false ? beOneOf(types) : undefined;
}

/** Separates a schema from the default that it holds as it is written. */
export function splitDefault(written: JsonObject): { schema: JsonObject; default?: Json } {
  const { default: value, ...schema } = written;
  return value === undefined ? { schema } : { schema, default: value };
}

function schemaHint(node: YamlMap, problem: SchemaProblem): string | undefined {
  if (problem.keyword !== undefined) return didYouMean(problem.keyword, problem.known);
  const at = nodeAt(node, problem.pointer);
  return problem.pointer.endsWith('/type') && at?.is === 'scalar'
    ? (didYouMean(String(at.value), JSON_TYPES) ?? `types are ${JSON_TYPES.join(', ')}`)
    : undefined;
}

function placeOfPointer(node: YamlNode, pointer: string): Span {
  return nodeAt(node, pointer) ?? node;
}

function nodeAt(node: YamlNode, pointer: string): YamlNode | undefined {
  let at: YamlNode | undefined = node;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at =
      at?.is === 'map'
        ? at.entries.get(key)?.value
        : at?.is === 'list'
          ? at.items[Number(key)]
          : undefined;
  }
  return at;
}

function placeOfKey(node: YamlNode, key: string): Span | undefined {
  if (node.is === 'scalar') return undefined;
  const own = node.is === 'map' ? node.entries.get(key) : undefined;
  if (own !== undefined) return own.keySpan;
  const children =
    node.is === 'list' ? node.items : [...node.entries.values()].map(({ value }) => value);
  for (const child of children) {
    const found = placeOfKey(child, key);
    if (found !== undefined) return found;
  }
  return undefined;
}
