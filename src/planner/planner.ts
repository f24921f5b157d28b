/**
 * Planner: a Pipeline, a registry and its history come in, a Plan or diagnostics go out.
 * It decides what to run, in which order, and says why.
 * It starts nothing, reads no disk and no clock.
 */
import { hasErrors, type Diagnostic } from '../model/diagnostic.ts';
import type { Digest, RunId, TaskName } from '../model/ids.ts';
import { canonicalJson, type Json, type JsonObject } from '../model/json.ts';
import type { Pipeline, TaskSpec } from '../model/pipeline.ts';
import type { Decision, Dependency, Plan, PlannedTask, Work } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import { DEFAULT_SETTINGS, type PartialSettings, type TaskSettings } from '../model/task.ts';
import { levelsOf, ringsOf, type Upstream } from './graph.ts';
import { cacheKey, planIdOf, taskId } from './identity.ts';
import { select, type Selection } from './selection.ts';
import { wire, type TaskLookup, type WiredEdge, type WiredTask } from './wiring.ts';

export interface PlanRequest {
  readonly pipeline: Pipeline;
  readonly registry: TaskLookup;
  /** Resolved and checked. */
  readonly params: JsonObject;
  readonly selection: Selection;
  readonly history: History;
  readonly surroundings: Surroundings;
  /** Decides a `when` that reads nothing but params and env. */
  readonly holds: (condition: string) => boolean;
  /** Tasks that run even when a stored result would do; true: all. */
  readonly force?: true | ReadonlySet<TaskName>;
}

/** What happened before, as far as planning asks. Answers are verified: a result that is gone is not offered. */
export interface History {
  cached(key: Digest): StoredOutput | undefined;
  /** The last successful outcome of the task in this pipeline. */
  last(task: TaskName): StoredOutput | undefined;
}

export interface StoredOutput {
  readonly output: ResultRef;
  readonly run: RunId;
}

/** What a result depends on beyond the pipeline, its code and its inputs. */
export interface Surroundings {
  readonly envDigest: Digest;
  readonly nodeMajor: number;
}

export const NO_HISTORY: History = { cached: () => undefined, last: () => undefined };

export interface Planned {
  /** Undefined when a diagnostic is an error. */
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function plan(request: PlanRequest): Planned {
  const { pipeline } = request;
  const wiring = wire(pipeline, request.registry);
  const diagnostics = [...wiring.diagnostics];
  const upstream = upstreamNumbers(wiring.tasks);
  const { levelOf } = levelsOf(upstream);
  diagnostics.push(...cycles(wiring.tasks, upstream, levelOf));
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };

  const selectable = wiring.tasks.map(({ spec, definition }) => ({
    name: spec.name,
    tags: tagsOf(spec, definition?.tags),
  }));
  const selected = select(selectable, upstream, request.selection);
  if ('diagnostics' in selected) {
    return { plan: undefined, diagnostics: [...diagnostics, ...selected.diagnostics] };
  }
  const chosen = chosenFrom(wiring.tasks, levelOf, selected.chosen);
  const given = outputsFromOutside(chosen.wired, request.history, diagnostics);
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };
  return { plan: assemble(request, chosen, given, diagnostics), diagnostics };
}

/** What was selected, with the levels it has among itself. */
interface Chosen {
  readonly wired: readonly WiredTask[];
  readonly levelOf: Int32Array;
}

function chosenFrom(
  all: readonly WiredTask[],
  levelOf: Int32Array,
  chosen: ReadonlySet<number>,
): Chosen {
  if (chosen.size === all.length) return { wired: all, levelOf };
  const wired = all.filter((_, number) => chosen.has(number));
  return { wired, levelOf: levelsOf(upstreamNumbers(wired)).levelOf };
}

