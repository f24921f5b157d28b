/** A loaded pipeline and options come in; a checked plan goes out. Nothing is written. */
import { compileExpressions } from '../../config/expressions/compiled-expressions.ts';
import { holdsExpression } from '../../config/expressions/template.ts';
import { resolveParams } from '../../config/params/params.ts';
import { isRedactable } from '../../executor/worker/secret-forms.ts';
import { hasErrors, type Diagnostic, type Located, type Place } from '../../model/diagnostic.ts';
import { type Expressions, truthOf } from '../../model/expression.ts';
import { Fault } from '../../model/fault.ts';
import { digestOf, type Digest, type Instant } from '../../model/ids.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import { secretValues } from '../../model/secrets.ts';
import type { TaskDefinition } from '../../model/task.ts';
import { absentOutputs } from '../../planner/absence.ts';
import { argumentChecks } from '../../planner/argument-checks.ts';
import { checkableTasks } from '../../planner/checkable.ts';
import type { KeyInputs } from '../../planner/parts.ts';
import { undeclaredFiles, undeclaredInputs, unknownCacheNames } from '../../planner/undeclared.ts';
import { unknownTask } from '../../planner/selection.ts';
import { checkModule } from '../../planner/type-check.ts';
import { typeDiagnostics } from '../../planner/type-diagnostics.ts';
import { Registry } from '../../registry/registry.ts';
import type { Types } from '../../registry/types/types.ts';
import { definitionsOf, typesOf } from './definitions.ts';
import { expressionJson } from './expression-json.ts';
import { type OpenHistory, openHistory, planVerified } from './history.ts';
import { load, type Loaded } from './load.ts';
import { type CallerContext, pick, standardEnv } from '../project/caller-context.ts';
import type { PlanOptions, Prepared, SubPlans, TypeCheck } from './prepared.ts';
import { lineageOf, planSubPipelines } from './sub-pipelines.ts';

/** Plans a pipeline. Throws a Fault with every diagnostic when it cannot be planned. */
export async function prepare(
  loaded: Loaded,
  asked: PlanOptions,
  caller: CallerContext,
  lineage = lineageOf(loaded.pipeline),
): Promise<Prepared> {
  const { pipeline } = loaded;
  const options = { ...asked, at: asked.at ?? caller.clock.now() };
  refuseUnknown(pipeline, options.force);
  const subs = await planSubPipelines(loaded, lineage, async (file, deeper) =>
    prepare(await load(file, caller), optionsOfChild(options), caller, deeper),
  );
  using types = typesOf(loaded.root);
  const { definitions, code, reads } = await definitionsOf(loaded);
  const extracted = await extract(types, definitions, options.types);
  const registry = new Registry(extracted.definitions);
  const expressions = await compileExpressions(pipeline);
  const scope = { env: caller.env, at: options.at };
  const params =
    options.params === undefined
      ? defaultsOf(pipeline)
      : await given({ pipeline, expressions }, options.params, scope);
  const said = [...loaded.diagnostics, ...extracted.diagnostics];
  const known = { loaded, registry, expressions, subs, code, reads, warnings: said };
  using history = openHistory(loaded, options.readCache, caller);
  const prepared = await planKnown(known, params, { ...options, env: caller.env, history });
  const { plan } = prepared;
  const warnings = [...said, ...plan.warnings, ...shownSecrets(pipeline.secrets, caller.env)];
  warnings.push(...(await checkEdges(types, loaded, { registry, subs }, options.types)));
  const isStrict = options.types === 'strict';
  if (isStrict) warnings.push(...undeclaredInputs(plan, reads));
  warnings.push(
    ...unknownCacheNames(plan),
    ...undeclaredFiles(plan, isStrict ? 'error' : 'warning'),
  );
  for (const child of new Set(subs.prepared.values())) warnings.push(...child.plan.warnings);
  if (hasErrors(warnings)) throw Fault.of(warnings);
  return { ...prepared, plan: { ...plan, warnings: [...new Set(warnings)] } };
}

/** Plans a prepared pipeline with parameters that are known only now, without repeating its checks. */
export async function prepareWith(
  prepared: Prepared,
  params: JsonObject,
  { env, history }: Pick<Planning, 'env' | 'history'>,
): Promise<Prepared> {
  const { loaded, selection, plan, ground, force, types, at, expressions } = prepared;
  const { pipeline } = loaded;
  const values = await given({ pipeline, expressions }, { json: params }, { env, at });
  const known = { ...prepared, code: ground.code, warnings: plan.warnings };
  const asked = { params: { json: values }, selection, types, at, ...(force && { force }) };
  const again = await planKnown(known, values, { ...asked, env, history });
  return { ...again, plan: { ...again.plan, warnings: plan.warnings } };
}

/** Returns the options of a child pipeline: it has no parameters yet, and all its tasks are selected. */
function optionsOfChild({ force, readCache, types, at }: PlanOptions): PlanOptions {
  return { selection: {}, readCache, types, at, ...(force === true ? { force } : {}) };
}

type CheckedPipeline = { readonly warnings: readonly Diagnostic[] } & Pick<
  Prepared,
  'loaded' | 'registry' | 'expressions' | 'subs' | 'reads'
> &
  Pick<KeyInputs, 'code'>;

