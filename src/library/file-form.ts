/** A program's definition of a pipeline comes in; what a pipeline file would hold goes out, unchecked. */
import { snakeCase } from '../model/fields.ts';
import { SETTINGS } from '../model/settings.ts';
import type { Hook } from '../model/task.ts';
import type { HookKey, PipelineDefinition, TaskOfDefinition } from './pipeline.ts';

/** Returns the definition in the form of a pipeline file. Keys that are not known stay, so that they are reported. */
export function fileForm({ tasks, hooks, defaults, ...rest }: PipelineDefinition): object {
  return {
    ...rest,
    ...(defaults && { defaults: taskForm(defaults) }),
    tasks: typeof tasks === 'object' && tasks !== null ? eachTask(tasks) : tasks,
    ...(hooks && {
      hooks: Object.fromEntries(
        Object.entries(hooks).map(([key, group]) => [hookKey(key), group && eachTask(group)]),
      ),
    }),
  };
}

const HOOK_KEYS: Readonly<Record<HookKey, Hook>> = {
  onSuccess: 'on_success',
  onFailure: 'on_failure',
  onFinish: 'on_finish',
};

const hookKey = (key: string): string => HOOK_KEYS[key as HookKey] ?? key;

const eachTask = (tasks: Readonly<Record<string, TaskOfDefinition | null>>): object =>
  Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, task && taskForm(task)]));

function taskForm(task: TaskOfDefinition): object {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(task);
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (key === 'map' || key === 'retry') return [key, snakeKeys(value)];
      return [Object.hasOwn(SETTINGS, key) ? snakeCase(key) : key, value];
    }),
  );
}

function snakeKeys(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [snakeCase(key), part]));
}
