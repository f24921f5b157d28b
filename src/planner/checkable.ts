import type { Pipeline } from '../model/pipeline.ts';
import { levelsOf } from './graph.ts';
import { settingsMerger } from './settings.ts';
import { wire, type CheckedTask, type SubPipelines, type TaskLookup } from './wiring.ts';

/** Returns the tasks of a sound pipeline in the form the type check needs: each after those it needs. */
export function checkableTasks(
  pipeline: Pipeline,
  registry: TaskLookup,
  subs?: SubPipelines,
): CheckedTask[] {
  const { tasks, upstream } = wire(pipeline, registry, subs);
  const settingsOf = settingsMerger(pipeline.defaults);
  return Array.from(levelsOf(upstream).order, (number) => {
    const task = tasks[number]!;
    return { ...task, settings: settingsOf(task) };
  });
}