/** All from here on is known to be sound. */
function assemble(
  request: PlanRequest,
  { wired, levelOf }: Chosen,
  given: Plan['given'],
  warnings: readonly Diagnostic[],
): Plan {
  const { pipeline } = request;
  const names = wired.map((task) => task.spec.name);
  const order = [...wired.keys()].sort(
    (a, b) => levelOf[a]! - levelOf[b]! || (names[a]! < names[b]! ? -1 : 1),
  );

  const done = new Map<TaskName, PlannedTask>();
  const assembly: Assembly = {
    request,
    given,
    done,
    paramsText: canonicalJson(request.params),
    settingsOf: settingsMerger(pipeline.defaults),
  };
  const levels: TaskName[][] = [];
  for (const number of order) {
    const task = planTask(wired[number]!, levelOf[number]!, assembly);
    done.set(task.name, task);
    (levels[task.level] ??= []).push(task.name);
  }
  const tasks = [...done.values()];
  return {
    planId: planIdOf(pipeline.name, pipeline.params.values(), tasks),
    pipeline: pipeline.name,
    file: pipeline.file,
    folder: pipeline.folder,
    params: request.params,
    env: pipeline.env,
    pools: pipeline.pools,
    timeout: pipeline.timeout,
    tasks,
    levels,
    given,
    warnings,
  };
}

interface Assembly {
  readonly request: PlanRequest;
  readonly given: Plan['given'];
  /** Everything upstream of the task at hand is in it already. */
  readonly done: ReadonlyMap<TaskName, PlannedTask>;
  readonly paramsText: string;
  readonly settingsOf: (spec: TaskSpec, code: PartialSettings | undefined) => TaskSettings;
}

function planTask(
  { spec, definition, edges }: WiredTask,
  level: number,
  assembly: Assembly,
): PlannedTask {
  const undecided = {
    name: spec.name,
    level,
    dependsOn: edges.map(dependencyOf),
    tags: tagsOf(spec, definition?.tags),
    work: workOf(spec, definition?.module ?? ''),
    codeHash: definition?.codeHash ?? '',
    settings: assembly.settingsOf(spec, definition?.settings),
    with: valuesOf(spec),
    ...(spec.when === undefined ? {} : { when: spec.when.value }),
    ...(spec.map === undefined ? {} : { map: { ...spec.map, over: spec.map.over.value } }),
    mentions: spec.mentions,
    at: spec.at,
  };
  const id = taskId(undecided, (task) => assembly.done.get(task)?.id ?? 'outside');
  const key = knownKey(undecided, id, assembly);
  return { ...undecided, id, key, decision: decide(undecided, spec, key, assembly) };
}

type Undecided = Omit<PlannedTask, 'id' | 'key' | 'decision'>;

function decide(
  task: Undecided,
  spec: TaskSpec,
  key: Digest | null,
  { request, done }: Assembly,
): Decision {
  if (spec.when !== undefined && spec.decidable && !request.holds(spec.when.value)) {
    return { action: 'skip', reason: `when: ${spec.when.value} is false` };
  }
  const upstreams = task.dependsOn
    .map((edge) => done.get(edge.task))
    .filter((found) => found !== undefined);
  const skipped = upstreams.find((upstream) => upstream.decision.action === 'skip');
  if (skipped !== undefined && task.settings.triggerRule === 'all_success') {
    return { action: 'skip', reason: `${skipped.name} is skipped` };
  }
  if (task.settings.cache === false) return { action: 'run', reason: 'no cache is asked for' };
  if (request.force === true || request.force?.has(task.name) === true)
    return { action: 'run', reason: 'forced' };
  if (key === null) {
    const open = upstreams.find((upstream) => upstream.decision.action === 'run');
    return { action: 'run', reason: `depends on what ${open?.name ?? 'its upstreams'} will give` };
  }
  const stored = request.history.cached(key);
  if (stored !== undefined) {
    return {
      action: 'cached',
      reason: `unchanged since run ${stored.run}`,
      output: stored.output,
      fromRun: stored.run,
    };
  }
  const before = request.history.last(task.name);
  return {
    action: 'run',
    reason: before === undefined ? 'it never succeeded before' : `changed since run ${before.run}`,
  };
}

/** A key needs the digest of every output that the task can see. */
function knownKey(
  task: Undecided,
  id: Digest,
  { request, given, done, paramsText }: Assembly,
): Digest | null {
  const inputs: [TaskName, ResultRef | undefined][] = [];
  for (const name of visibleUpstreams(task)) {
    const decision = done.get(name)?.decision;
    const output =
      given.get(name)?.output ?? (decision?.action === 'cached' ? decision.output : undefined);
    if (output === undefined && decision?.action !== 'skip') return null;
    inputs.push([name, output]);
  }
  const { envDigest, nodeMajor } = request.surroundings;
  return cacheKey({
    id,
    codeHash: task.codeHash,
    params: paramsText,
    envDigest,
    nodeMajor,
    inputs,
  });
}

