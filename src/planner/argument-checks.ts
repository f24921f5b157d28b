/**
 * What the compiler cannot guarantee: a sound plan comes in, the arguments that have to be checked at run time go out.
 * These are results of earlier runs, computed values, results of type `any`, and limits that types cannot express.
 */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts';
import type { TaskName } from '../model/ids.ts';
import type { ParamSpec } from '../model/pipeline.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { TaskDefinition } from '../model/task.ts';
import type { ArgumentCheck } from '../registry/values/check-values.ts';
import { schemaTypeText } from '../registry/types/type-text.ts';
import { templateText } from './type-text.ts';
import type { TaskLookup } from './wiring.ts';

/** Checks by task and parameter; tasks without any are left out. */
export type ArgumentChecks = ReadonlyMap<TaskName, ReadonlyMap<string, ArgumentCheck>>;

export function argumentChecks(
  plan: Plan,
  params: ReadonlyMap<string, ParamSpec>,
  registry: TaskLookup,
): ArgumentChecks {
  const tasks = new Map(plan.tasks.map((task) => [task.name, task]));
  const definitionOf = (task: PlannedTask | undefined): TaskDefinition | undefined =>
    task?.work.is === 'function' ? registry.get(task.work.task) : undefined;
  /** False for results whose type is unknown: from an older version of the code, of type `any`, or with the data of an event. */
  const isTyped = (name: TaskName): boolean => {
    const task = tasks.get(name);
    return !plan.given.has(name) && task?.work.is !== 'wait' && !isLoose(definitionOf(task));
  };
  const isTypedParam = (name: string): boolean =>
    !ANY.test(schemaTypeText(params.get(name)?.schema ?? {}));

  const checks = new Map<TaskName, ReadonlyMap<string, ArgumentCheck>>();
  for (const task of plan.tasks) {
    const definition = definitionOf(task);
    if (definition?.parameters.is !== 'known') continue;
    const found = new Map<string, ArgumentCheck>();
    const add = (parameter: string, origin: string, isNeeded: (schema: JsonObject) => boolean) => {
      const schema = schemaOf(definition, parameter);
      if (schema !== undefined && isNeeded(schema)) found.set(parameter, { schema, origin });
    };
    for (const [parameter, value] of Object.entries(task.with))
      add(
        parameter,
        `what \`with\` says: ${JSON.stringify(value)}`,
        (schema) => isLimited(schema) || !isVouched(value, isTyped, isTypedParam),
      );
    if (task.map !== undefined) {
      const over = `\${${task.map.over}}`;
      add(task.map.as, `an element of ${over}`, () => !isVouched(over, isTyped, isTypedParam));
    }
    for (const { task: upstream, parameter } of task.dependsOn) {
      if (parameter === undefined || isTyped(upstream)) continue;
      const run = plan.given.get(upstream)?.fromRun;
      const why = run === undefined ? 'which is of type any' : `of run ${run}`;
      add(parameter, `the result of "${upstream}", ${why}`, () => true);
    }
    if (found.size > 0) checks.set(task.name, found);
  }
  return checks;
}

/** `unknown` needs no check: the compiler lets it pass only to `unknown`. */
const ANY = /\bany\b/;

/** Returns whether the type of the output is unknown in some part; that of a command never is. */
const isLoose = (definition: TaskDefinition | undefined): boolean =>
  definition !== undefined && ANY.test(definition.output?.type ?? 'any');

/** Returns undefined when everything fits. */
function schemaOf({ parameters }: TaskDefinition, name: string): JsonObject | undefined {
  if (parameters.is !== 'known') return undefined;
  const parameter = parameters.list.find((each) => each.name === name);
  const schema = parameter === undefined ? parameters.rest : parameter.schema;
  return schema === undefined || schema === true || Object.keys(schema).length === 0
    ? undefined
    : schema;
}

/** Returns whether the check of edges knew the type of every part of a value. */
function isVouched(
  value: Json,
  isTyped: (task: TaskName) => boolean,
  isTypedParam: (param: string) => boolean,
): boolean {
  if (Array.isArray(value))
    return value.every((item: Json) => isVouched(item, isTyped, isTypedParam));
  if (isJsonObject(value))
    return Object.values(value).every((member) => isVouched(member, isTyped, isTypedParam));
  if (typeof value !== 'string') return true;
  const text = templateText(value, (task) => (isTyped(task) ? '' : undefined));
  if (text === 'given') return false;
  const param = /^params\["(\w+)"\]/.exec(text)?.[1];
  return param === undefined || isTypedParam(param);
}

/** Keywords of JSON Schema that TypeScript types cannot express. */
const LIMITS =
  /"(?:minimum|maximum|exclusiveMinimum|exclusiveMaximum|multipleOf|minLength|maxLength|pattern|format|maxItems|uniqueItems|minProperties|maxProperties)":/;
const isLimited = (schema: JsonObject): boolean => LIMITS.test(JSON.stringify(schema));
