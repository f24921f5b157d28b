/** Selects the tasks of a pipeline that a command is about. */
import { didYouMean, type Diagnostic } from '../model/diagnostic.ts';
import type { Hint } from '../model/hint.ts';
import type { TaskName } from '../model/ids.ts';
import type { Selection } from '../model/plan.ts';
import { withUpstreams, type Upstream } from './graph.ts';

export interface Selectable {
  readonly name: TaskName;
  readonly tags: readonly string[];
}

/** Returns the numbers of the selected tasks, or what is wrong with the selection. */
export function select(
  tasks: readonly Selectable[],
  upstream: Upstream,
  selection: Selection,
): { readonly chosen: ReadonlySet<number> } | { readonly diagnostics: readonly Diagnostic[] } {
  const names = selection.names ?? [];
  const tags = selection.tags ?? [];
  if (names.length === 0 && tags.length === 0) return { chosen: new Set(tasks.keys()) };

  const numberOf = new Map(tasks.map((task, number) => [task.name, number]));
  const diagnostics: Diagnostic[] = [];
  const targets = new Set<number>();
  for (const name of names) {
    const number = numberOf.get(name);
    if (number !== undefined) targets.add(number);
    else diagnostics.push(unknownTask(name, numberOf.keys()));
  }
  if (diagnostics.length > 0) return { diagnostics };

  const wanted = new Set(tags);
  tasks.forEach((task, number) => {
    if (task.tags.some((tag) => wanted.has(tag))) targets.add(number);
  });
  if (targets.size === 0) return { diagnostics: [nothingTagged(tags, tasks)] };
  return { chosen: selection.only === true ? targets : withUpstreams(targets, upstream) };
}

export function unknownTask(name: TaskName, known: Iterable<TaskName>): Diagnostic {
  const hint: Hint = didYouMean(name, known) ?? { do: 'listTasks' };
  return {
    code: 'DP2006',
    severity: 'error',
    message: `there is no task "${name}" in the pipeline`,
    hint,
  };
}

function nothingTagged(tags: readonly string[], tasks: readonly Selectable[]): Diagnostic {
  const known = new Set(tasks.flatMap((task) => task.tags));
  const near = tags.map((tag) => didYouMean(tag, known)).find((hint) => hint !== undefined);
  const list = [...known].sort().join(', ');
  return {
    code: 'DP4003',
    severity: 'error',
    message: `no task has ${tags.length === 1 ? 'the tag' : 'any of the tags'} ${tags.map((tag) => `"${tag}"`).join(', ')}`,
    hint: near ?? (list === '' ? 'no task of the pipeline has a tag' : `tags in use: ${list}`),
  };
}