/** The upstreams whose outputs can change what the task does: those that feed it and those its expressions read. */
export function visibleUpstreams(task: Pick<PlannedTask, 'dependsOn' | 'mentions'>): Set<TaskName> {
  const data = task.dependsOn.filter((edge) => edge.kind === 'data').map((edge) => edge.task);
  return new Set([...data, ...task.mentions]);
}

function outputsFromOutside(
  tasks: readonly WiredTask[],
  history: History,
  report: Diagnostic[],
): Plan['given'] {
  const inside = new Set(tasks.map((task) => task.spec.name));
  const given = new Map<TaskName, { output: ResultRef; fromRun: RunId }>();
  for (const { spec, edges } of tasks) {
    for (const edge of edges) {
      if (inside.has(edge.task) || given.has(edge.task)) continue;
      const last = history.last(edge.task);
      if (last !== undefined) given.set(edge.task, { output: last.output, fromRun: last.run });
      else if (edge.kind === 'data' || spec.mentions.includes(edge.task)) {
        report.push({
          code: 'DP4008',
          severity: 'error',
          message: `task "${spec.name}" needs the result of "${edge.task}", which is not selected and has none stored`,
          at: edge.at,
          hint: `select it too, or leave out --only`,
        });
      }
    }
  }
  return given;
}

function cycles(
  tasks: readonly WiredTask[],
  upstream: Upstream,
  levelOf: Int32Array,
): Diagnostic[] {
  return ringsOf(upstream, levelOf).map((ring) => {
    const names = ring.map((number) => tasks[number]!.spec.name);
    const edges = ring.map((number, i) => edgeTo(tasks[number]!, names[(i + 1) % names.length]!));
    return {
      code: 'DP4001',
      severity: 'error',
      message: `the tasks wait for each other: ${[...names, names[0]].map((name) => `"${name}"`).join(' -> ')}`,
      at: edges[0]!.at,
      hint: 'remove one of these edges',
      related: edges
        .slice(1)
        .map((edge, i) => ({ message: `"${names[i + 1]}" needs "${edge.task}"`, at: edge.at })),
    };
  });
}

const edgeTo = (task: WiredTask, upstream: TaskName): WiredEdge =>
  task.edges.find((edge) => edge.task === upstream)!;

/** Edges to tasks that are not among `tasks` are left out, and double edges counted once. */
function upstreamNumbers(tasks: readonly WiredTask[]): Upstream {
  const numberOf = new Map(tasks.map((task, number) => [task.spec.name, number]));
  return tasks.map(({ edges }) => {
    const numbers = edges
      .map((edge) => numberOf.get(edge.task))
      .filter((number) => number !== undefined);
    return numbers.length > 1 ? [...new Set(numbers)] : numbers;
  });
}

/** YAML beats code, code beats the pipeline's `defaults`, those beat dp's own. */
function settingsMerger(defaults: PartialSettings): Assembly['settingsOf'] {
  const base = merge(DEFAULT_SETTINGS, defaults);
  const fromCode = new WeakMap<PartialSettings, TaskSettings>();
  return (spec, code) => {
    let settings = base;
    if (code !== undefined) {
      settings = fromCode.get(code) ?? merge(base, code);
      fromCode.set(code, settings);
    }
    return merge(settings, spec.settings);
  };
}

function merge(below: TaskSettings, above: PartialSettings): TaskSettings {
  if (Object.keys(above).length === 0) return below;
  return { ...below, ...above, retry: { ...below.retry, ...above.retry } };
}

const tagsOf = (spec: TaskSpec, code: readonly string[] | undefined): readonly string[] =>
  spec.tags.length > 0 ? spec.tags : (code ?? []);

const dependencyOf = ({ task, kind, parameter }: WiredEdge): Dependency =>
  parameter === undefined ? { task, kind } : { task, kind, parameter };

function valuesOf(spec: TaskSpec): Readonly<Record<string, Json>> {
  return Object.fromEntries([...spec.with].map(([parameter, { value }]) => [parameter, value]));
}

function workOf(spec: TaskSpec, module: string): Work {
  const { work } = spec;
  if (work.is === 'function') return { is: 'function', module, task: work.task.value };
  return {
    is: 'shell',
    command: work.command.value,
    shell: work.shell ?? 'sh',
    cwd: work.cwd?.value ?? '.',
  };
}
