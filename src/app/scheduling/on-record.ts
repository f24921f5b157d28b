/** Keeps this process on the list of runners while it works. */
import { type Clock, every } from '../../lib/clock.ts';
import type { Processes } from '../../store/processes.ts';
import { BEAT_EVERY_MS, thisProcess } from '../../store/process-identity.ts';
import { ignoringFaults } from '../project/ignoring-faults.ts';
import { VERSION } from '../../version.ts';

/** Beats until it is disposed of, and takes the process off the list. */
export function onRecord(processes: Processes, clock: Clock): Disposable {
  const since = clock.now();
  const n = processes.enter({ kind: 'runner', owner: thisProcess(), since, version: VERSION });
  const beats = every(clock, BEAT_EVERY_MS, () => ignoringFaults(() => processes.beat(n)));
  return {
    [Symbol.dispose]: () => {
      beats[Symbol.dispose]();
      // A process that is gone leaves the list by itself.
      ignoringFaults(() => processes.leave(n));
    },
  };
}
