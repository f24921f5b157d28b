/** Which events of the bus fire a trigger, and what its expressions see of them. Pure. */
import { type PlacedEvent, receivedEvent } from '../model/event.ts';
import type { Instant, RunId } from '../model/ids.ts';
import type { Json } from '../model/json.ts';
import type { TriggerSpec } from '../model/pipeline.ts';
import type { DueTick } from '../model/tick.ts';
import type { TriggerDefinition } from '../model/trigger-definition.ts';
import { topicMatches } from '../model/topic.ts';

export type BusTrigger = Extract<TriggerSpec, { is: 'event' | 'pipeline' }>;

export const isOfBus = (spec: TriggerSpec): spec is BusTrigger =>
  spec.is === 'event' || spec.is === 'pipeline';

/** The next events that a trigger awaits. */
export interface AwaitedEvents {
  /** At most as many as one run takes, oldest first. */
  readonly events: readonly PlacedEvent[];
  /** Position up to which nothing else is awaited. */
  readonly scanned: number;
  /** Whether they fire now; if not, they wait for others. */
  readonly isComplete: boolean;
}

/** `placed` are the events of the bus after the position `after`. */
export function awaitedIn(
  placed: Iterable<PlacedEvent>,
  { spec, pipeline }: Pick<TriggerDefinition, 'pipeline'> & { readonly spec: BusTrigger },
  { after, now, pipelineOf }: AwaitingMoment,
): AwaitedEvents {
  const { max, wait } = spec.is === 'event' ? spec.batch : { max: 1, wait: 0 };
  const events: PlacedEvent[] = [];
  let scanned = after;
  for (const one of placed) {
    if (isAwaited(one, spec, { pipeline, pipelineOf })) events.push(one);
    if (events.length === 0) scanned = one.position;
    if (events.length === max) break;
  }
  const [first] = events;
  const hasWaited = first !== undefined && now - first.event.time >= wait * 1000;
  return { events, scanned, isComplete: events.length === max || hasWaited };
}

export interface AwaitingMoment {
  readonly after: number;
  readonly now: Instant;
  /** Returns undefined for a run that is not on record any more. */
  readonly pipelineOf: (run: RunId) => string | undefined;
}

function isAwaited(
  { event: { topic, runId } }: PlacedEvent,
  spec: BusTrigger,
  { pipeline, pipelineOf }: { pipeline: string; pipelineOf: AwaitingMoment['pipelineOf'] },
): boolean {
  if (spec.is === 'pipeline')
    return (
      ENDINGS[spec.on].includes(topic) &&
      runId !== undefined &&
      pipelineOf(runId) === spec.after.value
    );
  if (!topicMatches(spec.pattern, topic)) return false;
  // What dp tells of the runs that the trigger starts would fire it for ever.
  return !topic.startsWith('run.') || runId === undefined || pipelineOf(runId) !== pipeline;
}

const ENDINGS: Readonly<Record<'succeeded' | 'failed' | 'ended', readonly string[]>> = {
  succeeded: ['run.succeeded'],
  failed: ['run.failed'],
  ended: ['run.succeeded', 'run.failed', 'run.cancelled'],
};

/** Returns the tick of the events, which is about the time of the last one. */
export function tickOfEvents(events: readonly [PlacedEvent, ...PlacedEvent[]]): DueTick {
  const { position, event } = events.at(-1) ?? events[0];
  return { at: event.time, time: event.time, firing: `event ${position}` };
}

/** Returns the last of the events as expressions see it, with all of them as `events`. */
export function eventScope(events: readonly [PlacedEvent, ...PlacedEvent[]]): Json {
  const seen = events.map(({ event }) => ({ ...receivedEvent(event) }));
  return { ...seen.at(-1), events: seen };
}
