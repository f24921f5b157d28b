/** Warns, for each place, of inputs that the tasks of a plan read without declaring them. */
import type { Diagnostic } from '../model/diagnostic.ts';
import { isStandardVariable } from '../model/standard-env.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import { looksSecret } from '../model/secrets.ts';
import type { OutsideRead } from '../model/task.ts';

/** `reads` are by path of the module. A file matters only to a task whose result may be reused. */
export function undeclaredInputs(
  plan: Pick<Plan, 'tasks' | 'env'>,
  reads: ReadonlyMap<string, readonly OutsideRead[]>,
): readonly Diagnostic[] {
  if (reads.size === 0) return [];
  const found = new Map<string, { readonly read: OutsideRead; readonly by: PlannedTask[] }>();
  for (const task of plan.tasks) {
    if (task.work.is !== 'function') continue;
    for (const read of reads.get(task.work.module) ?? []) {
      if (read.is === 'env' ? isKnown(read.name, plan.env) : task.settings.cache === false)
        continue;
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

function warningOf({ is, name, at }: OutsideRead, by: readonly PlannedTask[]): Diagnostic {
  const names = by.slice(0, TASKS_SHOWN).map((task) => `"${task.name}"`);
  const more = by.length > TASKS_SHOWN ? ` and ${by.length - TASKS_SHOWN} more` : '';
  const tasks = `task${by.length > 1 ? 's' : ''} ${names.join(', ')}${more}`;
  return is === 'env'
    ? {
        code: 'DP4010',
        severity: 'warning',
        message: `a module of ${tasks} reads the environment variable "${name}", which is not declared, so no task sees it`,
        at,
        hint: `add ${name} to \`${looksSecret(name) ? 'secrets' : 'env'}:\`; its value is then part of their cache keys`,
      }
    : {
        code: 'DP4010',
        severity: 'warning',
        message: `a module of ${tasks} reads the file "${name}", which is not part of a cache key`,
        at,
        hint: 'let an upstream task read it, import it, or turn the cache off: otherwise a stored result is used although the file has changed',
      };
}
