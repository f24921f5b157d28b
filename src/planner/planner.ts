/**
 * Planner: a Pipeline, a registry and its history come in, a Plan or diagnostics go out.
 * It decides what to run, in which order, and says why.
 * It starts nothing, reads no disk and no clock.
 */
import { hasErrors, type Diagnostic } from '../model/diagnostic.ts';
import type { Digest, RunId, TaskName } from '../model/ids.ts';
import { canonicalJson, type JsonObject } from '../model/json.ts';
import type { Pipeline } from '../model/pipeline.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import { cyclesIn } from './cycles.ts';
import { decide, isVisible, type Circumstances, type History } from './decision.ts';
import { describeTask, type DescribedTask } from './description.ts';
import { levelsOf, within } from './graph.ts';
import { planIdOf, taskIds } from './identity.ts';
import { select, type Selection } from './selection.ts';
import { settingsMerger } from './settings.ts';
import { wire, type TaskLookup, type Wiring } from './wiring.ts';

export { NO_HISTORY } from './decision.ts';
export type { History, StoredOutput, Surroundings } from './decision.ts';

export interface PlanRequest extends Omit<Circumstances, 'given' | 'paramsText'> {
  readonly pipeline: Pipeline;
  readonly registry: TaskLookup;
  /** Resolved and checked. */
  readonly params: JsonObject;
  readonly selection: Selection;
}

export interface Planned {
  /** Undefined when a diagnostic is an error. */
  readonly plan: Plan | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

export function plan(request: PlanRequest): Planned {
  const wiring = wire(request.pipeline, request.registry);
  const { upstream } = wiring;
  const { levelOf, order } = levelsOf(upstream);
  const diagnostics = [...wiring.diagnostics, ...cyclesIn(wiring.tasks, upstream, levelOf)];
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };

  const settingsOf = settingsMerger(request.pipeline.defaults);
  const described = wiring.tasks.map((task) => describeTask(task, settingsOf(task)));
  const selected = select(described, upstream, request.selection);
  if ('diagnostics' in selected) {
    return { plan: undefined, diagnostics: [...diagnostics, ...selected.diagnostics] };
  }
  const { chosen } = selected;
  const outside = outputsFromOutside(chosen, wiring, request.history);
  diagnostics.push(...outside.missing);
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics };

  const isWhole = chosen.size === described.length;
  const levelAmongChosen = isWhole ? levelOf : levelsOf(within(chosen, upstream)).levelOf;
  const levels = inLevels(chosen, levelAmongChosen, described);
  const { given } = outside;
  const ids = taskIds(described, upstream, order);
  return {
    plan: assemble(request, { wiring, described, ids, levels, given, warnings: diagnostics }),
    diagnostics,
  };
}

/** What the selected tasks need of the others: their last results. */
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
      else if (isVisible(spec, edge)) {
        missing.push({
          code: 'DP4008',
          severity: 'error',
          message: `task "${spec.name}" needs the result of "${edge.task}", which is not selected and has none stored`,
          at: edge.at,
          hint: 'select it too, or leave out --only',
        });
      }
    }
  }
  return { given, missing };
}

/** The tasks of each level, by name. */
function inLevels(
  chosen: Iterable<number>,
  levelOf: Int32Array,
  described: readonly DescribedTask[],
): number[][] {
  const byName = (a: number, b: number): number =>
    described[a]!.name < described[b]!.name ? -1 : 1;
  const levels: number[][] = [];
  for (const task of chosen) {
    const level = levels[levelOf[task]!];
    if (level === undefined) levels[levelOf[task]!] = [task];
    else level.push(task);
  }
  for (const level of levels) if (level.length > 1) level.sort(byName);
  return levels;
}

/** All that goes into a plan, by number; known to be sound. */
interface Parts {
  readonly wiring: Wiring;
  readonly described: readonly DescribedTask[];
  readonly ids: readonly Digest[];
  readonly levels: readonly (readonly number[])[];
  readonly given: Plan['given'];
  readonly warnings: readonly Diagnostic[];
}

function assemble(request: PlanRequest, parts: Parts): Plan {
  const { name, params, file, folder, env, pools, timeout } = request.pipeline;
  const tasks = decideAll(request, parts);
  return {
    planId: planIdOf(name, params.values(), tasks),
    pipeline: name,
    file,
    folder,
    params: request.params,
    env,
    pools,
    timeout,
    tasks,
    levels: parts.levels.map((level) => level.map((task) => parts.described[task]!.name)),
    given: parts.given,
    warnings: parts.warnings,
  };
}

/** Level by level, so that everything upstream of a task is decided before it. */
function decideAll(
  request: PlanRequest,
  { wiring, described, ids, levels, given }: Parts,
): readonly PlannedTask[] {
  const circumstances = { ...request, given, paramsText: canonicalJson(request.params) };
  const planned: (PlannedTask | undefined)[] = Array.from({ length: described.length });
  const inOrder: PlannedTask[] = [];
  for (const [level, numbers] of levels.entries()) {
    for (const number of numbers) {
      const task = described[number]!;
      const { spec } = wiring.tasks[number]!;
      const upstreams = wiring.upstream[number]!.map((source) => planned[source]);
      const id = ids[number]!;
      const { key, decision } = decide({ task, id, spec, upstreams }, circumstances);
      inOrder.push((planned[number] = { ...task, id, level, key, decision }));
    }
  }
  return inOrder;
}
