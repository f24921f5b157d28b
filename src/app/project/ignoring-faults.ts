import { Fault } from '../../model/fault.ts';

/** Does what may fail because the state takes nothing now, where nothing depends on it. An error of another kind is a bug, and is thrown. */
export function ignoringFaults(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
  }
}
