/** The state directory of the project one stands in, for commands that only look. */
import { openState, type State } from '../../app/project/state.ts';
import { rootFor, stateFolderFor } from '../../app/project/place.ts';
import type { CommandContext } from './context.ts';
import {
  type Housekeeping,
  makeHousekeeping,
  openHousekeeping,
} from '../../app/project/housekeeping.ts';

export function openForReading({ place }: CommandContext): State {
  return openState(rootFor(place.cwd, place), place, { readOnly: true });
}

export function openForWriting({ place }: CommandContext): State {
  return openState(rootFor(place.cwd, place), place, { readOnly: false });
}

export function makeHome({ place }: CommandContext): Housekeeping {
  return makeHousekeeping(stateFolderFor(rootFor(place.cwd, place), place));
}

export function openHome({ place }: CommandContext, mode: 'read' | 'write'): Housekeeping {
  return openHousekeeping(stateFolderFor(rootFor(place.cwd, place), place), mode);
}
