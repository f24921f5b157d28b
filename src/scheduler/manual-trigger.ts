import { Fault } from '../model/fault.ts';
import type { Firing, Trigger } from './trigger.ts';

export interface ManualTrigger<Fired> extends Trigger<Fired> {
  /** Settles once it is decided what follows. Rejects with DP6202 unless a scheduler that has started listens to it. */
  fire(fired: Fired): Promise<void>;
}

/** Fires when the program says so. */
export function manualTrigger<Fired = void>(): ManualTrigger<Fired> {
  let listening: Firing<Fired> | undefined;
  return {
    start: (firing) => {
      listening = firing;
    },
    fire: async (fired) => {
      if (listening === undefined || listening.signal.aborted)
        throw new Fault('DP6202', 'no scheduler listens to the trigger');
      await listening.fire(fired);
    },
  };
}
