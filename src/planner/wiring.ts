/** Which task feeds which: joins what the pipeline says with what the registry knows, edge by edge. */
import { didYouMean, type Diagnostic, type Located, type Place } from '../model/diagnostic.ts';
import type { TaskName } from '../model/ids.ts';
import type { Pipeline, TaskSpec } from '../model/pipeline.ts';
import type { Dependency } from '../model/plan.ts';
import type { TaskDefinition } from '../model/task.ts';

/** What the planner asks of a registry. */
export interface TaskLookup {
  get(name: TaskName): TaskDefinition | undefined;
  names(): Iterable<TaskName>;
}

export interface WiredTask {
  readonly spec: TaskSpec;
  /** Undefined for shell tasks. */
  readonly definition: TaskDefinition | undefined;
  readonly edges: readonly WiredEdge[];
}

export interface WiredEdge extends Dependency {
  /** Where the edge is written: under `needs` or `inputs`, in an expression, or in code. */
  readonly at: Place;
}

export interface Wiring {
  readonly tasks: readonly WiredTask[];
  readonly diagnostics: readonly Diagnostic[];
}

export function wire(pipeline: Pipeline, lookup: TaskLookup): Wiring {
  const diagnostics: Diagnostic[] = [];
  const tasks = [...pipeline.tasks.values()].map((spec) =>
    wireTask(spec, pipeline, lookup, diagnostics),
  );
  return { tasks, diagnostics };
}

function wireTask(
  spec: TaskSpec,
  pipeline: Pipeline,
  lookup: TaskLookup,
  report: Diagnostic[],
): WiredTask {
  const definition = definitionOf(spec, lookup, report);
  const edges: WiredEdge[] = [];
  const waitsFor = new Set<TaskName>();
  for (const [parameter, source] of spec.inputs) {
    if (!isInPipeline(source, spec, pipeline, report)) continue;
    edges.push({ task: source.value, kind: 'data', parameter, at: source.at });
    waitsFor.add(source.value);
  }
  for (const source of dependenciesOf(spec, definition)) {
    if (waitsFor.has(source.value) || !isInPipeline(source, spec, pipeline, report)) continue;
    waitsFor.add(source.value);
    edges.push(edgeFrom(source, definition));
  }
  for (const task of spec.mentions) {
    if (waitsFor.has(task)) continue;
    waitsFor.add(task);
    edges.push({ task, kind: 'control', at: spec.when?.at ?? spec.at });
  }
  if (definition !== undefined) checkArguments(spec, definition, edges, report);
  return { spec, definition, edges };
}

function definitionOf(
  spec: TaskSpec,
  lookup: TaskLookup,
  report: Diagnostic[],
): TaskDefinition | undefined {
  if (spec.work.is === 'shell') return undefined;
  const { value: name, at } = spec.work.task;
  const definition = lookup.get(name);
  if (definition === undefined) {
    report.push({
      code: 'DP3004',
      severity: 'error',
      message: `no module of the pipeline registers a task "${name}"`,
      at,
      hint:
        didYouMean(name, lookup.names()) ??
        'export it from a file under `modules:`, or give the task a `run:` command',
    });
  }
  return definition;
}

/** `needs` in YAML replaces `dependencies` in code; one whose parameter is fed otherwise is no dependency any more. */
function dependenciesOf(
  spec: TaskSpec,
  definition: TaskDefinition | undefined,
): readonly Located<TaskName>[] {
  if (spec.needs.length > 0 || definition === undefined) return spec.needs;
  return definition.dependencies
    .filter((name) => !spec.inputs.has(name) && !spec.with.has(name))
    .map((value) => ({ value, at: definition.at }));
}

function isInPipeline(
  source: Located<TaskName>,
  spec: TaskSpec,
  pipeline: Pipeline,
  report: Diagnostic[],
): boolean {
  if (pipeline.tasks.has(source.value)) return true;
  report.push({
    code: 'DP4002',
    severity: 'error',
    message: `task "${spec.name}" needs "${source.value}", which is not in the pipeline`,
    at: source.at,
    hint:
      didYouMean(source.value, pipeline.tasks.keys()) ??
      `add a task "${source.value}" under \`tasks:\``,
  });
  return false;
}

/** Data flow if the function has a parameter of the upstream's name, or takes whatever comes; else only order. */
function edgeFrom(source: Located<TaskName>, definition: TaskDefinition | undefined): WiredEdge {
  const parameters = definition?.parameters;
  const receives =
    parameters !== undefined &&
    (parameters.is === 'unknown' ||
      parameters.rest !== undefined ||
      parameters.list.some((parameter) => parameter.name === source.value));
  return receives
    ? { task: source.value, kind: 'data', parameter: source.value, at: source.at }
    : { task: source.value, kind: 'control', at: source.at };
}

/** Every argument has one source and a parameter to go to; every required parameter has a source. */
function checkArguments(
  spec: TaskSpec,
  definition: TaskDefinition,
  edges: readonly WiredEdge[],
  report: Diagnostic[],
): void {
  const supplied = new Map<string, Place>();
  const supply = (parameter: string, at: Place): void => {
    const before = supplied.get(parameter);
    if (before === undefined) supplied.set(parameter, at);
    else {
      report.push({
        code: 'DP4006',
        severity: 'error',
        message: `parameter "${parameter}" of task "${spec.name}" is supplied twice`,
        at,
        hint: 'keep one of needs, inputs, with and map',
        related: [{ message: 'also supplied here', at: before }],
      });
    }
  };
  for (const edge of edges) if (edge.parameter !== undefined) supply(edge.parameter, edge.at);
  for (const [parameter, value] of spec.with) supply(parameter, value.at);
  if (spec.map !== undefined) supply(spec.map.as, spec.map.over.at);

  const { parameters } = definition;
  if (parameters.is === 'unknown') return;
  const known = new Set(parameters.list.map((parameter) => parameter.name));
  if (parameters.rest === undefined) {
    for (const [parameter, at] of supplied) {
      if (known.has(parameter)) continue;
      report.push({
        code: 'DP4004',
        severity: 'error',
        message: `task "${definition.name}" has no parameter "${parameter}"`,
        at,
        hint:
          didYouMean(parameter, known) ??
          (known.size === 0 ? 'it takes no parameters' : `it takes ${[...known].join(', ')}`),
        related: [{ message: `"${definition.name}" is defined here`, at: definition.at }],
      });
    }
  }
  for (const parameter of parameters.list) {
    if (parameter.optional || supplied.has(parameter.name)) continue;
    report.push({
      code: 'DP4005',
      severity: 'error',
      message: `parameter "${parameter.name}" of task "${spec.name}" is supplied by nothing`,
      at: spec.at,
      hint: `add a task "${parameter.name}" to \`needs\`, feed it with \`inputs: { ${parameter.name}: TASK }\`, or give it a value under \`with\``,
      related: [{ message: 'the parameter is declared here', at: parameter.at ?? definition.at }],
    });
  }
}
