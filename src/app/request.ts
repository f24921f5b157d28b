/** A stored run comes in, what it was asked to do goes out. */
import { decodeRequest, type RunRequest } from '../executor/resumption.ts';
import { Fault } from '../model/fault.ts';
import type { RunId } from '../model/ids.ts';
import type { State } from './state.ts';

export type { RequestedTask, RunRequest } from '../executor/resumption.ts';

/** Its tasks are in the order of the plan: level by level. Throws DP2007. */
export function requestOf({ store }: State, runId: RunId): RunRequest {
  const bytes = store.request(runId);
  if (bytes === undefined) throw new Fault('DP2007', `there is no run "${runId}"`);
  return decodeRequest(bytes);
}
