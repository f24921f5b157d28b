/** The state folder of the project one stands in, for the commands that keep it in order. */
import { rootFor, stateFolderFor } from '../app.ts';
import { type Housekeeping, makeHousekeeping, openHousekeeping } from '../app/housekeeping.ts';
import type { CommandContext } from './context.ts';

export function makeHome({ place }: CommandContext): Housekeeping {
  return makeHousekeeping(stateFolderFor(rootFor(place.cwd, place), place));
}

export function openHome({ place }: CommandContext, mode: 'read' | 'write'): Housekeeping {
  return openHousekeeping(stateFolderFor(rootFor(place.cwd, place), place), mode);
}
