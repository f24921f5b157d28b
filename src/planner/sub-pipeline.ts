/** Describes a pipeline that runs as a task of another one, with what its parent has to know. */
import { digestOf } from '../model/ids.ts';
import type { ParamSpec, Pipeline } from '../model/pipeline.ts';
import type { Plan } from '../model/plan.ts';
import type { Parameter, TaskDefinition } from '../model/task.ts';
import { schemaTypeText } from '../registry/types/type-text.ts';
import { skippable } from './absence.ts';
import type { CheckedTask, SubPipeline } from './wiring.ts';

/** `tasks` are the checkable tasks of the pipeline; `output` is one of them. */
export function subPipeline(
  { name, file, params, at }: Pipeline,
  plan: Plan,
  { tasks, output }: { readonly tasks: readonly CheckedTask[]; readonly output?: CheckedTask },
): SubPipeline {
  const code = plan.tasks.map((task) => [task.name, task.codeHash]);
  const definition: TaskDefinition = {
    name,
    module: file,
    at,
    tags: [],
    dependencies: [],
    settings: {},
    parameters: { is: 'known', list: [...params.values()].map(parameterFrom) },
    codeHash: digestOf(code.flat()),
  };
  const base = { pipeline: name, file, planId: plan.planId, definition };
  return output === undefined
    ? base
    : { ...base, output: { task: output, mayBeAbsent: mayBeAbsent(output, tasks) } };
}

const parameterFrom = ({ name, schema, default: value, at }: ParamSpec): Parameter => ({
  name,
  optional: value !== undefined,
  schema,
  type: schemaTypeText(schema),
  at,
});

/** Returns whether a run may succeed without this result. */
const mayBeAbsent = ({ spec, settings }: CheckedTask, tasks: readonly CheckedTask[]): boolean =>
  settings.failSafe || skippable(tasks).has(spec.name);
