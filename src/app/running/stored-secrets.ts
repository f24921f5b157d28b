/** A plan and the events of its run come in; a warning for each task whose stored result holds a secret goes out. */
import type { Diagnostic } from '../../model/diagnostic.ts';
import { isLifecycle, type RecordedEvent } from '../../model/event.ts';
import type { Plan } from '../../model/plan.ts';

export function storedSecrets(
  { tasks }: Pick<Plan, 'tasks'>,
  events: Iterable<RecordedEvent>,
): readonly Diagnostic[] {
  const told = new Set<string | undefined>();
  for (const event of events)
    if (isLifecycle(event) && event.topic === 'run.task.succeeded' && event.data.holdsSecret)
      told.add(event.task);
  return tasks
    .filter(({ name }) => told.has(name))
    .map(({ name, at }) => ({
      code: 'DP7006',
      severity: 'warning',
      message: `the result of task "${name}" holds the value of a secret, and is stored as it is`,
      at,
      hint: 'return something else, and declare the secret in the pipeline whose tasks need it',
    }));
}
