/** Pipeline files come in; the next ticks of their triggers go out. It needs no daemon. */
import type { Instant } from '../../model/ids.ts';
import type { TimeSpec } from '../../model/pipeline.ts';
import { isOfClock } from '../../model/trigger-definition.ts';
import type { TriggerId } from '../../model/tick.ts';
import { type ClockChange, clockChangeAt } from '../../scheduler/clock-change.ts';
import { jitterOf, type PlannedTick, ticksOf } from '../../scheduler/ticks.ts';
import { load, projectPipelines } from '../planning/load.ts';
import type { CallerContext } from '../project/caller-context.ts';

export interface TriggerTicks {
  readonly trigger: TriggerId;
  readonly spec: TimeSpec;
  /** None when the trigger has ended. */
  readonly next: readonly ExplainedTick[];
}

export interface ExplainedTick extends PlannedTick {
  readonly change?: ClockChange;
  readonly jitter?: true;
}

export interface NextTicksRequest {
  /** Every pipeline of the project when none is named. */
  readonly files: readonly string[];
  /** Ticks after this instant. */
  readonly from: Instant;
  /** Most ticks of each trigger. */
  readonly count: number;
}

/** Throws DP4003 when there is no pipeline, and otherwise like `load`. */
export async function nextTicks(
  { files, from, count }: NextTicksRequest,
  caller: CallerContext,
): Promise<readonly TriggerTicks[]> {
  const found: TriggerTicks[] = [];
  for (const file of files.length > 0 ? files : await projectPipelines(caller)) {
    const { pipeline } = await load(file, caller);
    for (const spec of pipeline.triggers) {
      if (!isOfClock(spec)) continue;
      const trigger = `${pipeline.name}/${spec.name}`;
      const ticks = ticksOf(trigger, spec, { from, to: Infinity }).take(count);
      found.push({ trigger, spec, next: [...ticks].map((tick) => explained(trigger, spec, tick)) });
    }
  }
  return found;
}

function explained(trigger: TriggerId, spec: TimeSpec, tick: PlannedTick): ExplainedTick {
  const change = clockChangeAt(spec, tick.time);
  return {
    ...tick,
    ...(change && { change }),
    ...(jitterOf(trigger, spec.jitter * 1000) > 0 && { jitter: true }),
  };
}
