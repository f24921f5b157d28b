/**
 * The loop of the daemon: definitions and the clock come in, rows of the ledger with queued runs go out.
 * It arms the next instant of every trigger of the clock, and decides the ticks that are due. It starts no run and runs no code of a user.
 */
import type { Clock, Timer } from '../lib/clock.ts';
import { Fault } from '../model/fault.ts';
import type { Instant, Milliseconds, RunId } from '../model/ids.ts';
import type { DecidedTick, TriggerId } from '../model/tick.ts';
import { isOfClock, type TriggerDefinition } from '../model/trigger-definition.ts';
import type { EventBus } from '../store/event-bus.ts';
import type { TickLedger, TriggerRecord } from '../store/tick-ledger.ts';
import {
  type DecidingMoment,
  NOTHING_SAID,
  settleClock,
  type TickExpressions,
} from './decision.ts';
import { type DefiningParts, define, undefine } from './definitions.ts';
import { awaitedIn, isOfBus } from './awaited-events.ts';
import { decideEvents } from './event-decision.ts';

export interface TickLoopPorts {
  readonly ledger: TickLedger;
  readonly bus: Pick<EventBus, 'last' | 'read'>;
  /** Returns the pipeline of a run; undefined when the run is not on record any more. */
  readonly pipelineOf: (run: RunId) => string | undefined;
  readonly clock: Pick<Clock, 'now' | 'elapsed' | 'after'>;
  /** Reads the definitions as they are now. */
  readonly definitions: () => Promise<CurrentDefinitions>;
  readonly expressionsOf: (definition: TriggerDefinition) => Promise<TickExpressions>;
  readonly decider: Omit<DecidingMoment, 'now'>;
  /** Returns the fencing number under which this process leads; undefined where no other process decides. */
  readonly epoch: () => number | undefined;
  readonly hear: (news: SchedulerNews) => void;
}

export interface CurrentDefinitions {
  readonly definitions: readonly TriggerDefinition[];
  /** Files that cannot be read as they are: their triggers go on as they were. */
  readonly broken: ReadonlySet<string>;
}

export type SchedulerNews =
  | { readonly is: 'decided'; readonly tick: DecidedTick }
  /** The calendar time went elsewhere than the time that passed. */
  | { readonly is: 'clock_stepped'; readonly byMs: Milliseconds }
  /** A trigger had no armed instant, or a wrong one. */
  | { readonly is: 'repaired'; readonly trigger: TriggerId }
  | { readonly is: 'failed'; readonly trigger?: TriggerId; readonly error: unknown }
  /** Another process decides by now; the loop has stopped. */
  | { readonly is: 'lost_lease' };

/** The longest that the loop sleeps: a step of the clock is noticed within it. */
const LONGEST_SLEEP_MS: Milliseconds = 60_000;
const STEP_MS: Milliseconds = 2_000;
/** How often the bus is looked at while a trigger waits for events. */
const POLL_MS: Milliseconds = 500;
/** After a failure, such as a locked database, a trigger is tried again. */
const RETRY_MS: Milliseconds = 5_000;

interface ArmedTrigger {
  readonly definition: TriggerDefinition;
  readonly expressions: TickExpressions;
  /** Infinity: no tick is due any more. */
  at: Instant;
  /** Position up to which no event is awaited, for a trigger that waits for events. */
  scanned: number | undefined;
}

export class TickLoop {
  readonly #ports: TickLoopPorts;
  readonly #armed = new Map<TriggerId, ArmedTrigger>();
  #timer: Timer | undefined;
  #isRunning = false;
  /** Settles when the definitions that were asked for last are in force. */
  #changing: Promise<void> = Promise.resolve();
  #seen = { now: 0, elapsed: 0 };
  #reconciledAt = -Infinity;

  constructor(ports: TickLoopPorts) {
    this.#ports = ports;
  }

  /** Settles when every trigger is armed. */
  async start(): Promise<void> {
    this.#isRunning = true;
    this.#look();
    await this.changed();
  }

  stop(): void {
    this.#isRunning = false;
    this.#timer?.clear();
    this.#armed.clear();
  }

