/** A prepared plan comes in; a new run of it goes out, on record and held by this process. */
import { beginRun, type HoldPorts, type RunHold } from '../../executor/hold.ts';
import { encodeRequest } from '../../executor/run/run-request.ts';
import { keepParts, partsOf } from '../../planner/parts.ts';
import type { NewRun } from '../../store/run-store.ts';
import type { Prepared } from '../planning/prepared.ts';

/** Throws DP6004 when the id has been used before. */
export function beginPrepared(
  { plan, selection, ground, types, retry, at }: Prepared,
  run: Pick<NewRun, 'runId' | 'parent' | 'startedBy'>,
  ports: HoldPorts,
): RunHold {
  const request = encodeRequest(plan, {
    selection,
    parts: keepParts(partsOf(plan, ground)),
    at,
    typeCheck: types !== 'off',
    retry,
  });
  return beginRun(ports, plan, { ...run, request });
}
