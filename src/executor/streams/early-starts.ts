/**
 * Tasks that read live streams: which of them may begin, what they read, and what becomes of their attempts when a stream
 * ends, breaks off or never was one. The decisions are those of `early-state.ts`; this carries them out.
 */
import { LiveStream } from '../../io/live-stream.ts';
import { Fault, impossible } from '../../model/fault.ts';
import type { Milliseconds, TaskName } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { ResultAddress } from '../../model/result.ts';
import { isFinished } from '../../model/run.ts';
import type { Admission } from '../queue/admission.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { stepOf, type Act, type EarlyState, type Happening } from './early-state.ts';
import type { Ledger } from '../run/ledger.ts';
import { liveReaders } from './live-readers.ts';
import type { Argument } from '../ports/protocol.ts';
import type { Readiness } from '../run/readiness.ts';
import type { Settlement } from '../run/settlement.ts';
import type { Units } from '../run/units.ts';
import type { Attempt, Outcome, Workforce, Unit } from '../ports/workforce.ts';

export interface EarlyStartsParts {
  readonly tasks: readonly PlannedTask[];
  /** False: every task waits until its upstreams have ended. */
  readonly isAllowed: boolean;
  /** Kept from an earlier holder of the run: there is nothing to begin. */
  readonly isKept: (task: TaskName) => boolean;
  readonly addressOf: (attempt: Attempt) => ResultAddress;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly admission: Admission;
  readonly readiness: Readiness;
  readonly settlement: Settlement;
  readonly units: Units;
  readonly stop: Workforce['stop'];
  /** The outcome of an attempt counts. */
  readonly settle: (attempt: Attempt, outcome: Outcome, durationMs: Milliseconds) => void;
  readonly mayStart: () => boolean;
  readonly wake: () => void;
}

/** The stream of a producer's attempt. */
interface Open {
  readonly live: LiveStream;
  readonly at: ResultAddress;
  readonly readers: readonly number[];
  /** Until it has been going on for a while nobody begins to read it. */
  timer?: Timer;
  isOffered: boolean;
}

/** A stream that ends sooner is read as a stored one: readers then need no thread beside that of the producer. */
const OFFERED_AFTER_MS: Milliseconds = 20;

export class EarlyStarts {
  readonly #parts: EarlyStartsParts;
  readonly #numberOf: ReadonlyMap<TaskName, number>;
  readonly #readersOf: ReadonlyMap<number, readonly number[]>;
  readonly #streams = new Map<number, Open>();
  readonly #states = new Map<number, EarlyState>();
  /** Only of tasks that began early. */
  readonly #attempts = new Map<number, Attempt>();
  readonly #held = new Map<number, readonly [Outcome, Milliseconds]>();
  /** Had their outcome when a stream that they read broke off. */
  readonly #brokenAfterEnd = new Set<number>();
  /** Why a broken attempt is the last. */
  readonly #because = new Map<number, readonly TaskName[]>();
  /** Would not start early, whatever there is to read. */
  readonly #unfit = new Set<number>();

  constructor(parts: EarlyStartsParts) {
    const { tasks, isAllowed } = parts;
    this.#parts = parts;
    this.#readersOf = isAllowed ? liveReaders(tasks) : new Map();
    this.#numberOf = new Map(tasks.map(({ name }, number) => [name, number]));
  }

  // --- Who may begin ------------------------------------------------------------------------------

