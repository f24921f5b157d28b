/** What a program asks of a plan or a run comes in; the options of the use cases go out. */
import type { PlanOptions, TypeCheck } from '../app/planning/prepared.ts';
import type { RunPolicy } from '../app/engine.ts';
import { selectionOf } from '../app/planning/selection.ts';
import { type Duration, parseDuration } from '../model/duration.ts';
import { Fault } from '../model/fault.ts';
import type { Milliseconds } from '../model/ids.ts';
import type { Selection, Shard } from '../model/plan.ts';
import type { PlanRequestOptions, RunRequestOptions } from './options.ts';

export function planOptions(
  { params, force, typecheck, at, ...asked }: PlanRequestOptions,
  cache: RunRequestOptions['cache'] = 'on',
): PlanOptions {
  const types: TypeCheck = typecheck ?? 'on';
  const forced = cache === 'off' ? true : force;
  return {
    params: { json: params ?? {} },
    selection: selectionIn(asked),
    readCache: true,
    types,
    at,
    ...(forced === undefined ? {} : { force: forced === true ? true : new Set(forced) }),
  };
}

/** Throws DP2001 for a grace period that is none. */
export function policyOf({ byLevel, onFailure, grace, cache }: RunRequestOptions): RunPolicy {
  const isCached = cache !== 'off';
  return {
    byLevel: byLevel === true,
    onFailure: onFailure ?? 'continue',
    graceMs: grace === undefined ? USUAL_GRACE_MS : millisecondsOf(grace, 'grace'),
    cache: { read: isCached, write: isCached },
  };
}

/** Throws DP2001. */
export function millisecondsOf(written: Duration, option: string): Milliseconds {
  const seconds = parseDuration(written);
  if (seconds !== undefined) return seconds * 1000;
  throw new Fault('DP2001', `${option} is ${JSON.stringify(written)}, which is no duration`, {
    hint: 'write seconds, or units from large to small, such as "1m30s"',
  });
}

const USUAL_GRACE_MS: Milliseconds = 10_000;

/** Throws DP4003 for a list that names nothing, which would select everything. */
function selectionIn({
  tasks,
  tags,
  only,
  shard,
}: Pick<PlanRequestOptions, 'tasks' | 'tags' | 'only' | 'shard'>): Selection {
  const asked = selectionOf({
    ...(tasks && { until: tasks }),
    ...(tags && { tags }),
    ...(only === true && { only: true as const }),
    ...(shard && { shard: checkedShard(shard) }),
  });
  if ('selection' in asked) return asked.selection;
  const option = asked.namesNothing === 'until' ? 'tasks' : asked.namesNothing;
  throw new Fault('DP4003', `\`${option}\` names nothing`, {
    hint: 'name what to select, or leave the option out for everything',
  });
}

/** Throws DP2001. */
function checkedShard(shard: Shard): Shard {
  const { index, count } = shard;
  const isWhole = Number.isInteger(index) && Number.isInteger(count);
  if (isWhole && index >= 1 && index <= count) return shard;
  throw new Fault('DP2001', `there is no shard ${index} of ${count}`, {
    hint: '`index` counts from 1 to `count`',
  });
}
