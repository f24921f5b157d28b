/** The state directory of the current project. */
import { openState, type State } from '../../app/project/state.ts';
import { rootFor, stateFolderFor } from '../../app/project/caller-context.ts';
import type { CommandContext } from './context.ts';
import {
  type Housekeeping,
  makeHousekeeping,
  openHousekeeping,
} from '../../app/project/housekeeping.ts';

/** Returns the folder of the project that the working directory belongs to. */
export const projectRoot = ({ place }: CommandContext): string => rootFor(place.cwd, place);

export function openForReading(context: CommandContext): State {
  return openState(projectRoot(context), context.place, { readOnly: true });
}

export function makeHome({ place }: CommandContext): Housekeeping {
  return makeHousekeeping(stateFolderFor(rootFor(place.cwd, place), place));
}

export function openHome({ place }: CommandContext, mode: 'read' | 'write'): Housekeeping {
  return openHousekeeping(stateFolderFor(rootFor(place.cwd, place), place), mode);
}
