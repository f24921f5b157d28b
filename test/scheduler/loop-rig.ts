/** A scheduler's loop on a store in memory and a clock that the test moves. */
import type { Clock } from '../../src/lib/clock.ts';
import type { TriggerSpec } from '../../src/model/pipeline.ts';
import type { QueuedRun } from '../../src/model/queued-run.ts';
import type { TriggerDefinition } from '../../src/model/trigger-definition.ts';
import type { ControlParts } from '../../src/scheduler/control.ts';
import type { TickExpressions } from '../../src/scheduler/decision.ts';
import { type SchedulerNews, TickLoop } from '../../src/scheduler/tick-loop.ts';
import { MemoryRunStore, MemoryState } from '../../src/store/memory.ts';
import { ended, newRun, owner, started } from '../store/samples.ts';

/** 2026-01-01T00:00Z */
export const NEW_YEAR = Date.UTC(2026, 0, 1);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** Calendar and elapsed time move together, unless the calendar is set. */
export class HandClock implements Pick<Clock, 'now' | 'elapsed' | 'after'> {
  #elapsed = 0;
  #epoch: number;
  /** Timers, by when they are due in elapsed time. */
  readonly #timers = new Map<() => void, number>();
  /** How often a timer went off. */
  wakes = 0;

  constructor(epoch: number) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#epoch + this.#elapsed;
  }

  elapsed(): number {
    return this.#elapsed;
  }

  after(delayMs: number, act: () => void) {
    const timer = (): void => act();
    this.#timers.set(timer, this.#elapsed + delayMs);
    return { clear: () => this.#timers.delete(timer) };
  }

  /** Lets time pass; every timer goes off at its moment. */
  pass(ms: number): void {
    const end = this.#elapsed + ms;
    for (;;) {
      const [next] = [...this.#timers].toSorted(([, a], [, b]) => a - b);
      if (next === undefined || next[1] > end) break;
      const [timer, due] = next;
      this.#timers.delete(timer);
      this.#elapsed = Math.max(this.#elapsed, due);
      this.wakes++;
      timer();
    }
    this.#elapsed = end;
  }

  /** Sets the calendar forward or back; elapsed time goes on as it does. */
  step(ms: number): void {
    this.#epoch += ms;
  }
}

export class LoopRig {
  readonly clock = new HandClock(NEW_YEAR);
  readonly state = new MemoryState();
  /** Processes that count as dead. */
  readonly dead = new Set<number>();
  readonly store = new MemoryRunStore(this.state, ({ pid }) => !this.dead.has(pid));
  readonly news: SchedulerNews[] = [];
  definitions: readonly TriggerDefinition[] = [];
  broken = new Set<string>();
  loop = this.newLoop();

  newLoop(epoch: () => number | undefined = () => undefined): TickLoop {
    return new TickLoop({
      ledger: this.store.ledger,
      bus: this.store.bus,
      pipelineOf: (run) => this.store.get(run)?.pipeline,
      clock: this.clock,
      definitions: () => Promise.resolve({ definitions: this.definitions, broken: this.broken }),
      expressionsOf,
      decider: DECIDER,
      epoch,
      hear: (news) => this.news.push(news),
    });
  }

  /** Replaces the definitions, and waits until they are in force. */
  async define(...definitions: TriggerDefinition[]): Promise<void> {
    this.definitions = definitions;
    await this.loop.changed();
  }

  get control(): ControlParts {
    const moment = { ...DECIDER, now: this.clock.now() };
    return { ledger: this.store.ledger, expressionsOf, moment };
  }

  /** Returns the rows in the order of time, such as `00:05 fired due`. */
  rows(trigger = 'p/t'): string[] {
    return this.store.ledger
      .ticks({ trigger })
      .toReversed()
      .map(({ at, verdict, row }) => {
        const minute = new Date(at).toISOString().slice(11, 16);
        const why = verdict.outcome === 'fired' ? ` ${verdict.because}` : '';
        return `${minute} ${verdict.outcome}${why}${row === undefined ? '' : ` × ${row.count}`}`;
      });
  }

  /** Publishes an event that belongs to no run. */
  publish(topic: string, data: unknown = null): number {
    const id = `event ${this.store.bus.last() + 1}`;
    return this.store.bus.publish({ v: 1, id, topic, time: this.clock.now(), data });
  }

  /** Begins the run that is next in the queue, and returns its id. */
  begin(): string | undefined {
    return this.beginNext()?.runId;
  }

  beginNext(): QueuedRun | undefined {
    const [taken] = this.store.queue.take(owner(1), 1);
    if (taken === undefined) return undefined;
    const { runId, pipeline } = taken.run;
    this.store.begin(newRun(runId, { owner: owner(1), pipeline }));
    const event = started(runId);
    this.store.append(runId, [{ ...event, data: { ...event.data, pipeline } }]);
    return taken.run;
  }

  end(runId: string): void {
    this.store.append(runId, [ended(runId)]);
  }

  /** Ends every run as soon as it is queued. */
  runAll(): void {
    for (let run = this.begin(); run !== undefined; run = this.begin()) this.end(run);
  }
}

const DECIDER = { decidedBy: 'here:1', tz: '2026c' };

/** The text of a condition is `true` or `false`; parameters are as they stand. */
const expressionsOf = ({ spec }: TriggerDefinition): Promise<TickExpressions> =>
  Promise.resolve({
    condition: () => spec.when?.value === 'true',
    params: () => spec.params,
  });

/** Returns a trigger that waits for events. */
export function onEvents(
  told: Partial<Extract<TriggerSpec, { is: 'event' }>> = {},
): TriggerDefinition {
  const { at, name, params, overlap } = everyFiveMinutes().spec;
  return {
    trigger: 'p/t',
    pipeline: 'p',
    file: '/project/p.yaml',
    spec: {
      is: 'event',
      pattern: 'data.**',
      batch: { max: 1, wait: 0 },
      name,
      params,
      overlap,
      at,
      ...told,
    },
  };
}

type Told = Partial<Omit<Extract<TriggerSpec, { is: 'every' }>, 'is'>>;

/** Returns a trigger that fires every five minutes. */
export function everyFiveMinutes(told: Told = {}, name = 't'): TriggerDefinition {
  const at = { file: '/project/p.yaml', line: 1, column: 1 };
  return {
    trigger: `p/${name}`,
    pipeline: 'p',
    file: '/project/p.yaml',
    spec: {
      is: 'every',
      every: 300,
      anchor: 0,
      timezone: 'UTC',
      jitter: 0,
      name,
      params: {},
      overlap: { mode: 'allow' },
      catchup: { mode: 'none', limit: 0, window: null },
      lateAfter: 60,
      at,
      ...told,
    },
  };
}
