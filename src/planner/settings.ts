/** Merges the settings of a task from all places that define them. */
import type { Json } from '../model/json.ts';
import type { Pipeline } from '../model/pipeline.ts';
import type { TaskDefinition } from '../model/task.ts';
import type { WiredTask } from './wiring.ts';
import {
  DEFAULT_SETTINGS,
  type PartialSettings,
  type Setting,
  settingEntries,
  type TaskSettings,
} from '../model/settings.ts';

/**
 * YAML overrides code, code overrides the pipeline's `defaults`, those override dp's own; each key of `retry` is merged separately.
 * Tasks without settings of their own share one object.
 */
export function settingsMerger(
  defaults: Pipeline['defaults'],
): (task: Pick<WiredTask, 'spec' | 'definition'>) => TaskSettings {
  const base = merged(DEFAULT_SETTINGS, defaults);
  const withCode = new Map<TaskDefinition, TaskSettings>();
  const settingsOf = ({ spec, definition }: Pick<WiredTask, 'spec' | 'definition'>) => {
    if (definition === undefined) return merged(base, spec.settings);
    let settings = withCode.get(definition);
    if (settings === undefined) {
      settings = merged(base, definition.settings);
      withCode.set(definition, settings);
    }
    return merged(settings, spec.settings);
  };
  return (task) => {
    const settings = settingsOf(task);
    const { hook, work } = task.spec;
    if (hook === undefined && work.is !== 'pipeline' && work.is !== 'wait') return settings;
    return {
      ...settings,
      ...(hook === undefined ? {} : OF_HOOKS),
      ...(work.is === 'pipeline' ? OF_PIPELINES : {}),
      ...(work.is === 'wait' ? OF_WAITS : {}),
    };
  };
}

const OF_HOOKS = fixed(({ forHooks }) => forHooks?.value);
const OF_PIPELINES = fixed(({ forPipelines }) => forPipelines);
/** The settings of other kinds of work, which `defaults:` may give to all tasks, do not concern a wait. */
const OF_WAITS = fixed(({ work, default: unused }) =>
  work?.includes('wait') === false ? unused : undefined,
);

/** Returns the settings that have a fixed value. */
function fixed(valueOf: (setting: Setting) => Json | undefined): Partial<TaskSettings> {
  return Object.fromEntries(
    settingEntries.flatMap(([name, setting]) => {
      const value = valueOf(setting);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function merged(below: TaskSettings, above: PartialSettings): TaskSettings {
  if (Object.keys(above).length === 0) return below;
  return { ...below, ...above, retry: { ...below.retry, ...above.retry } };
}
