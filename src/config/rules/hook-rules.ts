/** Rules of hooks, which are tasks with names of their own among all tasks of the file. */
import { HOOKS, type Hook } from '../../model/task.ts';
import type { Report } from '../yaml/report.ts';
import { quoted, type Span } from '../yaml/source.ts';
import { entriesAt, type YamlEntry, type YamlMap } from '../yaml/yaml-node.ts';

/** Returns every hook of a file, in the order in which they run. */
export function hookEntries(root: YamlMap): { readonly hook: Hook; readonly entry: YamlEntry }[] {
  const hooks = root.entries.get('hooks')?.value;
  if (hooks?.is !== 'map') return [];
  return HOOKS.flatMap((hook) => entriesAt(hooks, hook).map((entry) => ({ hook, entry })));
}

/** Reports hooks that share a name with a task, because logs, results and events are kept by name. */
export function checkHookNames(root: YamlMap, report: Report): void {
  const known = new Map<string, Span>();
  for (const { key, keySpan } of entriesAt(root, 'tasks')) known.set(key, keySpan);
  for (const { entry } of hookEntries(root)) {
    const { key, keySpan } = entry;
    const before = known.get(key);
    if (before === undefined) known.set(key, keySpan);
    else
      report.error(
        'DP1003',
        `the hook ${quoted(key)} has the name of another task`,
        keySpan,
        'rename one of them; both may run the same function: `task: NAME`',
        { message: 'the name is taken here', span: before },
      );
  }
}
