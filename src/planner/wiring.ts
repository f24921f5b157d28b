/** Connects the tasks: joins the pipeline's definitions with those of the registry, edge by edge. */
import { didYouMean, type Diagnostic, type Located, type Place } from '../model/diagnostic.ts';
import type { Digest, TaskName } from '../model/ids.ts';
import type { Pipeline, TaskSpec } from '../model/pipeline.ts';
import type { Dependency } from '../model/plan.ts';
import type { TaskDefinition } from '../model/task.ts';
import type { Upstream } from './graph.ts';
import type { TaskSettings } from '../model/settings.ts';

/** The look-ups that the planner needs from a registry. */
export interface TaskLookup {
  get(name: TaskName): TaskDefinition | undefined;
  names(): Iterable<TaskName>;
}

export interface WiredTask {
  readonly spec: TaskSpec;
  /** Definition of the function; undefined for commands and waits. A pipeline's parameters are given as those of a function. */
  readonly definition: TaskDefinition | undefined;
  /** The child pipeline that the task runs. */
  readonly sub?: SubPipeline;
  readonly edges: readonly WiredEdge[];
}

export interface WiredEdge extends Dependency {
  /** Place where the edge is written: under `needs` or `inputs`, in an expression, or in code. */
  readonly at: Place;
}

export interface CheckedTask extends WiredTask {
  readonly settings: Pick<TaskSettings, 'failSafe' | 'streamOutput' | 'triggerRule'>;
}

/** The facts about a pipeline as a task that its parent's plan needs. */
export interface SubPipeline {
  readonly pipeline: string;
  /** Absolute path. */
  readonly file: string;
  readonly planId: Digest;
  readonly definition: TaskDefinition;
  /** The task whose result it returns, and whether that may be absent. Without it, the id and status of the child run are returned. */
  readonly output?: { readonly task: CheckedTask; readonly mayBeAbsent: boolean };
}

/** Child pipelines by the task that runs them. */
export type SubPipelines = ReadonlyMap<TaskName, SubPipeline>;
const NO_SUB_PIPELINES: SubPipelines = new Map();

export interface Wiring {
  /** Tasks in the order of the pipeline; a task's index here is its number. */
  readonly tasks: readonly WiredTask[];
  /** `upstream[t][e]` is the number of the task at the far end of edge e of task t. */
  readonly upstream: Upstream;
  readonly diagnostics: readonly Diagnostic[];
}

/** Wires the tasks. `subs` has every task that runs a pipeline. */
export function wire(
  pipeline: Pipeline,
  registry: TaskLookup,
  subs: SubPipelines = NO_SUB_PIPELINES,
): Wiring {
  const ground: WiringData = {
    registry,
    subs,
    numberOf: numbered(pipeline.tasks.values()),
    hooks: hooksIn(pipeline.tasks.values()),
    lastDependent: new Int32Array(pipeline.tasks.size).fill(-1),
    parametersOf: new Map(),
    report: [],
  };
  const tasks: WiredTask[] = [];
  const upstream: number[][] = [];
  for (const spec of pipeline.tasks.values()) {
    const sources: number[] = [];
    tasks.push(wireTask(spec, tasks.length, sources, ground));
    // A grown array has spare capacity; its copy has none, and there may be very many.
    upstream.push(sources.slice());
  }
  return { tasks, upstream, diagnostics: ground.report };
}

function hooksIn(specs: Iterable<TaskSpec>): ReadonlySet<TaskName> {
  const hooks = new Set<TaskName>();
  for (const { name, hook } of specs) if (hook !== undefined) hooks.add(name);
  return hooks;
}

/** Data shared by the wiring of all tasks; computed once, as there may be very many tasks. */
interface WiringData {
  readonly registry: TaskLookup;
  readonly subs: SubPipelines;
  readonly numberOf: ReadonlyMap<TaskName, number>;
  readonly hooks: ReadonlySet<TaskName>;
  /** The last task found to wait for each task: detects a second edge between the same two. */
  readonly lastDependent: Int32Array;
  readonly parametersOf: Map<TaskDefinition, ReadonlySet<string>>;
  readonly report: Diagnostic[];
}

