/**
 * Planner: a Pipeline, a registry and its history come in, a Plan or diagnostics go out.
 * It decides what to run, in which order, and says why.
 * It starts nothing, reads no disk and no clock.
 */
import { hasErrors, type Diagnostic } from '../model/diagnostic.ts';
import type { Digest, RunId, TaskName } from '../model/ids.ts';
import { canonicalJson, type JsonObject } from '../model/json.ts';
import type { Pipeline } from '../model/pipeline.ts';
import type { Plan, PlannedTask, Selection } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import type { Hook } from '../model/task.ts';
import { cyclesIn } from './cycles.ts';
import { decide, isVisible, type Circumstances, type History } from './decision.ts';
import { describeTask, tagsOf } from './description.ts';
import { levelsOf, within } from './graph.ts';
import { elementIdOf, planIdOf, taskId } from './identity.ts';
import { processFoldersIn } from './process-folders.ts';
import { select } from './selection.ts';
import { takeShard } from './shard.ts';
import { settingsMerger } from './settings.ts';
import { wire, type SubPipelines, type TaskLookup, type Wiring } from './wiring.ts';

export { NO_HISTORY } from './decision.ts';
export type { History, StoredOutput } from './decision.ts';
export type { Surroundings } from './used-values.ts';

export interface PlanRequest extends Omit<Circumstances, 'given' | 'paramsText'> {
  readonly pipeline: Pipeline;
  readonly registry: TaskLookup;
  /** Resolved and checked values. */
  readonly params: JsonObject;
  readonly selection: Selection;
  readonly subs?: SubPipelines;
}

export interface Planned {
  /** Undefined when a diagnostic is an error. */
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function plan(request: PlanRequest): Planned {
  const wiring = wire(request.pipeline, request.registry, request.subs);
  const { tasks, upstream } = wiring;
  const { levelOf, order } = levelsOf(upstream);
  const diagnostics = [
    ...wiring.diagnostics,
    ...cyclesIn(tasks, upstream, levelOf),
    ...processFoldersIn(tasks, request.pipeline.defaults),
  ];
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };

  const ordinary = tasks.filter(({ spec }) => spec.hook === undefined);
  const selectable = ordinary.map((task) => ({ name: task.spec.name, tags: tagsOf(task) }));
  const selected = select(selectable, upstream, request.selection);
  if ('diagnostics' in selected) {
    return { plan: undefined, diagnostics: [...diagnostics, ...selected.diagnostics] };
  }
  const { shard } = request.selection;
  const { chosen: share, warnings } =
    shard === undefined
      ? { ...selected, warnings: [] }
      : takeShard(
          tasks.map((task) => task.spec),
          upstream,
          selected.chosen,
          shard,
        );
  diagnostics.push(...warnings);
  const chosen = withHooks(share, tasks);
  const { given, missing } = outputsFromOutside(chosen, wiring, request.history);
  diagnostics.push(...missing);
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };

  const isWhole = chosen.size === tasks.length;
  const levelAmongChosen = isWhole ? levelOf : levelsOf(within(chosen, upstream)).levelOf;
  const parts = { wiring, order, chosen, levelOf: levelAmongChosen, given, warnings: diagnostics };
  return { plan: assemble(request, parts), diagnostics };
}

/** Adds the hooks, which belong to every selection; they are the last of the tasks. */
function withHooks(chosen: ReadonlySet<number>, tasks: Wiring['tasks']): ReadonlySet<number> {
  const first = tasks.findIndex(({ spec }) => spec.hook !== undefined);
  return first === -1 ? chosen : new Set([...chosen, ...tasks.keys().drop(first)]);
}

