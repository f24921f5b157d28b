/** Decides what a run will do with a task, and why; and under which key its result may be found. */
import type { Located } from '../model/diagnostic.ts';
import type { Digest, Instant, RunId, TaskName } from '../model/ids.ts';
import type { JsonObject } from '../model/json.ts';
import type { InputChange } from '../model/input-note.ts';
import type { TaskSpec } from '../model/pipeline.ts';
import type { Decision, Dependency, Plan, PlannedTask } from '../model/plan.ts';
import type { RunReason } from '../model/reason.ts';
import type { ResultRef } from '../model/result.ts';
import type { DescribedTask } from './description.ts';
import { type Surroundings, valueParts } from './used-values.ts';
import { cacheKey, factsOf, timeFact } from './identity.ts';

/** Outcomes of earlier runs, as planning needs them. Answers are verified: a result that is gone is not offered. */
export interface History {
  cached(key: Digest): StoredOutput | undefined;
  /** Asked where no result can be used. */
  outdated?(key: Digest): OutdatedResult | undefined;
  /** The last successful outcome of the task in this pipeline, and the key it had. */
  last(task: TaskName): (StoredOutput & { readonly key?: Digest | null }) | undefined;
}

export interface StoredOutput {
  readonly output: ResultRef;
  readonly run: RunId;
  readonly lookAgain?: 'later' | 'always';
}

/** The nearest result of a key, which cannot be used because of what the task read for it. */
export interface OutdatedResult {
  readonly run: RunId;
  readonly changes: readonly InputChange[];
}

export const NO_HISTORY: History = { cached: () => undefined, last: () => undefined };

/** Inputs shared by every decision of a plan. */
export interface Circumstances {
  readonly pipeline: { readonly name: string };
  readonly history: History;
  readonly surroundings: Surroundings;
  /** Decides a `when` that reads nothing but params and env. */
  readonly holds: (condition: Located<string>) => boolean;
  /** Tasks that run even if a stored result could be used; true: all. */
  readonly force?: true | ReadonlySet<TaskName>;
  readonly given: Plan['given'];
  /** Logical time of the run that is planned. */
  readonly at: Instant;
  readonly params: JsonObject;
  /** Canonical JSON of the parameters' values. */
  readonly paramsText: string;
}

interface TaskToDecide {
  readonly task: DescribedTask;
  readonly id: Digest;
  readonly spec: TaskSpec;
  /** The planned task at the far end of each edge, in the order of `dependsOn`; undefined when it is not selected. */
  readonly upstreams: readonly (PlannedTask | undefined)[];
}

export function decide(
  subject: TaskToDecide,
  circumstances: Circumstances,
): Pick<PlannedTask, 'key' | 'decision'> {
  const known = keyOf(subject, circumstances);
  const decision =
    skipped(subject, circumstances) ??
    ofHook(subject) ??
    afterCondition(subject, reusedOrRun(subject.task, known, circumstances));
  return { key: 'key' in known ? known.key : null, decision };
}

/** Hooks always run: a plan cannot know how the run will end. */
function ofHook({ spec: { hook } }: TaskToDecide): Decision | undefined {
  return hook === undefined ? undefined : { action: 'run', reason: { is: 'hook', hook } };
}

/** The key, or what it waits for. */
type KnownKey = { readonly key: Digest } | { readonly waits: RunReason };

/** A condition on how other tasks end takes precedence over a stored result: the run evaluates it first. */
function afterCondition({ spec }: TaskToDecide, decision: Decision): Decision {
  if (decision.action !== 'cached' || spec.when === undefined || spec.decidable) return decision;
  return { action: 'run', reason: { is: 'condition_open', when: spec.when.value } };
}

/** Returns the upstream tasks whose outputs can change what the task does: those that feed it and those its expressions read. */
export function visibleUpstreams(task: Pick<PlannedTask, 'dependsOn' | 'mentions'>): Set<TaskName> {
  const visible = task.dependsOn.filter((edge) => isVisible(task, edge));
  return new Set(visible.map((edge) => edge.task));
}

export const isVisible = ({ mentions }: Pick<PlannedTask, 'mentions'>, edge: Dependency): boolean =>
  edge.kind === 'data' || mentions.includes(edge.task);

/** Returns an upstream task whose output the task can see, and which has to run before that output is known. */
function openInput({ task, upstreams }: TaskToDecide): TaskName | undefined {
  const open = task.dependsOn.find(
    (edge, i) => upstreams[i]?.decision.action === 'run' && isVisible(task, edge),
  );
  return open?.task;
}

function keyOf(subject: TaskToDecide, circumstances: Circumstances): KnownKey {
  const open = openInput(subject);
  if (open !== undefined) return { waits: { is: 'input_open', task: open } };
  const { task, id, upstreams } = subject;
  const { given, pipeline, at } = circumstances;
  const facts = factsOf(task, {
    run: (part) => ({ id: undefined, pipeline: pipeline.name, time: timeFact(at) })[part],
    statusOf: () => undefined,
  });
  if (facts === undefined) return { waits: waitsForRun(task) };
  const inputs = new Map<TaskName, ResultRef | undefined>();
  task.dependsOn.forEach((edge, i) => {
    if (!isVisible(task, edge)) return;
    const decision = upstreams[i]?.decision;
    const stored = decision?.action === 'cached' ? decision : given.get(edge.task);
    inputs.set(edge.task, stored?.output);
  });
  const { codeHash } = task;
  return { key: cacheKey({ id, codeHash, inputs, facts, ...valueParts(task, circumstances) }) };
}

function waitsForRun({ reads }: DescribedTask): RunReason {
  return reads?.run.includes('id') === true
    ? { is: 'reads_run_id' }
    : { is: 'reads_endings', tasks: reads?.statusOf ?? [] };
}

function skipped(
  { task, spec, upstreams }: TaskToDecide,
  { holds }: Circumstances,
): Decision | undefined {
  if (spec.when !== undefined && spec.decidable && !holds(spec.when)) {
    return { action: 'skip', reason: { is: 'condition_false', when: spec.when.value } };
  }
  if (task.settings.triggerRule !== 'all_success') return undefined;
  const upstream = upstreams.find((one) => one?.decision.action === 'skip');
  if (upstream === undefined) return undefined;
  return { action: 'skip', reason: { is: 'upstream_skipped', task: upstream.name } };
}

/** One shared object, as most tasks get this decision. */
const UNCACHED: Decision = { action: 'run', reason: { is: 'not_cached' } };

function reusedOrRun(
  task: DescribedTask,
  known: KnownKey,
  { force, history }: Circumstances,
): Decision {
  if (task.settings.cache === false) return UNCACHED;
  if (force === true || force?.has(task.name) === true)
    return { action: 'run', reason: { is: 'forced' }, forced: true };
  if ('waits' in known) return { action: 'run', reason: known.waits };
  const { key } = known;
  const stored = history.cached(key);
  if (stored !== undefined) {
    const { output, run, lookAgain } = stored;
    const reason = { is: 'unchanged', run } as const;
    return { action: 'cached', reason, output, fromRun: run, ...(lookAgain && { lookAgain }) };
  }
  const outdated = history.outdated?.(key);
  if (outdated !== undefined)
    return { action: 'run', reason: { is: 'input_changed', ...outdated } };
  return { action: 'run', reason: whyNotStored(key, history.last(task.name)) };
}

function whyNotStored(key: Digest, before: ReturnType<History['last']>): RunReason {
  if (before === undefined) return { is: 'never_succeeded' };
  return { is: before.key === key ? 'result_gone' : 'changed', run: before.run };
}