interface Planning extends Pick<PlanOptions, 'params' | 'selection' | 'force' | 'types'> {
  readonly at: Instant;
  readonly env: CallerContext['env'];
  readonly history: OpenHistory;
}

async function planKnown(
  { loaded, registry, expressions, subs, code, reads, warnings }: CheckedPipeline,
  params: JsonObject,
  { env, history, ...options }: Planning,
): Promise<Prepared> {
  const { pipeline } = loaded;
  const declaredEnv = pick(env, pipeline.env);
  const nodeMajor = Number.parseInt(process.versions.node, 10);
  const envDigest = envDigestOf(pipeline, declaredEnv, subs);
  const surroundings = { envDigest, env: declaredEnv, nodeMajor };
  const { selection, types, at } = options;
  const run = { id: '', pipeline: pipeline.name, time: new Date(at) };
  const scope = { params, env: declaredEnv, run, tasks: {} };
  const inputs = {
    root: loaded.root,
    state: history.folder,
    env: { ...standardEnv(env), ...declaredEnv },
    params,
  };
  const asked = {
    pipeline,
    registry,
    subs: subs.described,
    params,
    selection,
    surroundings,
    at,
    holds: ({ value, at: place }: Located<string>) =>
      options.params === undefined ||
      placed(place, () => truthOf(expressions.evaluate(value, scope), value)),
    ...(options.force === undefined ? {} : { force: options.force }),
  };
  const planned = await planVerified(history, asked, inputs);
  const { plan } = planned;
  if (plan === undefined) throw Fault.of([...planned.diagnostics, ...warnings]);
  const checks = argumentChecks(plan, pipeline.params, registry);
  const ground = { code, nodeMajor, at, declared: pipeline.env, env: declaredEnv };
  const found = { loaded, selection, types, at, plan, expressions, registry, subs, surroundings };
  const { force } = options;
  const secrets = secretValues(pipeline.secrets, declaredEnv);
  return { ...found, declaredEnv, secrets, checks, ground, reads, ...(force && { force }) };
}

/** A fault in what the file says is told at its place. */
function placed<T>(at: Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw Fault.of(error.diagnostics.map((diagnostic) => ({ at, ...diagnostic })));
  }
}

/** Returns a digest of the environment that a pipeline and the pipelines among its tasks see. */
function envDigestOf(
  { env }: Pipeline,
  declared: Readonly<Record<string, string>>,
  { prepared }: SubPlans,
): Digest {
  const own = env.toSorted().flatMap((name) => [name, declared[name]]);
  const below = [...prepared]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([task, child]) => [task, child.surroundings.envDigest]);
  return digestOf([...own, ...below]);
}

/** Returns a warning for each secret whose value cannot be redacted. */
function shownSecrets(names: readonly string[], env: CallerContext['env']): readonly Diagnostic[] {
  const values = Object.entries(pick(env, names));
  const shown = values.filter(([, value]) => value !== '' && !isRedactable(value));
  return shown.map(([name]) => ({
    code: 'DP1012',
    severity: 'warning',
    message: `the value of the secret "${name}" cannot be redacted: it is too short, or a common word`,
  }));
}

/** Refuses unknown names under --force: the task that was meant would silently come from the cache. */
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

/** Checks every edge, whatever is selected. */
async function checkEdges(
  types: Types,
  { pipeline, root }: Loaded,
  { registry, subs }: Pick<CheckedPipeline, 'registry' | 'subs'>,
  check: TypeCheck,
): Promise<readonly Diagnostic[]> {
  const isTyped = registry.size > 0 || subs.described.size > 0;
  const readsOutputs = pipeline.tasks.values().some(({ needsOutputOf }) => needsOutputOf);
  if (check === 'off' || check === 'extract' || !(isTyped || readsOutputs)) return [];
  const tasks = checkableTasks(pipeline, registry, subs.described);
  const absent = absentOutputs(tasks);
  if (!isTyped) return absent;
  const question = checkModule({ tasks, params: pipeline.params, strict: check === 'strict' });
  const outcome = await types.check(question.request);
  return [...absent, ...outcome.diagnostics, ...typeDiagnostics(question, outcome, root)];
}

/** Returns the values of all parameters: given ones, and defaults, which may read the logical time and the environment. */
async function given(
  { pipeline, expressions }: { readonly pipeline: Pipeline; readonly expressions: Expressions },
  params: NonNullable<PlanOptions['params']>,
  { env, at }: Pick<Planning, 'env' | 'at'>,
): Promise<JsonObject> {
  const run = { id: '', pipeline: pipeline.name, time: new Date(at) };
  const scope = { params: {}, env: pick(env, pipeline.env), run, tasks: {} };
  const { values, diagnostics } = await resolveParams(pipeline, params, (spec) => {
    const { default: written = null, name, at: place } = spec;
    if (!holdsExpression(written)) return undefined;
    return placed(place, () =>
      expressionJson(expressions.render(written, scope), `the default of parameter "${name}"`),
    );
  });
  if (hasErrors(diagnostics)) throw Fault.of(diagnostics);
  return values;
}

function defaultsOf({ params }: Pipeline): JsonObject {
  return Object.fromEntries(
    [...params.values()].map((param) => [param.name, param.default ?? null]),
  );
}
