import type { Pipeline } from '../model/pipeline.ts';
import { levelsOf } from './graph.ts';
import { settingsMerger } from './settings.ts';
import type { CheckedTask } from './type-check.ts';
import { wire, type TaskLookup } from './wiring.ts';

/** The tasks of a sound pipeline as the type check asks for them: each after those it needs. */
export function checkableTasks(pipeline: Pipeline, registry: TaskLookup): CheckedTask[] {
  const { tasks, upstream } = wire(pipeline, registry);
  const settingsOf = settingsMerger(pipeline.defaults);
  return Array.from(levelsOf(upstream).order, (number) => {
    const task = tasks[number]!;
    return { ...task, settings: settingsOf(task) };
  });
}
