/** The limits on how many queued runs go on at once. */
import type { Lane } from '../model/queued-run.ts';
import type { TriggerId } from '../model/tick.ts';
import type { TriggerDefinition } from '../model/trigger-definition.ts';

export const triggerLane = (trigger: TriggerId): string => `trigger ${trigger}`;

/** Runs of a trigger that may overlap have a lane, too: it shows which of them have not ended. */
const NO_LIMIT = 1_000_000;

/** Returns the lanes of a run that the trigger starts. */
export function lanesFor({
  trigger,
  pipeline,
  concurrency,
  spec,
}: TriggerDefinition): readonly Lane[] {
  return [
    { name: triggerLane(trigger), most: spec.overlap.mode === 'allow' ? NO_LIMIT : 1 },
    ...(concurrency === undefined ? [] : [{ name: `pipeline ${pipeline}`, most: concurrency }]),
  ];
}
