/** Warns, for each place, of inputs that the tasks of a plan read without declaring them. */
import { type Diagnostic, didYouMean } from '../model/diagnostic.ts';
import { isStandardVariable } from '../model/standard-env.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import { looksSecret } from '../model/secrets.ts';
import type { OutsideRead } from '../model/task.ts';

/** Warns of variables that nobody declared, so that no task sees them. `reads` are by path of the module. */
export function undeclaredInputs(
  plan: Pick<Plan, 'tasks' | 'env'>,
  reads: ReadonlyMap<string, readonly OutsideRead[]>,
): readonly Diagnostic[] {
  if (reads.size === 0) return [];
  const found = new Map<string, { readonly read: OutsideRead; readonly by: PlannedTask[] }>();
  for (const task of plan.tasks) {
    if (task.work.is !== 'function') continue;
    for (const read of reads.get(task.work.module) ?? []) {
      if (read.is !== 'env' || isKnown(read.name, plan.env)) continue;
      const place = `${read.at.file}:${read.at.line}:${read.name}`;
      const before = found.get(place);
      if (before === undefined) found.set(place, { read, by: [task] });
      else before.by.push(task);
    }
  }
  return Array.from(found.values(), ({ read, by }) => warningOf(read, by));
}

const isKnown = (name: string, declared: readonly string[]): boolean =>
  declared.includes(name) || isStandardVariable(name);

/** Maximum number of tasks in a list; longer lists are cut, as all tasks of a module read the same inputs. */
const TASKS_SHOWN = 3;

function warningOf({ name, at }: OutsideRead, by: readonly PlannedTask[]): Diagnostic {
  const names = by.slice(0, TASKS_SHOWN).map((task) => `"${task.name}"`);
  const more = by.length > TASKS_SHOWN ? ` and ${by.length - TASKS_SHOWN} more` : '';
  const tasks = `task${by.length > 1 ? 's' : ''} ${names.join(', ')}${more}`;
  return {
    code: 'DP4010',
    severity: 'warning',
    message: `a module of ${tasks} reads the environment variable "${name}", which is not declared, so no task sees it`,
    at,
    hint: `add ${name} to \`${looksSecret(name) ? 'secrets' : 'env'}:\``,
  };
}

/** Reports cached commands that do not say which files they read: nobody sees it. */
export function undeclaredFiles(
  { tasks }: Pick<Plan, 'tasks'>,
  severity: Diagnostic['severity'],
): readonly Diagnostic[] {
  return tasks.flatMap(({ name, work, settings: { cache }, at }): Diagnostic[] => {
    if (work.is !== 'shell' || cache === false || cache.files !== undefined) return [];
    const message = `the cached command "${name}" does not say which files it reads, so its result is reused although they have changed`;
    const hint = 'write `cache: { files: […] }`, an empty list if it reads none';
    return [{ code: 'DP4010', severity, message, at, hint }];
  });
}

/** Reports names under `cache` that are no parameters or variables of the pipeline. */
export function unknownCacheNames({
  tasks,
  env,
  params,
}: Pick<Plan, 'tasks' | 'env' | 'params'>): readonly Diagnostic[] {
  return tasks.flatMap(({ name, settings: { cache }, at }): Diagnostic[] => {
    if (cache === false) return [];
    const unknown = [
      ...unknownIn(cache.params, Object.keys(params), 'parameter'),
      ...unknownIn(cache.env, env, 'variable under `env:` or `secrets:`'),
    ];
    return unknown.map(({ message, hint }) => ({
      code: 'DP4013',
      severity: 'error',
      message: `under \`cache\` of the task "${name}": ${message}`,
      at,
      ...(hint === undefined ? {} : { hint }),
    }));
  });
}

function unknownIn(
  given: readonly string[] | undefined,
  known: readonly string[],
  noun: string,
): readonly { readonly message: string; readonly hint: string | undefined }[] {
  const unknown = (given ?? []).filter((name) => !known.includes(name));
  return unknown.map((name) => ({
    message: `there is no ${noun} "${name}"`,
    hint: didYouMean(name, known),
  }));
}