  /** What an attempt shares with those who may read its stream; undefined when nobody may. */
  start(attempt: Attempt): SharedArrayBuffer | undefined {
    const { task } = attempt.unit;
    if (this.isEarly(task)) this.#attempts.set(task, attempt);
    const readers = this.#readersOf.get(task);
    if (readers === undefined) return undefined;
    const live = LiveStream.for(readers.length);
    this.#streams.set(task, {
      live,
      at: this.#parts.addressOf(attempt),
      readers,
      isOffered: false,
    });
    return live.memory;
  }

  begun({ unit }: Attempt): void {
    const { clock, wake } = this.#parts;
    const stream = this.#streams.get(unit.task);
    if (stream === undefined) return;
    stream.timer = clock.after(OFFERED_AFTER_MS, () => {
      stream.isOffered = true;
      wake();
    });
  }

  /** A task that can begin to read, with its slots taken; undefined when none can. To be asked after all ordinary ones. */
  take(room: Workforce['room']): Unit | undefined {
    if (room !== 'now') return undefined;
    for (const { isOffered, readers } of this.#streams.values()) {
      const task = isOffered ? readers.find((reader) => this.#takeIfItCan(reader)) : undefined;
      if (task !== undefined) return { task, element: undefined };
    }
    return undefined;
  }

  #takeIfItCan(task: number): boolean {
    const { admission, readiness } = this.#parts;
    const unit = { task, element: undefined };
    if (!this.#mayBegin(task) || !admission.takeNow(unit)) return false;
    if (readiness.prepareEarly(task)) {
      this.#happens(task, 'begins');
      return true;
    }
    this.#unfit.add(task);
    admission.giveBack(unit);
    return false;
  }

  /** What it reads of streams that are under way. */
  argumentsOf(number: number): Record<string, Argument> {
    const named: Record<string, Argument> = {};
    if (!this.isEarly(number)) return named;
    for (const { task, parameter } of this.#parts.tasks[number]!.dependsOn) {
      const stream = this.#streams.get(this.#numberOf.get(task) ?? -1);
      if (stream === undefined || parameter === undefined) continue;
      const reader = stream.readers.indexOf(number);
      named[parameter] = { is: 'live', at: stream.at, memory: stream.live.memory, reader };
    }
    return named;
  }

  /** It has begun before its upstreams have all ended. */
  isEarly(number: number): boolean {
    return this.#states.has(number);
  }

  #mayBegin(number: number): boolean {
    const { tasks, ledger, isKept } = this.#parts;
    const state = this.#stateOf(number);
    if ((state !== 'waiting' && state !== 'due') || this.#unfit.has(number)) return false;
    const { name, dependsOn } = tasks[number]!;
    if (isFinished(ledger.statuses[number]!) || isKept(name)) return false;
    return dependsOn.every((edge) => this.#isFineOrStreaming(edge.task, number));
  }

  #isFineOrStreaming(name: TaskName, reader: number): boolean {
    const { tasks, ledger } = this.#parts;
    const number = this.#numberOf.get(name);
    if (number === undefined) return true; // Outside the selection: its stored output is there.
    const status = ledger.statuses[number];
    if (status === 'succeeded' || status === 'cached') return true;
    if (status === 'failed' || status === 'timed_out') return tasks[number]!.settings.failSafe;
    const stream = this.#streams.get(number);
    return stream !== undefined && stream.isOffered && stream.readers.includes(reader);
  }

  // --- What becomes of attempts -------------------------------------------------------------------

  /** Takes a try that is due. False: it is an ordinary one. */
  enqueue({ task }: Unit): boolean {
    if (!this.isEarly(task)) return false;
    if (this.#isBroken(task)) this.#happens(task, 'is_over');
    else this.#happens(task, this.#stateOf(task) === 'resting' ? 'is_due' : 'is_taken_back');
    return true;
  }

  /** Nothing is under way of it any more: whoever it held back goes on. Those who read it are told, unless it gave a stream. */
  ended({ unit }: Attempt, outcome: Outcome | undefined): void {
    this.#leave(unit.task);
    const gaveStream = outcome?.is === 'succeeded' && outcome.output.is === 'stream';
    if (!gaveStream) this.#break(unit.task);
  }

  /** True when the attempt counts for nothing, or not yet. */
  keepsBack(attempt: Attempt, outcome: Outcome, durationMs: Milliseconds): boolean {
    const number = attempt.unit.task;
    if (!this.isEarly(number)) return false;
    if (this.#isBroken(number)) {
      this.#happens(number, 'is_over');
      return true;
    }
    if (outcome.is === 'cancelled') this.#happens(number, 'is_cancelled');
    else if (outcome.is === 'failed' && this.#parts.units.isTriedAfter(attempt, outcome))
      this.#happens(number, 'fails_and_rests');
    else {
      this.#held.set(number, [outcome, durationMs]);
      this.#happens(number, 'has_outcome');
      return true;
    }
    return false;
  }

  /** What the end of an attempt means for those who had read its stream and ended: said once it is known what follows. */
  settle(): void {
    for (const number of this.#brokenAfterEnd) {
      this.#brokenAfterEnd.delete(number);
      this.#happens(number, 'is_over');
    }
  }

  // --- What becomes of tasks ----------------------------------------------------------------------

  /** All upstreams let it start. False: it never began, and starts like any other task. */
  ready(number: number): boolean {
    if (!this.isEarly(number)) return false;
    this.#happens(number, 'upstreams_end_well');
    return true;
  }

  /** An upstream has failed for good. True when that goes on record later, as its attempt is still on the way out. */
  postpones(number: number, because: readonly TaskName[]): boolean {
    if (!this.isEarly(number)) return false;
    this.#because.set(number, because);
    this.#happens(number, 'upstream_fails');
    return this.isEarly(number);
  }

  /** The task has its outcome. */
  close(number: number): void {
    this.#streams.get(number)?.timer?.clear();
    this.#streams.delete(number);
    this.#states.delete(number);
    this.#attempts.delete(number);
    this.#held.delete(number);
    this.#because.delete(number);
  }

  stop(): void {
    for (const { timer } of this.#streams.values()) timer?.clear();
  }

  #stateOf(number: number): EarlyState {
    return this.#states.get(number) ?? 'waiting';
  }

  #isBroken(number: number): boolean {
    return this.#stateOf(number).startsWith('broken');
  }

  #happens(number: number, happening: Happening): void {
    const { state, act } = stepOf(this.#stateOf(number), happening);
    const { settlement } = this.#parts;
    if (state === 'ordinary') this.#states.delete(number);
    else this.#states.set(number, state);
    if (state === 'waiting') settlement.withdraw(number);
    else if (state === 'running') settlement.beginEarly(number);
    this.#do(number, act);
  }

  /** The streams of those who read a broken one break too; worked off one by one, so that a long chain is no deep stack. */
  #break(producer: number): void {
    const broken = [producer];
    for (const number of broken) {
      const stream = this.#streams.get(number);
      if (stream === undefined) continue;
      stream.timer?.clear();
      stream.live.break();
      this.#streams.delete(number);
      for (const reader of stream.readers) {
        if (!this.isEarly(reader)) continue;
        if (this.#held.delete(reader)) this.#brokenAfterEnd.add(reader);
        this.#happens(reader, 'stream_breaks');
        broken.push(reader);
      }
    }
  }

  #leave(number: number): void {
    for (const { live, readers } of this.#streams.values()) {
      const reader = readers.indexOf(number);
      if (reader !== -1) live.release(reader);
    }
  }

  #do(number: number, act: Act): void {
    const { admission, readiness, settlement, units } = this.#parts;
    const unit = { task: number, element: undefined };
    switch (act) {
      case 'nothing':
        return;
      case 'stop':
        this.#parts.stop(this.#attemptOf(number));
        return;
      case 'forget_try':
        units.forget(unit);
        return;
      case 'void':
        this.#void(number);
        return;
      case 'void_and_start':
        this.#void(number);
        readiness.confirm(number);
        admission.add(unit);
        return;
      case 'start':
        readiness.confirm(number);
        admission.add(unit);
        return;
      case 'confirm':
        readiness.confirm(number);
        return;
      case 'commit': {
        const [outcome, durationMs] = this.#held.get(number)!;
        this.#held.delete(number);
        readiness.confirm(number);
        this.#parts.settle(this.#attemptOf(number), outcome, durationMs);
        return;
      }
      case 'end_with_upstream':
        settlement.endLate(number, this.#because.get(number) ?? []);
        return;
      default:
        impossible(act);
    }
  }

  #void(number: number): void {
    const { units, ledger, mayStart, wake } = this.#parts;
    if (mayStart()) units.voided(this.#attemptOf(number));
    else ledger.mark(number, 'pending');
    wake();
  }

  #attemptOf(number: number): Attempt {
    const attempt = this.#attempts.get(number);
    if (attempt === undefined) throw new Fault('DP9001', `task ${number} did not begin early`);
    return attempt;
  }
}
