/** A loaded pipeline and what is asked of it come in, a checked plan goes out. Nothing is written. */
import { compileExpressions } from '../config/compiled-expressions.ts';
import { resolveParams, type GivenParams } from '../config/params.ts';
import { hasErrors, type Diagnostic } from '../model/diagnostic.ts';
import type { Expressions } from '../model/expression.ts';
import { Fault } from '../model/fault.ts';
import { digestOf, type RunId, type TaskName } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { Pipeline } from '../model/pipeline.ts';
import type { Plan } from '../model/plan.ts';
import type { OutsideRead, TaskDefinition } from '../model/task.ts';
import { argumentChecks, type ArgumentChecks } from '../planner/argument-checks.ts';
import { checkableTasks } from '../planner/checkable.ts';
import type { Ground } from '../planner/parts.ts';
import type { Surroundings } from '../planner/planner.ts';
import { undeclaredInputs } from '../planner/undeclared.ts';
import { unknownTask, type Selection } from '../planner/selection.ts';
import { checkModule, typeDiagnostics } from '../planner/type-check.ts';
import { Registry } from '../registry/registry.ts';
import type { Types } from '../registry/types/types.ts';
import { definitionsOf, typesOf } from './definitions.ts';
import { planVerified, openHistory } from './history.ts';
import type { Loaded } from './load.ts';
import { type Place, pick } from './place.ts';

export interface PlanOptions {
  /** Absent: nobody gives any, and none is missed; defaults stand in. */
  readonly params?: GivenParams;
  readonly selection: Selection;
  readonly force?: true | ReadonlySet<TaskName>;
  /** Look for stored results. */
  readonly readCache: boolean;
  readonly types: TypeCheck;
}

/** `extract` learns parameters and outputs only; `strict` also reports edges of which nothing could be checked. */
export type TypeCheck = 'off' | 'extract' | 'on' | 'strict';

export interface Prepared {
  readonly loaded: Loaded;
  readonly selection: Selection;
  readonly plan: Plan;
  readonly expressions: Expressions;
  readonly surroundings: Surroundings;
  readonly declaredEnv: Readonly<Record<string, string>>;
  readonly checks: ArgumentChecks;
  /** By path of the module. */
  readonly reads: ReadonlyMap<string, readonly OutsideRead[]>;
  /** What the plan does not say of its cache keys. */
  readonly ground: Ground;
  /** The run that this one does over. */
  readonly retryOf?: RunId;
}

/** Plans a pipeline. Throws a Fault with every diagnostic when it cannot be planned. Writes nothing. */
export async function prepare(
  loaded: Loaded,
  options: PlanOptions,
  place: Place,
): Promise<Prepared> {
  const { pipeline } = loaded;
  refuseUnknown(pipeline, options.force);
  const params =
    options.params === undefined ? defaultsOf(pipeline) : await given(pipeline, options.params);
  using types = typesOf(loaded.root);
  const { definitions, code, reads } = await definitionsOf(loaded);
  const extracted = await extract(types, definitions, options.types);
  const registry = new Registry(extracted.definitions);
  const expressions = await compileExpressions(pipeline);
  const declaredEnv = pick(place.env, pipeline.env);
  const surroundings = {
    envDigest: digestOf(pipeline.env.toSorted().flatMap((name) => [name, declaredEnv[name]])),
    nodeMajor: Number.parseInt(process.versions.node, 10),
  };
  const scope = { params, env: declaredEnv, run: { id: '', pipeline: pipeline.name }, tasks: {} };
  using history = openHistory(loaded, options.readCache, place);
  const planned = await planVerified(history, {
    pipeline,
    registry,
    params,
    selection: options.selection,
    surroundings,
    holds: (condition) =>
      options.params === undefined || expressions.evaluate(condition, scope) === true,
    ...(options.force === undefined ? {} : { force: options.force }),
  });
  const warnings = [...loaded.diagnostics, ...extracted.diagnostics];
  if (planned.plan === undefined) throw Fault.of([...planned.diagnostics, ...warnings]);
  warnings.push(...planned.plan.warnings);
  warnings.push(...(await checkEdges(types, loaded, registry, options.types)));
  if (options.types === 'strict') warnings.push(...undeclaredInputs(planned.plan, reads));
  if (hasErrors(warnings)) throw Fault.of(warnings);
  const plan = { ...planned.plan, warnings };
  const { selection } = options;
  const checks = argumentChecks(plan, pipeline.params, registry);
  const { nodeMajor } = surroundings;
  const ground = { code, nodeMajor, declared: pipeline.env, env: declaredEnv };
  return { loaded, selection, plan, expressions, surroundings, declaredEnv, checks, ground, reads };
}

/** A task that is forced by a name it does not have would be taken from the cache in silence. */
function refuseUnknown({ tasks }: Pipeline, force: PlanOptions['force']): void {
  if (force === undefined || force === true) return;
  const unknown = [...force].filter((name) => !tasks.has(name));
  if (unknown.length === 0) return;
  throw Fault.of(unknown.map((name) => unknownTask(name, tasks.keys())));
}

async function extract(
  types: Types,
  definitions: readonly TaskDefinition[],
  check: TypeCheck,
): ReturnType<Types['extract']> {
  return check === 'off' || definitions.length === 0
    ? { definitions, diagnostics: [] }
    : types.extract(definitions);
}

/** Every edge, whatever is selected. */
async function checkEdges(
  types: Types,
  { pipeline, root }: Loaded,
  registry: Registry,
  check: TypeCheck,
): Promise<readonly Diagnostic[]> {
  if (check === 'off' || check === 'extract' || registry.size === 0) return [];
  const tasks = checkableTasks(pipeline, registry);
  const question = checkModule({ tasks, params: pipeline.params, strict: check === 'strict' });
  const outcome = await types.check(question.request);
  return [...outcome.diagnostics, ...typeDiagnostics(question, outcome, root)];
}

async function given(
  pipeline: Pipeline,
  params: NonNullable<PlanOptions['params']>,
): Promise<JsonObject> {
  const { values, diagnostics } = await resolveParams(pipeline, params);
  if (hasErrors(diagnostics)) throw Fault.of(diagnostics);
  return values;
}

function defaultsOf({ params }: Pipeline): JsonObject {
  return Object.fromEntries(
    [...params.values()].map((param) => [param.name, param.default ?? null]),
  );
}
