/** The files of tasks that are pipelines come in; their plans go out, each planned and checked as if it ran by itself. */
import { existsSync, realpathSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { isInside } from '../../config/modules.ts';
import { compileSchema } from '../../config/params/param-schema.ts';
import { holdsExpression } from '../../config/expressions/template.ts';
import { didYouMean, type Diagnostic, type Located } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { TaskName } from '../../model/ids.ts';
import type { Pipeline, TaskSpec } from '../../model/pipeline.ts';
import { checkableTasks } from '../../planner/checkable.ts';
import { subPipeline } from '../../planner/sub-pipeline.ts';
import type { SubPipeline } from '../../planner/wiring.ts';
import type { Loaded } from './load.ts';
import type { Prepared, SubPlans } from './prepared.ts';

/** The chain of pipelines from the one that was asked for down to the one being planned, with what is known of others. */
export interface Lineage {
  /** Absolute paths with links resolved. */
  readonly files: readonly string[];
  readonly known: Map<string, Promise<Prepared>>;
}

/** Returns the lineage of a pipeline that no other one runs. */
export const lineageOf = ({ file }: Pipeline): Lineage => ({
  files: [existsSync(file) ? realpathSync(file) : file],
  known: new Map(),
});

/** Plans the pipeline of a file, which is the last of the lineage. */
export type PrepareFile = (file: string, lineage: Lineage) => Promise<Prepared>;

/** A deeper nesting is taken for a mistake, although it forms no ring. */
const DEEPEST = 16;

/** Throws a Fault with every diagnostic of the files and of the tasks that name them. */
export async function planSubPipelines(
  loaded: Loaded,
  lineage: Lineage,
  prepareFile: PrepareFile,
): Promise<SubPlans> {
  const prepared = new Map<TaskName, Prepared>();
  const described = new Map<TaskName, SubPipeline>();
  const told = new Set<Diagnostic>();
  for (const spec of loaded.pipeline.tasks.values()) {
    const { work } = spec;
    if (work.is !== 'pipeline') continue;
    try {
      const child = await planned(loaded, work, lineage, prepareFile);
      prepared.set(spec.name, child);
      described.set(spec.name, description(work, child));
      for (const mistake of await misfits(spec, child)) told.add(mistake);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      for (const diagnostic of error.diagnostics) told.add(diagnostic);
    }
  }
  if (told.size > 0) throw Fault.of([...told]);
  return { prepared, described };
}

type PipelineWork = Extract<TaskSpec['work'], { is: 'pipeline' }>;

/** Plans each file once, however many tasks run it. */
function planned(
  { pipeline: { folder }, root }: Loaded,
  { file }: PipelineWork,
  { files, known }: Lineage,
  prepareFile: PrepareFile,
): Promise<Prepared> {
  const named = resolve(folder, file.value);
  if (!existsSync(named))
    throw Fault.of([
      {
        code: 'DP4011',
        severity: 'error',
        message: `there is no pipeline file ${file.value}`,
        at: file.at,
        hint: `it would be ${named}`,
      },
    ]);
  const path = realpathSync(named);
  refuseOutside(root, path, file);
  refuseRing(files, path, file.at);
  let child = known.get(path);
  if (child === undefined) {
    child = prepareFile(path, { files: [...files, path], known });
    known.set(path, child);
  }
  return child;
}

/** Refuses a pipeline of another project: what a pipeline runs belongs to its project, as its modules do. Links are followed first. */
function refuseOutside(root: string, path: string, { value, at }: Located<string>): void {
  if (isInside(realpathSync(root), path)) return;
  throw Fault.of([
    {
      code: 'DP3003',
      severity: 'error',
      message: `the pipeline ${value} is outside the project ${root}`,
      at,
      hint: 'move it into the project, or run it by itself: a task may run a command that does so',
    },
  ]);
}

function refuseRing(files: readonly string[], path: string, at: Diagnostic['at'] & object): void {
  const first = files.indexOf(path);
  if (first === -1 && files.length < DEEPEST) return;
  const ring = [...files.slice(Math.max(first, 0)), path].map((file) => basename(file));
  const chain = ring.join(' → ');
  const message =
    first === -1
      ? `pipelines run each other more than ${DEEPEST} levels deep: ${chain}`
      : `pipelines run each other in a cycle: ${chain}`;
  const hint = 'a run of any of them would never end: remove one of these tasks';
  throw Fault.of([{ code: 'DP4012', severity: 'error', message, at, hint }]);
}

function description(
  { output }: PipelineWork,
  { loaded, plan, registry, subs }: Prepared,
): SubPipeline {
  const tasks = checkableTasks(loaded.pipeline, registry, subs.described);
  if (output === undefined) return subPipeline(loaded.pipeline, plan, { tasks });
  const found = tasks.find(({ spec }) => spec.name === output.value);
  if (found !== undefined) return subPipeline(loaded.pipeline, plan, { tasks, output: found });
  const known = tasks.map(({ spec }) => spec.name);
  throw Fault.of([
    {
      code: 'DP4002',
      severity: 'error',
      message: `pipeline "${plan.pipeline}" has no task "${output.value}"`,
      at: output.at,
      hint: didYouMean(output.value, known) ?? `it has ${known.slice(0, 12).join(', ')}`,
      related: [{ message: 'the pipeline', at: loaded.pipeline.at }],
    },
  ]);
}

/** Returns a diagnostic for each value that is known now and does not fit its parameter's schema. */
async function misfits(spec: TaskSpec, { loaded }: Prepared): Promise<Diagnostic[]> {
  const found: Diagnostic[] = [];
  for (const [name, { value, at }] of spec.with) {
    const param = loaded.pipeline.params.get(name);
    if (param === undefined || holdsExpression(value)) continue;
    const problem = (await compileSchema(param.schema))(value);
    if (problem === undefined) continue;
    found.push({
      code: 'DP5002',
      severity: 'error',
      message: `the value of "${name}" does not fit pipeline "${loaded.pipeline.name}": it must ${problem}`,
      at,
      related: [{ message: 'the parameter is declared here', at: param.at }],
    });
  }
  return found;
}
