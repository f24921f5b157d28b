/** Describes each task independently of the selection and of earlier runs: its work, values, edges and settings. */
import { Fault, impossible } from '../model/fault.ts';
import type { Digest } from '../model/ids.ts';
import type { Json } from '../model/json.ts';
import type { ElementReads, TaskSpec } from '../model/pipeline.ts';
import type { Dependency, PlannedTask, Work } from '../model/plan.ts';
import type { WiredEdge, WiredTask } from './wiring.ts';
import type { TaskSettings } from '../model/settings.ts';

/** A planned task before its id, level, key and decision are computed. */
export type DescribedTask = Omit<PlannedTask, 'id' | 'level' | 'key' | 'decision'>;

export function describeTask(task: WiredTask, settings: TaskSettings): DescribedTask {
  const { spec, definition, edges } = task;
  return {
    name: spec.name,
    // A hook waits for all tasks; its edges only say what its expressions read.
    dependsOn: spec.hook === undefined ? edges.map(dependencyOf) : [],
    tags: tagsOf(task),
    work: workOf(task, settings),
    codeHash: definition?.codeHash ?? NO_CODE,
    settings,
    with: valuesOf(spec),
    ...(spec.when && { when: spec.when.value }),
    ...(spec.map && { map: { ...spec.map, over: spec.map.over.value, ...elementReadsOf(spec) } }),
    mentions: spec.mentions,
    ...(spec.reads && { reads: spec.reads }),
    at: spec.at,
    ...(spec.hook && { hook: spec.hook }),
  };
}

const elementReadsOf = ({ elementReads }: TaskSpec): { reads?: ElementReads } =>
  elementReads === undefined ? {} : { reads: elementReads };

/** Tags in YAML replace those in code. */
export function tagsOf({ spec, definition }: WiredTask): readonly string[] {
  return spec.tags.length > 0 ? spec.tags : (definition?.tags ?? []);
}

/** Code hash of a command: its text is already part of its id. */
const NO_CODE: Digest = '';

const dependencyOf = ({ task, kind, parameter }: WiredEdge): Dependency =>
  parameter === undefined ? { task, kind } : { task, kind, parameter };

const NO_VALUES: PlannedTask['with'] = Object.freeze({});

function valuesOf(spec: TaskSpec): PlannedTask['with'] {
  if (spec.with.size === 0) return NO_VALUES;
  const values: [string, Json][] = [];
  for (const [parameter, { value }] of spec.with) values.push([parameter, value]);
  return Object.fromEntries(values);
}

function workOf({ spec: { work }, definition, sub }: WiredTask, settings: TaskSettings): Work {
  switch (work.is) {
    case 'function': {
      const { task, defaultCwd } = work;
      const cwd = work.cwd?.value ?? (settings.isolation === 'process' ? defaultCwd : undefined);
      const module = definition?.module ?? '';
      return { is: 'function', module, task: task.value, ...(cwd === undefined ? {} : { cwd }) };
    }
    case 'shell': {
      const { command, shell = 'sh', cwd, outputs } = work;
      return {
        is: 'shell',
        command: command.value,
        shell,
        cwd: cwd?.value ?? '.',
        ...(outputs && { outputs: outputs.map(({ value }) => value) }),
      };
    }
    case 'pipeline': {
      if (sub === undefined) throw new Fault('DP9001', 'a pipeline as a task was not looked up');
      const { pipeline, file, planId } = sub;
      const output = work.output === undefined ? {} : { output: work.output.value };
      return { is: 'pipeline', pipeline, file, planId, ...output };
    }
    case 'wait': {
      const { event, when, timeout } = work;
      return { is: 'wait', event: event.value, ...(when && { when: when.value }), timeout };
    }
    default:
      return impossible(work);
  }
}
