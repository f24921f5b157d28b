/** Random pipelines of simulated tasks: any graph, every trigger rule, limits, retries, maps, conditions. */
import { FAILURE_REASONS } from '../../src/model/failure-reason.ts';
import type { Place } from '../../src/model/diagnostic.ts';
import { Fault } from '../../src/model/fault.ts';
import type { TaskName } from '../../src/model/ids.ts';
import type { Pipeline, TaskSpec } from '../../src/model/pipeline.ts';
import { HOOKS, type Parameter, type TaskDefinition } from '../../src/model/task.ts';
import { plan } from '../../src/planner/planner.ts';
import { Chance } from '../../src/simulation/chance.ts';
import type { SimulatedPipeline } from '../../src/simulation/scenario.ts';
import { TRIGGER_RULES } from '../../src/model/trigger-rule.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../../src/model/settings.ts';

/** Everything about it follows from the seed. */
export function randomSubject(seed: number): SimulatedPipeline {
  const chance = new Chance(seed);
  return subjectOf(drawPipeline(chance), chance);
}

function subjectOf(pipeline: Pipeline, chance: Chance): SimulatedPipeline {
  const definitions = new Map(
    [...pipeline.tasks.values()].map((spec) => [spec.name, definitionOf(spec, chance)]),
  );
  return {
    plan: (history) => {
      const planned = plan({
        pipeline,
        registry: { get: (name) => definitions.get(name), names: () => definitions.keys() },
        params: {},
        selection: {},
        history,
        surroundings: { envDigest: '', env: {}, nodeMajor: 26 },
        at: 0,
        holds: ({ value }) => value === 'true',
      });
      if (planned.plan === undefined) throw Fault.of(planned.diagnostics);
      return planned.plan;
    },
    evaluate: (source) => (source === '[1, 2, 3]' ? [1, 2, 3] : source === 'true'),
    without: (name) => {
      const tasks = [...pipeline.tasks.values()].filter((spec) => spec.name !== name);
      if (tasks.length === 0 || tasks.some(({ mentions }) => mentions.includes(name)))
        return undefined;
      const left = tasks.map((spec): [TaskName, TaskSpec] => [
        spec.name,
        { ...spec, needs: spec.needs.filter(({ value }) => value !== name) },
      ]);
      return subjectOf({ ...pipeline, tasks: new Map(left) }, chance);
    },
  };
}

const AT: Place = { file: '<simulation>', line: 1, column: 1 };

function drawPipeline(chance: Chance): Pipeline {
  const size = chance.happens(0.1, 'is large')
    ? chance.between(10, 25, 'size')
    : chance.between(1, 9, 'size');
  const names = Array.from({ length: size }, (_, i) => `t${i}`);
  // Between a chain, where each needs the one before, and a field of tasks that need nothing.
  const reach = chance.one([1, 3, size], 'reach');
  const density = chance.draw('density');
  const tasks = names.map((name, i) => {
    const upstreams = names
      .slice(Math.max(0, i - reach), i)
      .filter((source) => chance.happens(density, `${name} needs ${source}`));
    return drawTask(name, upstreams, chance);
  });
  const hooks = HOOKS.filter((hook) => chance.happens(0.15, hook)).map((hook): TaskSpec => {
    const { when: _when, map: _map, ...spec } = drawTask(hook, [], chance);
    return { ...spec, hook };
  });
  return {
    name: 'simulated',
    file: AT.file,
    folder: '/',
    modules: [],
    params: new Map(),
    env: [],
    secrets: [],
    tasks: new Map([...tasks, ...hooks].map((task) => [task.name, task])),
    defaults: {},
    pools: new Map([
      ['one', 1],
      ['two', 2],
    ]),
    timeout: chance.happens(0.1, 'run timeout') ? chance.between(1, 5, 'run timeout of') : null,
    triggers: [],
    at: AT,
  };
}

function drawTask(name: TaskName, upstreams: readonly TaskName[], chance: Chance): TaskSpec {
  const is = (probability: number, what: string): boolean =>
    chance.happens(probability, `${name} ${what}`);
  const mentioned = upstreams.length > 0 && is(0.5, 'mentions') ? upstreams[0] : undefined;
  const hasWhen = is(0.2, 'when');
  const isMapped = is(0.15, 'map');
  const source = mentioned === undefined ? undefined : `tasks.${mentioned}.output of ${name}`;
  const at = <T>(value: T): { value: T; at: Place } => ({ value, at: AT });
  const constant = is(0.7, 'holds') ? 'true' : 'false';
  return {
    name,
    at: AT,
    work: is(0.15, 'is a command')
      ? { is: 'shell', command: at('true') }
      : { is: 'function', task: at(name) },
    needs: upstreams.map(at),
    inputs: new Map(),
    with: new Map(),
    tags: [],
    mentions: mentioned !== undefined && (hasWhen || isMapped) ? [mentioned] : [],
    decidable: source === undefined,
    settings: drawSettings(name, chance),
    ...(hasWhen ? { when: at(source === undefined ? constant : `when ${source}`) } : {}),
    ...(isMapped
      ? {
          map: {
            over: at(source === undefined ? '[1, 2, 3]' : `over ${source}`),
            as: 'element',
            maxParallel: is(0.5, 'max parallel') ? chance.between(1, 2, `${name} most`) : null,
          },
        }
      : {}),
  };
}

function drawSettings(name: TaskName, chance: Chance): TaskSettings {
  const is = (probability: number, what: string): boolean =>
    chance.happens(probability, `${name} ${what}`);
  return {
    ...DEFAULT_SETTINGS,
    maxRetries: is(0.5, 'retries') ? chance.between(1, 3, `${name} max retries`) : 0,
    retry: {
      on: is(0.2, 'retries by reason') ? ['crashed', 'timed_out'] : FAILURE_REASONS,
      delay: chance.one([0, 0.05, 1], `${name} delay`),
      backoff: chance.one(['constant', 'linear', 'exponential'], `${name} backoff`),
      factor: 2,
      maxDelay: 3,
      jitter: chance.one(['none', 'full', 0.3], `${name} jitter`),
    },
    timeout: is(0.3, 'timeout') ? chance.one([0.1, 1], `${name} timeout of`) : null,
    failSafe: is(0.15, 'fail safe'),
    streamOutput: is(0.5, 'streams'),
    cache: is(0.3, 'cache') ? { ttl: is(0.5, 'ttl') ? 10 : null } : false,
    pool: is(0.3, 'pool') ? chance.one(['one', 'two', 'undeclared'], `${name} pool of`) : null,
    priority: is(0.2, 'priority') ? chance.between(-1, 1, `${name} priority of`) : 0,
    triggerRule: is(0.5, 'rule') ? chance.one(TRIGGER_RULES, `${name} rule of`) : 'all_success',
  };
}

/** A function that takes some of its upstreams' outputs, and only waits for the others. */
function definitionOf({ name, needs, map }: TaskSpec, chance: Chance): TaskDefinition {
  const taken = needs
    .map(({ value }) => value)
    .filter((source) => chance.happens(0.6, `${name} takes ${source}`));
  const names = map === undefined ? taken : [...taken, map.as];
  return {
    name,
    module: '/tasks.ts',
    at: AT,
    tags: [],
    dependencies: [],
    settings: {},
    parameters: {
      is: 'known',
      list: names.map((parameter): Parameter => ({ name: parameter, optional: true })),
    },
    codeHash: '',
  };
}
