/** The fault for a process that asks for a run which another process holds. */
import type { Owner } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { RunId } from '../model/ids.ts';

export function heldBy(run: RunId, holder: Owner): Fault {
  return new Fault('DP6004', `run "${run}" is held by ${nameOf(holder)}`, {
    hint: ['wait until it ends', { do: 'cancelRun', run }],
  });
}

export function alreadyBegun(run: RunId): Fault {
  return new Fault('DP6004', `run "${run}" has begun before, and a run id is used once`, {
    hint: { do: 'resumeRun', run },
  });
}

export function waitsInQueue(run: RunId): Fault {
  return new Fault('DP6004', `run "${run}" is queued, and a runner begins it`, {
    hint: ['wait until it ends', { do: 'cancelRun', run }],
  });
}

/** The fault for what needs a run that has begun. */
export function notBegun(run: RunId): Fault {
  return new Fault('DP6301', `run "${run}" has not begun: nothing of it is on record yet`, {
    hint: { do: 'showRun', run },
  });
}

/** The fault for a process that leads no more. */
export function leadsNoMore(): Fault {
  return new Fault('DP6320', 'another process decides the ticks of this state by now');
}

export function alreadyHere(run: RunId): Fault {
  return new Fault('DP6004', `run "${run}" is on record here already`, {
    hint: { do: 'showRun', run },
  });
}

export function notHeld(run: RunId, holder: Owner | undefined): Fault {
  const now = holder === undefined ? 'nobody holds it' : `now ${nameOf(holder)} holds it`;
  return new Fault('DP6004', `this process does not hold run "${run}" (any more): ${now}`, {
    hint: "nothing was recorded; the holder's record stands",
  });
}

export function unknownRun(run: RunId): Fault {
  return new Fault('DP2007', `there is no run "${run}"`, { hint: { do: 'listRuns' } });
}

function nameOf(owner: Owner): string {
  return `process ${owner.pid} on host "${owner.host}"`;
}
