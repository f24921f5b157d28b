/** What a registry tells a program of a task. */
import type { FunctionKind, TaskDefinition } from '../model/task.ts';
import { DEFAULT_SETTINGS, type TaskSettings } from '../model/settings.ts';

/** A registered task: plain data; the function itself stays in its module. */
export interface TaskInfo extends Omit<TaskDefinition, 'kind' | 'settings' | 'codeHash'> {
  readonly kind: FunctionKind;
  /** The settings of its options and, for the others, their defaults. A pipeline may set them otherwise. */
  readonly settings: TaskSettings;
}

/** Returns what a program may know of a definition that discovery made. */
export function taskInfo(known: TaskDefinition): TaskInfo {
  const { codeHash: _, ...definition } = known;
  const settings = { ...DEFAULT_SETTINGS, ...definition.settings };
  return {
    kind: 'function',
    ...definition,
    settings: { ...settings, retry: { ...DEFAULT_SETTINGS.retry, ...settings.retry } },
  };
}