/** Returns the last results of tasks outside the selection that the selected tasks need. */
function outputsFromOutside(
  chosen: ReadonlySet<number>,
  { tasks, upstream }: Wiring,
  history: History,
): { readonly given: Plan['given']; readonly missing: readonly Diagnostic[] } {
  const given = new Map<TaskName, { output: ResultRef; fromRun: RunId }>();
  const missing: Diagnostic[] = [];
  if (chosen.size === tasks.length) return { given, missing };
  for (const number of chosen) {
    const { spec, edges } = tasks[number]!;
    for (const [i, edge] of edges.entries()) {
      if (chosen.has(upstream[number]![i]!) || given.has(edge.task)) continue;
      const last = history.last(edge.task);
      if (last !== undefined) given.set(edge.task, { output: last.output, fromRun: last.run });
      else if (spec.hook === undefined && isVisible(spec, edge)) {
        missing.push({
          code: 'DP4008',
          severity: 'error',
          message: `task "${spec.name}" needs the result of "${edge.task}", which is not selected and has no stored result`,
          at: edge.at,
          hint: ['select it too', { do: 'runUpstreamTasks' }],
        });
      }
    }
  }
  return { given, missing };
}

/** Everything that goes into a plan, by task number; known to be sound. */
interface Parts {
  readonly wiring: Wiring;
  /** Order of all tasks: each after those it waits for. */
  readonly order: Int32Array;
  readonly chosen: ReadonlySet<number>;
  readonly levelOf: Int32Array;
  readonly given: Plan['given'];
  readonly warnings: readonly Diagnostic[];
}

function assemble(request: PlanRequest, parts: Parts): Plan {
  const { name, params, file, folder, env, pools, timeout } = request.pipeline;
  const planned = planTasks(request, parts);
  const levels = inLevels(planned);
  const { shard } = request.selection;
  const tasks = levels.flat();
  return {
    planId: planIdOf(name, params.values(), tasks),
    pipeline: name,
    file,
    folder,
    params: request.params,
    env,
    pools,
    timeout,
    ...(shard === undefined ? {} : { shard }),
    tasks,
    levels: levels.map((level) => level.map((task) => task.name)),
    given: parts.given,
    warnings: parts.warnings,
  };
}

/** Plans the chosen tasks. The others get ids, too, so that an id does not depend on the selection. */
function planTasks(
  request: PlanRequest,
  { wiring: { tasks, upstream }, order, chosen, levelOf, given }: Parts,
): readonly PlannedTask[] {
  const circumstances = { ...request, given, paramsText: canonicalJson(request.params) };
  const settingsOf = settingsMerger(request.pipeline.defaults);
  const levelOfHook = hookLevels(tasks, chosen, levelOf);
  const ids: Digest[] = Array.from({ length: tasks.length });
  const planned: (PlannedTask | undefined)[] = Array.from({ length: tasks.length });
  for (const number of order) {
    const sources = upstream[number]!;
    const wired = tasks[number]!;
    const { spec } = wired;
    const task = describeTask(wired, settingsOf(wired));
    const upstreamIds = sources.map((source) => ids[source]!);
    const id = taskId(task, upstreamIds);
    ids[number] = id;
    if (!chosen.has(number)) continue;
    const upstreams = sources.map((source) => planned[source]);
    const { key, decision } = decide({ task, id, spec, upstreams }, circumstances);
    const level = task.hook === undefined ? levelOf[number]! : levelOfHook(task.hook);
    const elementId = elementIdOf(task, upstreamIds);
    const map = task.map && elementId !== undefined && { map: { ...task.map, elementId } };
    planned[number] = { ...task, ...map, id, level, key, decision };
  }
  return planned.filter((task) => task !== undefined);
}

/** Places hooks behind all chosen tasks, and `on_finish` behind the other kinds. */
function hookLevels(
  tasks: Wiring['tasks'],
  chosen: ReadonlySet<number>,
  levelOf: Int32Array,
): (hook: Hook) => number {
  let first = 0;
  let last = 0;
  for (const number of chosen) {
    const { hook } = tasks[number]!.spec;
    if (hook === undefined) first = Math.max(first, levelOf[number]! + 1);
    else if (hook !== 'on_finish') last = 1;
  }
  return (hook) => (hook === 'on_finish' ? first + last : first);
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Returns the tasks of each level, by name; hooks of a kind together. */
function inLevels(tasks: readonly PlannedTask[]): PlannedTask[][] {
  const levels: PlannedTask[][] = [];
  for (const task of tasks) {
    const level = levels[task.level];
    if (level === undefined) levels[task.level] = [task];
    else level.push(task);
  }
  for (const level of levels)
    level.sort((a, b) => byText(a.hook ?? '', b.hook ?? '') || byText(a.name, b.name));
  return levels;
}
