/** What a person or a program names comes in, the selection that is planned goes out. */
import type { Selection, Shard } from '../../model/plan.ts';
import type { TaskName } from '../../model/ids.ts';

/** The parts of a request that select tasks; those that are absent select nothing by themselves. */
export interface AskedSelection {
  readonly tasks?: readonly TaskName[];
  /** The same as `tasks`. */
  readonly until?: readonly TaskName[];
  readonly tags?: readonly string[];
  /** Leaves out what the selected tasks need; a list names tasks, too. */
  readonly only?: true | readonly TaskName[];
  readonly shard?: Shard;
}

/** A part that is there and names nothing, such as tags from an empty variable, would select everything. */
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
