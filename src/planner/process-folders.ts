/** Checks that only functions with a process of their own get a working folder, whether set in YAML, in code or under `defaults`. */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { Pipeline } from '../model/pipeline.ts';
import { settingsMerger } from './settings.ts';
import type { WiredTask } from './wiring.ts';

export function processFoldersIn(
  tasks: readonly WiredTask[],
  defaults: Pipeline['defaults'],
): readonly Diagnostic[] {
  const settingsOf = settingsMerger(defaults);
  const diagnostics: Diagnostic[] = [];
  for (const task of tasks) {
    const { name, work } = task.spec;
    if (work.is !== 'function' || work.cwd === undefined) continue;
    if (settingsOf(task).isolation === 'process') continue;
    diagnostics.push({
      code: 'DP1005',
      severity: 'error',
      message: `"cwd" is for commands and for functions that run in a process of their own, but "${name}" runs in a thread`,
      at: work.cwd.at,
      hint: 'add `isolation: process`, or remove it',
    });
  }
  return diagnostics;
}
