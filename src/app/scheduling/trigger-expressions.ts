/** Compiles what a trigger says about each tick: its condition and the parameters of its run. */
import { compileExpressions } from '../../config/expressions/compiled-expressions.ts';
import { type Scope, truthOf } from '../../model/expression.ts';
import { Fault } from '../../model/fault.ts';
import { isJsonObject, type Json } from '../../model/json.ts';
import type { TriggerDefinition } from '../../model/trigger-definition.ts';
import type { FiringScope, TickExpressions } from '../../scheduler/decision.ts';

export async function triggerExpressions({
  pipeline,
  spec,
}: Pick<TriggerDefinition, 'pipeline' | 'spec'>): Promise<TickExpressions> {
  if (spec.when === undefined && Object.keys(spec.params).length === 0) return NOTHING_SAID;
  const compiled = await compileExpressions({
    params: new Map(),
    tasks: new Map(),
    triggers: [spec],
  });
  const { when, params } = spec;
  const scopeWith = (scope: FiringScope): Scope => ({
    params: {},
    env: {},
    run: { id: '', pipeline, time: scope.tick.time },
    tasks: {},
    ...scope,
  });
  return {
    condition: (scope) =>
      when === undefined || truthOf(compiled.evaluate(when.value, scopeWith(scope)), when.value),
    params: (scope) => {
      const rendered = asJson(compiled.render(params, scopeWith(scope)));
      return isJsonObject(rendered) ? rendered : {};
    },
  };
}

/** Most triggers; nothing is compiled for them. */
const NOTHING_SAID: TickExpressions = { condition: () => true, params: () => ({}) };

/** Points in time become texts in ISO 8601; bytes and other values that JSON lacks are refused. */
function asJson(value: unknown): Json {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(asJson);
  if (value instanceof Map) return asJson(Object.fromEntries(value));
  if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    const entries = Object.entries(value).filter(([, part]) => part !== undefined);
    return Object.fromEntries<Json>(entries.map(([key, part]) => [key, asJson(part)]));
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Fault('DP1009', `a parameter of the trigger becomes ${typeof value}, which is no JSON`);
}
