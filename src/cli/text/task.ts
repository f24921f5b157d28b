import type { TaskDefinition } from '../../model/task.ts';

/** `({ download: Flight[], minDelay?: number }): Flight[]`, as far as it is known. */
export function signature({ parameters, output }: TaskDefinition): string {
  const gives = output?.type === undefined ? '' : `: ${output.type}`;
  if (parameters.is === 'unknown') return `(…)${gives}`;
  const list = parameters.list.map(
    ({ name, optional, type }) =>
      `${name}${optional ? '?' : ''}${type === undefined ? '' : `: ${type}`}`,
  );
  if (parameters.rest !== undefined) list.push('[task]: …');
  return list.length === 0 ? `()${gives}` : `({ ${list.join(', ')} })${gives}`;
}