  /** Brings the definitions that are valid now into force; one change follows the other. */
  changed(): Promise<void> {
    this.#changing = this.#changing.then(() => this.#redefine());
    return this.#changing;
  }

  /** Decides what is due, and sleeps until something is. */
  #wake(): void {
    if (!this.#isRunning) return;
    this.#look();
    const now = this.#ports.clock.now();
    for (const [trigger, armed] of this.#armed)
      if (armed.at <= now) this.#guarded(trigger, () => this.#settle(trigger, armed));
    for (const [trigger, armed] of this.#armed)
      if (armed.scanned !== undefined) this.#guarded(trigger, () => this.#consume(trigger, armed));
    if (now - this.#reconciledAt >= LONGEST_SLEEP_MS || now < this.#reconciledAt) this.#reconcile();
    this.#sleep();
  }

  #sleep(): void {
    this.#timer?.clear();
    if (!this.#isRunning) return;
    // Infinity when nothing is armed.
    const first = Math.min(...Array.from(this.#armed.values(), ({ at }) => at));
    const due = first - this.#ports.clock.now();
    const isPolling = [...this.#armed.values()].some(({ scanned }) => scanned !== undefined);
    const delay = Math.max(0, Math.min(due, isPolling ? POLL_MS : LONGEST_SLEEP_MS));
    this.#timer = this.#ports.clock.after(delay, () => this.#wake());
  }

  /** Compares both clocks with the last look. What a step means for the ticks follows from the calendar time alone. */
  #look(): void {
    const { now, elapsed } = this.#seen;
    const { clock, hear } = this.#ports;
    const byMs = clock.now() - now - (clock.elapsed() - elapsed);
    if (now !== 0 && Math.abs(byMs) > STEP_MS) hear({ is: 'clock_stepped', byMs });
    this.#seen = { now: clock.now(), elapsed: clock.elapsed() };
  }

  #settle(trigger: TriggerId, armed: ArmedTrigger): void {
    const { expressions } = armed;
    const decided = this.#ports.ledger.write(this.#ports.epoch(), (transaction) => {
      const record = transaction.trigger(trigger);
      if (!record?.definition) return undefined;
      const { definition } = record;
      return settleClock(transaction, { record, definition, expressions }, this.#moment());
    });
    armed.at = decided?.record.armed ?? Infinity;
    this.#tell(decided?.ticks ?? []);
  }

  /** Decides the events that a trigger awaits. Those that cannot fire yet stay on the bus: none is lost. */
  #consume(trigger: TriggerId, armed: ArmedTrigger): void {
    const { bus, ledger, pipelineOf, clock } = this.#ports;
    for (;;) {
      const { definition, expressions, scanned: after = 0 } = armed;
      const { spec } = definition;
      if (!isOfBus(spec) || bus.last() <= after) return;
      const moment = { after, now: clock.now(), pipelineOf };
      const awaited = awaitedIn(bus.read(after), { ...definition, spec }, moment);
      armed.scanned = awaited.scanned;
      const [first, ...others] = awaited.events;
      if (first === undefined || !awaited.isComplete) return;
      const decided = ledger.write(this.#ports.epoch(), (transaction) => {
        const record = transaction.trigger(trigger);
        return (
          record &&
          decideEvents(
            transaction,
            { record, definition, expressions },
            [first, ...others],
            this.#moment(),
          )
        );
      });
      if (decided === undefined) return;
      armed.scanned = decided.record.cursor ?? awaited.scanned;
      this.#tell(decided.ticks);
    }
  }

  /** Compares what is armed with the ledger, which other processes write to as well. */
  #reconcile(): void {
    this.#guarded(undefined, () => {
      const records = new Map(
        this.#ports.ledger.triggers().map((record) => [record.trigger, record]),
      );
      this.#reconciledAt = this.#ports.clock.now();
      for (const [trigger, armed] of this.#armed) {
        const recorded = records.get(trigger)?.armed ?? Infinity;
        if (recorded === armed.at) continue;
        this.#ports.hear({ is: 'repaired', trigger });
        armed.at = Math.min(recorded, armed.at);
      }
    });
  }

  async #redefine(): Promise<void> {
    if (!this.#isRunning) return;
    try {
      const { definitions, broken } = await this.#ports.definitions();
      const prepared = await this.#prepare(definitions);
      const known = this.#ports.ledger.triggers();
      const old = await this.#prepare(known.flatMap(({ definition }) => definition ?? []));
      // Meanwhile the loop may have been stopped.
      if (!this.#isRunning) return;
      const expressionsOf = (trigger: TriggerId): TickExpressions =>
        old.get(trigger)?.expressions ?? prepared.get(trigger)?.expressions ?? NOTHING_SAID;
      for (const [trigger, { definition, expressions }] of prepared)
        this.#guarded(trigger, () => {
          const parts = this.#defining(expressionsOf(trigger));
          const { record, ticks } = this.#ports.ledger.write(this.#ports.epoch(), (transaction) =>
            define(transaction, definition, parts),
          );
          this.#arm(record, definition, expressions);
          this.#tell(ticks);
        });
      for (const record of known) this.#redefineAbsent(record, { prepared, broken, expressionsOf });
    } catch (error) {
      this.#failed(undefined, error);
    }
    this.#wake();
  }

  /** Ends a trigger that no file has any more; one whose file is broken goes on as it was. */
  #redefineAbsent(
    record: TriggerRecord,
    {
      prepared,
      broken,
      expressionsOf,
    }: {
      readonly prepared: ReadonlyMap<TriggerId, unknown>;
      readonly broken: ReadonlySet<string>;
      readonly expressionsOf: (trigger: TriggerId) => TickExpressions;
    },
  ): void {
    const { trigger, definition } = record;
    if (definition === null || prepared.has(trigger)) return;
    const expressions = expressionsOf(trigger);
    if (broken.has(definition.file)) return this.#arm(record, definition, expressions);
    this.#guarded(trigger, () => {
      const parts = this.#defining(expressions);
      const ticks = this.#ports.ledger.write(this.#ports.epoch(), (transaction) =>
        undefine(transaction, trigger, parts),
      );
      this.#armed.delete(trigger);
      this.#tell(ticks);
    });
  }

  #defining(expressions: TickExpressions): DefiningParts {
    return { moment: this.#moment(), expressions, newestEvent: this.#ports.bus.last() };
  }

  #arm(record: TriggerRecord, definition: TriggerDefinition, expressions: TickExpressions): void {
    const at = isOfClock(definition.spec) ? (record.armed ?? Infinity) : Infinity;
    const scanned = isOfBus(definition.spec) ? (record.cursor ?? 0) : undefined;
    this.#armed.set(record.trigger, { definition, expressions, at, scanned });
  }

  async #prepare(
    definitions: readonly TriggerDefinition[],
  ): Promise<Map<TriggerId, { definition: TriggerDefinition; expressions: TickExpressions }>> {
    const prepared = definitions.map(async (definition) => {
      const expressions = await this.#ports.expressionsOf(definition);
      return [definition.trigger, { definition, expressions }] as const;
    });
    return new Map(await Promise.all(prepared));
  }

  #tell(ticks: readonly DecidedTick[]): void {
    for (const tick of ticks) this.#ports.hear({ is: 'decided', tick });
  }

  #moment(): DecidingMoment {
    return { ...this.#ports.decider, now: this.#ports.clock.now() };
  }

  /** A trigger that fails keeps no other from being decided. */
  #guarded(trigger: TriggerId | undefined, act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#failed(trigger, error);
    }
  }

  #failed(trigger: TriggerId | undefined, error: unknown): void {
    if (error instanceof Fault && error.code === 'DP6320') {
      this.stop();
      this.#ports.hear({ is: 'lost_lease' });
      return;
    }
    const armed = trigger === undefined ? undefined : this.#armed.get(trigger);
    if (armed !== undefined) armed.at = this.#ports.clock.now() + RETRY_MS;
    this.#ports.hear({ is: 'failed', ...(trigger && { trigger }), error });
  }
}
