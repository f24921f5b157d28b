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
export const projectRoot = ({ caller }: CommandContext): string => rootFor(caller.cwd, caller);

export function openForReading(context: CommandContext): State {
  return openState(projectRoot(context), context.caller, { readOnly: true });
}

export function makeHome({ caller }: CommandContext): Housekeeping {
  return makeHousekeeping(stateFolderFor(rootFor(caller.cwd, caller), caller));
}

export function openHome({ caller }: CommandContext, mode: 'read' | 'write'): Housekeeping {
  return openHousekeeping(stateFolderFor(rootFor(caller.cwd, caller), caller), mode);
}
