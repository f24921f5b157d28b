/** Finds tasks that may have no result for a task that runs: failed and forgiven, skipped, or allowed not to succeed. */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { TaskName } from '../model/ids.ts';
import type { CheckedTask } from './wiring.ts';

/** Returns the tasks that a run may skip without failing, by a condition or a trigger rule. A task stands after those it needs. */
export function skippable(tasks: readonly CheckedTask[]): Set<TaskName> {
  const found = new Set<TaskName>();
  const forgiven = new Set<TaskName>();
  for (const task of tasks) {
    const { name, when } = task.spec;
    if (task.settings.failSafe) forgiven.add(name);
    if (when !== undefined || isSkippedByRule(task, found, forgiven)) found.add(name);
  }
  return found;
}

function isSkippedByRule(
  { edges, settings }: CheckedTask,
  skipped: ReadonlySet<TaskName>,
  forgiven: ReadonlySet<TaskName>,
): boolean {
  if (edges.length === 0) return false;
  switch (settings.triggerRule) {
    case 'all_success':
      return edges.some(({ task }) => skipped.has(task));
    case 'none_failed_min_one_success':
      return edges.every(({ task }) => skipped.has(task));
    case 'one_success':
      return edges.every(({ task }) => skipped.has(task) || forgiven.has(task));
    // These rules fire on a failure, so a run in which nothing fails skips the task.
    case 'all_failed':
    case 'one_failed':
      return true;
    default:
      return false;
  }
}

/** Returns whether the consumer may be started although the upstream task has no result for it. */
export function mayLackResult(
  { spec, settings: { failSafe } }: CheckedTask,
  consumer: CheckedTask,
  skipped: ReadonlySet<TaskName>,
): boolean {
  const { hook } = consumer.spec;
  // A run that succeeded lacks only the results of skipped and fail-safe tasks; any other run may lack each.
  if (hook !== undefined) return hook !== 'on_success' || failSafe || skipped.has(spec.name);
  switch (consumer.settings.triggerRule) {
    case 'all_success':
      return failSafe;
    case 'none_failed':
    case 'none_failed_min_one_success':
      return failSafe || skipped.has(spec.name);
    case 'one_success':
      return consumer.edges.some(({ task }) => task !== spec.name);
    default:
      return true;
  }
}

/** Reports expressions that cannot be evaluated when a task has no result, in tasks that may be started then. */
export function absentOutputs(tasks: readonly CheckedTask[]): readonly Diagnostic[] {
  const readers = tasks.filter(({ spec }) => spec.needsOutputOf !== undefined);
  if (readers.length === 0) return [];
  const taskOf = new Map(tasks.map((task) => [task.spec.name, task]));
  const skipped = skippable(tasks);
  return readers.flatMap((reader) =>
    (reader.spec.needsOutputOf ?? []).flatMap(({ value: name, at }): Diagnostic[] => {
      const upstream = taskOf.get(name);
      if (upstream === undefined || !mayLackResult(upstream, reader, skipped)) return [];
      return [
        {
          code: 'DP5007',
          severity: 'error',
          message: `"${reader.spec.name}" reads the output of "${name}", which may end without one (${whyAbsent(upstream, reader)})`,
          at,
          hint: `ask first, as in \${has(tasks[${JSON.stringify(name)}].output) ? … : …}, or let it run only when "${name}" succeeds`,
          related: [{ message: `"${name}" is here`, at: upstream.spec.at }],
        },
      ];
    }),
  );
}

/** Returns the reason in words of the pipeline file. */
export function whyAbsent(upstream: CheckedTask | undefined, consumer: CheckedTask): string {
  const { hook } = consumer.spec;
  if (upstream?.settings.failSafe === true) return 'fail_safe';
  if (hook !== undefined && hook !== 'on_success') return hook;
  return upstream?.spec.when === undefined ? 'the trigger rule' : 'when';
}
