import type { Diagnostic } from '../../model/diagnostic.ts';
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts';
import type { TaskDefinition } from '../../model/task.ts';

/**
 * Warns of a task whose output type has members that cannot be stored or sent between threads.
 * It is a warning, because a type may allow members that its values never have.
 */
export function uncrossable(
  { name, at }: TaskDefinition,
  live: LiveMember | undefined,
): readonly Diagnostic[] {
  if (live === undefined) return [];
  const where = live.path === '' ? 'what it gives' : `"${live.path}" of it`;
  return [
    {
      code: 'DP5004',
      severity: 'warning',
      message: `the output of task "${name}" may not be storable: ${where} is ${live.what}`,
      at,
      hint: 'return plain data: structured-clone values, bytes or text',
    },
  ];
}

/** Member of a type that cannot be stored, with its path in the value. */
export interface LiveMember {
  readonly path: string;
  readonly what: string;
}

const LIVE = new Map([
  ['function', 'a function'],
  ['symbol', 'a symbol'],
  ['Promise', 'a promise'],
  ['URL', 'a URL'],
]);

export function liveMember(root: JsonObject): LiveMember | undefined {
  const definitions = root['$defs'];
  const seen = new Set<Json>();
  const open: { path: string; schema: Json }[] = [{ path: '', schema: root }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { path, schema } = next;
    if (!isJsonObject(schema) || seen.has(schema)) continue;
    seen.add(schema);
    const { 'x-dp-type': type, 'x-dp-class': className } = schema;
    const kind = typeof type === 'string' ? LIVE.get(type) : undefined;
    if (kind !== undefined) return { path, what: kind };
    const methods = schema['x-dp-methods'];
    if (Array.isArray(methods) && typeof className === 'string') {
      return {
        path,
        what: `an instance of class ${className}, which arrives without its methods`,
      };
    }
    if (typeof className === 'string' && schema['type'] === undefined) {
      return { path, what: `a live ${className}` };
    }
    const ref = schema['$ref'];
    if (typeof ref === 'string' && isJsonObject(definitions ?? null)) {
      open.push({ path, schema: (definitions as JsonObject)[ref.replace('#/$defs/', '')] ?? null });
    }
    for (const [name, member] of Object.entries(
      isJsonObject(schema['properties'] ?? null) ? (schema['properties'] as JsonObject) : {},
    )) {
      open.push({ path: path === '' ? name : `${path}.${name}`, schema: member });
    }
    for (const key of ['items', 'additionalProperties', 'x-dp-items', 'x-dp-keys', 'x-dp-values']) {
      if (schema[key] !== undefined) open.push({ path: `${path}[]`, schema: schema[key] });
    }
    for (const key of ['anyOf', 'prefixItems']) {
      const parts = schema[key];
      if (Array.isArray(parts))
        for (const part of parts as readonly Json[]) open.push({ path, schema: part });
    }
  }
  return undefined;
}