/** Numbers the tasks that others can wait for. Nobody can wait for a hook, so hooks, which come last, have no number. */
function numbered(specs: Iterable<TaskSpec>): ReadonlyMap<TaskName, number> {
  const numbers = new Map<TaskName, number>();
  for (const { name, hook } of specs) if (hook === undefined) numbers.set(name, numbers.size);
  return numbers;
}

function wireTask(spec: TaskSpec, task: number, sources: number[], ground: WiringData): WiredTask {
  const definition = definitionOf(spec, ground);
  const edges: WiredEdge[] = [];
  const connect = (source: Located<TaskName>, number: number, parameter?: string): void => {
    ground.lastDependent[number] = task;
    sources.push(number);
    const { value, at } = source;
    edges.push(
      parameter === undefined
        ? { task: value, kind: 'control', at }
        : { task: value, kind: 'data', parameter, at },
    );
  };
  for (const [parameter, source] of spec.inputs) {
    const number = numberOf(source, spec, ground);
    if (number !== undefined) connect(source, number, parameter);
  }
  for (const source of dependenciesOf(spec, definition)) {
    const number = numberOf(source, spec, ground);
    if (number === undefined || ground.lastDependent[number] === task) continue;
    connect(source, number, receives(definition, source.value, ground) ? source.value : undefined);
  }
  for (const name of spec.mentions) {
    const source = { value: name, at: spec.when?.at ?? spec.at };
    const number = numberOf(source, spec, ground);
    if (number !== undefined && ground.lastDependent[number] !== task) connect(source, number);
  }
  if (definition !== undefined) checkArguments(spec, definition, edges, ground);
  const sub = ground.subs.get(spec.name);
  return { spec, definition, edges: edges.slice(), ...(sub === undefined ? {} : { sub }) };
}

function definitionOf(
  spec: TaskSpec,
  { registry, subs, report }: Pick<WiringData, 'registry' | 'subs' | 'report'>,
): TaskDefinition | undefined {
  if (spec.work.is === 'shell' || spec.work.is === 'wait') return undefined;
  if (spec.work.is === 'pipeline') return subs.get(spec.name)?.definition;
  const { value: name, at } = spec.work.task;
  const definition = registry.get(name);
  if (definition === undefined) {
    report.push({
      code: 'DP3004',
      severity: 'error',
      message: `no module of the pipeline registers a task "${name}"`,
      at,
      hint:
        nearName(name, () => registry.names(), report) ??
        'export it from a file under `modules:`, or give the task a `run:` command',
    });
  }
  return definition;
}

/** `needs` in YAML replaces `dependencies` in code. A dependency whose parameter has another source is dropped; hooks have none from code. */
function dependenciesOf(
  spec: TaskSpec,
  definition: TaskDefinition | undefined,
): readonly Located<TaskName>[] {
  if (spec.needs.length > 0 || definition === undefined || spec.hook !== undefined)
    return spec.needs;
  return definition.dependencies
    .filter((name) => !spec.inputs.has(name) && !spec.with.has(name) && spec.map?.as !== name)
    .map((value) => ({ value, at: definition.at }));
}

/** Returns the number of the task that `spec` waits for; undefined, after reporting it, when there is none. */
function numberOf(
  source: Located<TaskName>,
  spec: TaskSpec,
  { numberOf: numbers, hooks, report }: WiringData,
): number | undefined {
  const number = numbers.get(source.value);
  if (hooks.has(source.value)) {
    report.push({
      code: 'DP4002',
      severity: 'error',
      message: `task "${spec.name}" needs "${source.value}", which is a hook`,
      at: source.at,
      hint: 'hooks run after all tasks have ended: make it a task, or make this one a hook',
    });
    return undefined;
  }
  if (number === undefined) {
    report.push({
      code: 'DP4002',
      severity: 'error',
      message: `task "${spec.name}" needs "${source.value}", which is not in the pipeline`,
      at: source.at,
      hint:
        nearName(source.value, () => numbers.keys(), report) ??
        `add a task "${source.value}" under \`tasks:\``,
    });
  }
  return number;
}

