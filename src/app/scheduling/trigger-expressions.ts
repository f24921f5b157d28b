/** Compiles what a trigger says about each tick: its condition and the parameters of its run. */
import { compileExpressions } from '../../config/expressions/compiled-expressions.ts';
import { type Scope, truthOf } from '../../model/expression.ts';
import { isJsonObject } from '../../model/json.ts';
import type { TriggerDefinition } from '../../model/trigger-definition.ts';
import { expressionJson } from '../planning/expression-json.ts';
import { type FiringScope, NOTHING_SAID, type TickExpressions } from '../../scheduler/decision.ts';

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
      const rendered = expressionJson(compiled.render(params, scopeWith(scope)), 'params');
      return isJsonObject(rendered) ? rendered : {};
    },
  };
}
