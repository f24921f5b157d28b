/** A project as editors and lists see it: its pipelines, and the tasks that their modules register. */
import { registryOf } from './definitions.ts';
import { load } from './load.ts';
import type { CallerContext } from '../project/caller-context.ts';
import { pipelineFormatSchema } from '../../config/format/format.ts';
import { projectFormatSchema } from '../../config/format/project-schema.ts';
import type { Diagnostic } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Pipeline } from '../../model/pipeline.ts';
import type { TaskDefinition } from '../../model/task.ts';
import { projectTypes } from '../../registry/types/project-types.ts';

export { projectFileSchema } from '../../config/format/project-file-format.ts';

export interface Project {
  readonly pipelines: readonly Pipeline[];
  /** Tasks by name; a task that several pipelines use is listed once. */
  readonly tasks: readonly TaskDefinition[];
}

/** Throws a Fault with the diagnostics of every invalid file. */
export async function readProject(
  files: readonly string[],
  caller: CallerContext,
): Promise<Project> {
  const pipelines: Pipeline[] = [];
  const tasks = new Map<string, TaskDefinition>();
  const mistakes: Diagnostic[] = [];
  for (const file of files) {
    try {
      const loaded = await load(file, caller);
      pipelines.push(loaded.pipeline);
      for (const task of (await registryOf(loaded)).all())
        tasks.set(`${task.module}\0${task.name}`, task);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      mistakes.push(...error.diagnostics);
    }
  }
  if (mistakes.length > 0) throw Fault.of(mistakes);
  const byName = [...tasks.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { pipelines, tasks: byName };
}

/** Returns the tasks with any of these tags; all when no tags are given. Throws DP4003 when no task has one. */
export function tasksTagged(
  { tasks }: Project,
  tags: readonly string[] | undefined,
): readonly TaskDefinition[] {
  if (tags === undefined) return tasks;
  const chosen = tasks.filter((task) => task.tags.some((tag) => tags.includes(tag)));
  if (chosen.length > 0) return chosen;
  throw new Fault('DP4003', `no task has any of the tags ${tags.join(', ')}`);
}

/** Returns the JSON Schema 2020-12 of the project's pipeline files; without pipelines, of the format alone. */
export function pipelineSchema(project: Project): JsonObject {
  return project.pipelines.length === 0 ? pipelineFormatSchema() : projectFormatSchema(project);
}

/** Returns a `.d.ts` file for `folder`, with the project's tasks and pipelines and the module `dp`. */
export function projectDeclarations({ pipelines, tasks }: Project, folder: string): string {
  // Pipelines may use tasks of the same name from different modules: a declaration can only mean one of them.
  const byName = new Map(tasks.map((task) => [task.name, task]));
  return projectTypes({ tasks: [...byName.values()], pipelines, folder });
}