/** Returns whether the edge is data flow: the function has a parameter of the upstream task's name, or accepts any name. */
function receives(
  definition: TaskDefinition | undefined,
  upstream: TaskName,
  ground: WiringData,
): boolean {
  if (definition === undefined) return false;
  const { parameters } = definition;
  if (parameters.is === 'positional') return false;
  if (parameters.is === 'unknown' || parameters.rest !== undefined) return true;
  return parameterNames(definition, ground).has(upstream);
}

function parameterNames(
  definition: TaskDefinition,
  { parametersOf }: WiringData,
): ReadonlySet<string> {
  let names = parametersOf.get(definition);
  if (names === undefined) {
    const { parameters } = definition;
    names = new Set(parameters.is !== 'known' ? [] : parameters.list.map(({ name }) => name));
    parametersOf.set(definition, names);
  }
  return names;
}

/** Checks that every argument has one source and a parameter, and that every required parameter has a source. */
function checkArguments(
  spec: TaskSpec,
  definition: TaskDefinition,
  edges: readonly WiredEdge[],
  ground: WiringData,
): void {
  const { parameters } = definition;
  if (parameters.is === 'positional') {
    ground.report.push(positional(spec, definition, parameters.type));
    return;
  }
  const supplied = suppliesOf(spec, edges, ground.report);
  if (parameters.is === 'unknown') return;
  if (parameters.rest === undefined) {
    const known = parameterNames(definition, ground);
    for (const [parameter, at] of supplied) {
      if (!known.has(parameter))
        ground.report.push(unknownInput(parameter, at, { spec, definition }, known));
    }
  }
  for (const parameter of parameters.list) {
    if (parameter.optional || supplied.has(parameter.name)) continue;
    ground.report.push({
      code: 'DP4005',
      severity: 'error',
      message: `nothing supplies parameter "${parameter.name}" of task "${spec.name}"`,
      at: spec.at,
      hint: `add a task "${parameter.name}" to \`needs\`, feed it with \`inputs: { ${parameter.name}: TASK }\`, or give it a value under \`with\``,
      related: [{ message: 'the parameter is declared here', at: parameter.at ?? definition.at }],
    });
  }
}

/** Returns the source of each parameter's value. An input from a missing task counts, so that one mistake is reported once. */
function suppliesOf(
  spec: TaskSpec,
  edges: readonly WiredEdge[],
  report: Diagnostic[],
): ReadonlyMap<string, Place> {
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
  for (const [parameter, source] of spec.inputs) supply(parameter, source.at);
  for (const { task, parameter, at } of edges) {
    const isInput = parameter === undefined || spec.inputs.get(parameter)?.value === task;
    if (!isInput) supply(parameter, at);
  }
  for (const [parameter, value] of spec.with) supply(parameter, value.at);
  if (spec.map !== undefined) supply(spec.map.as, spec.map.over.at);
  return supplied;
}

function positional({ name, at }: TaskSpec, definition: TaskDefinition, type: string): Diagnostic {
  return {
    code: 'DP5008',
    severity: 'error',
    message: `task "${name}" takes ${type}, and not one object of named arguments`,
    at,
    hint: 'write it as ({ name }: { name: Type }, ctx) => …, or call it from a function that is so',
    related: [{ message: `"${definition.name}" is defined here`, at: definition.at }],
  };
}

function unknownInput(
  parameter: string,
  at: Place,
  { spec, definition }: Pick<WiredTask, 'spec'> & { readonly definition: TaskDefinition },
  known: ReadonlySet<string>,
): Diagnostic {
  const kind = spec.work.is === 'pipeline' ? 'pipeline' : 'task';
  return {
    code: 'DP4004',
    severity: 'error',
    message: `${kind} "${definition.name}" has no parameter "${parameter}"`,
    at,
    hint:
      didYouMean(parameter, known) ??
      (known.size === 0 ? 'it takes no parameters' : `it takes ${[...known].join(', ')}`),
    related: [{ message: `"${definition.name}" is defined here`, at: definition.at }],
  };
}

/** Limit of suggestions: finding a near name goes through all names, and nobody reads so many mistakes. */
const MOST_NEAR_NAMES = 50;

function nearName(
  name: TaskName,
  known: () => Iterable<TaskName>,
  report: readonly Diagnostic[],
): string | undefined {
  return report.length < MOST_NEAR_NAMES ? didYouMean(name, known()) : undefined;
}
