/** Small pipelines to plan: written as YAML, or built from a graph; and tasks as a registry would know them. */
import type { Diagnostic, Place } from '../../src/model/diagnostic.ts';
import type { TaskName } from '../../src/model/ids.ts';
import type { Pipeline, TaskSpec } from '../../src/model/pipeline.ts';
import type { Plan, PlannedTask } from '../../src/model/plan.ts';
import type { Parameter, TaskDefinition } from '../../src/model/task.ts';
import { NO_HISTORY, plan, type PlanRequest } from '../../src/planner/planner.ts';
import type { TaskLookup } from '../../src/planner/wiring.ts';

export { pipelineFrom } from '../config/reading.ts';

export const at = (line: number): Place => ({ file: '/project/p.yaml', line, column: 3 });

/** A task as a registry knows it: `clean(rows, limit?)`; `(...)` takes any name, `(*)` says nothing. */
export function define(signature: string, more: Partial<TaskDefinition> = {}): TaskDefinition {
  const [, name = '', inside = ''] = /^([\w-]+)\((.*)\)$/.exec(signature) ?? [];
  const words = inside.split(',').map((word) => word.trim());
  const list = words
    .filter((word) => word !== '' && word !== '...' && word !== '*')
    .map((word): Parameter => ({ name: word.replace('?', ''), optional: word.endsWith('?') }));
  return {
    name,
    module: '/project/tasks.ts',
    at: { file: '/project/tasks.ts', line: 1, column: 14 },
    tags: [],
    dependencies: [],
    settings: {},
    parameters: words.includes('*')
      ? { is: 'unknown' }
      : { is: 'known', list, ...(words.includes('...') && { rest: true }) },
    codeHash: 'code-1',
    ...more,
  };
}

export function registryOf(...tasks: readonly (string | TaskDefinition)[]): TaskLookup {
  const definitions = tasks.map((task) => (typeof task === 'string' ? define(task) : task));
  const byName = new Map(definitions.map((definition) => [definition.name, definition]));
  return { get: (name) => byName.get(name), names: () => byName.keys() };
}

/** Task → the tasks it needs, in the order of the file. */
export type Needs = ReadonlyMap<TaskName, readonly TaskName[]>;

/** A pipeline of commands that only wait for each other. */
export function graphPipeline(needs: Needs): Pipeline {
  return pipelineOf([...needs].map(([name, sources], i) => command(name, sources, i + 3)));
}

export function pipelineOf(tasks: readonly TaskSpec[], more: Partial<Pipeline> = {}): Pipeline {
  return {
    name: 'p',
    file: '/project/p.yaml',
    folder: '/project',
    modules: [],
    params: new Map(),
    env: [],
    secrets: [],
    tasks: new Map(tasks.map((task) => [task.name, task])),
    defaults: {},
    pools: new Map(),
    timeout: null,
    triggers: [],
    at: at(1),
    ...more,
  };
}

const command = (name: TaskName, sources: readonly TaskName[], line: number): TaskSpec => ({
  ...functionTask(name, line),
  work: { is: 'shell', command: { value: 'true', at: at(line) } },
  needs: sources.map((value) => ({ value, at: at(line) })),
});

/** A task that calls the function of its name. */
export function functionTask(name: TaskName, line: number): TaskSpec {
  return {
    name,
    at: at(line),
    work: { is: 'function', task: { value: name, at: at(line) } },
    needs: [],
    inputs: new Map(),
    with: new Map(),
    tags: [],
    mentions: [],
    decidable: true,
    settings: {},
  };
}

/** What a test says of a request; the rest is nothing special. */
export type Wish = Partial<PlanRequest>;

export function request(pipeline: Pipeline, wish: Wish = {}): PlanRequest {
  return {
    pipeline,
    registry: registryOf(),
    params: {},
    selection: {},
    history: NO_HISTORY,
    surroundings: { envDigest: 'env-1', env: {}, nodeMajor: 26 },
    at: 0,
    holds: () => true,
    ...wish,
  };
}

/** The plan of a sound pipeline; a mistake in it is one of the test. */
export function planOf(pipeline: Pipeline, wish: Wish = {}): Plan {
  const planned = plan(request(pipeline, wish));
  if (planned.plan === undefined) throw new Error(planned.diagnostics.map(told).join('\n'));
  return planned.plan;
}

/** What is said of a pipeline that has no plan: `CODE message → hint` each. */
export function mistakesOf(pipeline: Pipeline, wish: Wish = {}): string[] {
  const planned = plan(request(pipeline, wish));
  if (planned.plan !== undefined) throw new Error('it has a plan');
  return planned.diagnostics.map(told);
}

export function taskIn({ tasks }: Plan, name: TaskName): PlannedTask {
  const task = tasks.find((one) => one.name === name);
  if (task === undefined) throw new Error(`no task ${name} in the plan`);
  return task;
}

export function told({ at: place, code, message, hint }: Diagnostic): string {
  const where = place === undefined ? '' : `${place.line}:${place.column} `;
  const remedy = typeof hint === 'string' ? hint : JSON.stringify(hint);
  return `${where}${code} ${message}${remedy === undefined ? '' : ` → ${remedy}`}`;
}
