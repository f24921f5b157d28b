/** The names that a person or a program gives come in; the selection that is planned goes out. */
import type { Selection, Shard } from '../../model/plan.ts';
import type { TaskName } from '../../model/ids.ts';

/** The parts of a request that select tasks; absent parts have no effect. */
export interface AskedSelection {
  readonly tasks?: readonly TaskName[];
  /** Names tasks, as `tasks` does. */
  readonly until?: readonly TaskName[];
  readonly tags?: readonly string[];
  /** Leaves out the tasks that the selected ones need; a list also names tasks. */
  readonly only?: true | readonly TaskName[];
  readonly shard?: Shard;
}

/** A part that is present but empty, such as tags from an empty variable. It would select everything. */
export type AskedNothing = { readonly namesNothing: 'tags' | 'until' | 'only' };

export function selectionOf(
  asked: AskedSelection,
): { readonly selection: Selection } | AskedNothing {
  const { tasks = [], until, tags, only, shard } = asked;
  const named = only === true ? undefined : only;
  for (const [part, list] of [
    ['tags', tags] as const,
    ['until', until] as const,
    ['only', named] as const,
  ])
    if (list?.length === 0) return { namesNothing: part };
  const names = [...tasks, ...(until ?? []), ...(named ?? [])];
  if (only === true && names.length === 0 && tags === undefined) return { namesNothing: 'only' };
  return {
    selection: {
      ...(names.length === 0 ? {} : { names }),
      ...(tags === undefined ? {} : { tags }),
      ...(only === undefined ? {} : { only: true }),
      ...(shard === undefined ? {} : { shard }),
    },
  };
}
