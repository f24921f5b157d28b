/** What people ask of triggers: list them, read their ledger, pause, resume and fire them. It works with and without a daemon. */
import { hostname } from 'node:os';
import type { Diagnostic } from '../../model/diagnostic.ts';
import type { Instant } from '../../model/ids.ts';
import { type DecidedTick, isPausedAt, type Pause, type TriggerId } from '../../model/tick.ts';
import { isOfClock, scheduleOf, type TriggerDefinition } from '../../model/trigger-definition.ts';
import * as control from '../../scheduler/control.ts';
import { type DecidingMoment, nextInstant } from '../../scheduler/decision.ts';
import { define } from '../../scheduler/definitions.ts';
import type { RunStore } from '../../store/run-store.ts';
import type { TriggerRecord } from '../../store/tick-ledger.ts';
import { pipelineFiles } from '../planning/load.ts';
import type { CallerContext } from '../project/caller-context.ts';
import type { State } from '../project/state.ts';
import { givenParams } from './given-params.ts';
import { definedTriggers } from './trigger-definitions.ts';
import { triggerExpressions } from './trigger-expressions.ts';

export interface TriggerSummary {
  readonly definition: TriggerDefinition;
  /** `broken`: its file cannot be read as it is, and the trigger goes on as it was. */
  readonly state: 'armed' | 'paused' | 'ended' | 'broken';
  /** Null for a trigger without a schedule, and when nothing is due any more. */
  readonly next: Instant | null;
  readonly last: DecidedTick | null;
  readonly pause: Pause | null;
}

export interface ListedTriggers {
  /** In the order of their names. A trigger of a broken file is as it was last read. */
  readonly triggers: readonly TriggerSummary[];
  /** What is wrong with broken files. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Returns the triggers of the files, or of every pipeline of the project when none is named. */
export async function listTriggers(
  files: readonly string[],
  { store }: Pick<State, 'store'>,
  caller: CallerContext,
): Promise<ListedTriggers> {
  const named = files.length > 0 ? files : await pipelineFiles(caller);
  const { definitions, broken } = await definedTriggers(named, caller);
  const records = new Map(store.ledger.triggers().map((record) => [record.trigger, record]));
  const kept = [...records.values()].flatMap(({ definition }) =>
    definition !== null && broken.has(definition.file) ? [definition] : [],
  );
  const now = caller.clock.now();
  const triggers = [...definitions, ...kept]
    .map((definition): TriggerSummary => {
      const { trigger } = definition;
      const record = records.get(trigger);
      const next = nextOf(definition, record, now);
      const isEnded = isOfClock(definition.spec) && next === null;
      const isPaused = record !== undefined && isPausedAt(record.pause, now);
      const state = isPaused ? 'paused' : isEnded ? 'ended' : 'armed';
      return {
        definition,
        state: broken.has(definition.file) ? 'broken' : state,
        next,
        last: store.ledger.ticks({ trigger, limit: 1 })[0] ?? null,
        pause: isPaused ? record.pause : null,
      };
    })
    .toSorted((a, b) => (a.definition.trigger < b.definition.trigger ? -1 : 1));
  return { triggers, diagnostics: [...broken.values()].flat() };
}

/** An instant that a daemon has armed is in the ledger, unless the schedule was edited since. */
function nextOf(
  definition: TriggerDefinition,
  record: TriggerRecord | undefined,
  now: Instant,
): Instant | null {
  const { spec } = definition;
  if (!isOfClock(spec)) return null;
  const valid = record?.definition ?? null;
  const isArmed = valid !== null && scheduleOf(valid) === scheduleOf(definition);
  return isArmed && record !== undefined ? record.armed : nextInstant(definition, spec, now);
}

export async function pauseTrigger(
  trigger: TriggerId,
  asked: Omit<Pause, 'since'>,
  { store }: Pick<State, 'store'>,
  caller: CallerContext,
): Promise<void> {
  await control.pause(trigger, asked, await controlOf(trigger, store, caller));
}

/** Returns what the resume made of the ticks that were held back; with `dryRun` what it would make of them, and the pause goes on. */
export async function resumeTrigger(
  trigger: TriggerId,
  { dryRun }: { readonly dryRun: boolean },
  { store }: Pick<State, 'store'>,
  caller: CallerContext,
): Promise<readonly DecidedTick[]> {
  const parts = await controlOf(trigger, store, caller);
  return dryRun ? control.resumePreview(trigger, parts) : control.resume(trigger, parts);
}

export interface FiringRequest {
  readonly trigger: TriggerId;
  /** A request that is made again with the same key is one tick. */
  readonly key: string;
  /** Logical time of the run; absent: now. */
  readonly at?: Instant | undefined;
  /** Texts that replace parameters of the trigger. */
  readonly params: readonly (readonly [string, string])[];
}

export async function fireTrigger(
  { trigger, key, at, params: texts }: FiringRequest,
  { store }: Pick<State, 'store'>,
  caller: CallerContext,
): Promise<DecidedTick> {
  const parts = await controlOf(trigger, store, caller);
  const file = store.ledger.triggers().find((one) => one.trigger === trigger)?.definition?.file;
  const params = file === undefined ? {} : await givenParams(file, texts, caller);
  const request = { identity: key, at: at ?? parts.moment.now, params };
  return control.fire(trigger, request, parts);
}

/** Brings the definition that the files have into force first, as a daemon does. */
async function controlOf(
  trigger: TriggerId,
  { ledger, bus }: Pick<RunStore, 'ledger' | 'bus'>,
  caller: CallerContext,
): Promise<control.ControlParts> {
  const moment = decidingMoment(caller);
  const { definitions } = await definedTriggers(await pipelineFiles(caller), caller);
  const definition = definitions.find((one) => one.trigger === trigger);
  if (definition !== undefined) {
    const expressions = await triggerExpressions(definition);
    ledger.write(undefined, (transaction) =>
      define(transaction, definition, { moment, expressions, newestEvent: bus.last() }),
    );
  }
  return { ledger, expressionsOf: triggerExpressions, moment };
}

/** Returns who decides now. */
export function decidingMoment({ clock }: Pick<CallerContext, 'clock'>): DecidingMoment {
  return {
    now: clock.now(),
    decidedBy: `${hostname()}:${process.pid}`,
    tz: process.versions.tz ?? '',
  };
}
