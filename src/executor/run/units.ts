/** Units of work, each a task or one element of a mapped task, and their attempts. `unit-steps.ts` decides; this file acts. */
import { impossible } from '../../model/fault.ts';
import type { TaskError } from '../../model/event.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import type { Clock } from '../../lib/clock.ts';
import type { SeenRead } from '../../model/input-note.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { Admission } from '../queue/admission.ts';
import { timeoutError } from '../worker/task-error.ts';
import {
  unitName,
  type Attempt,
  type AttemptOutcome,
  type Unit,
  type Workforce,
} from '../ports/workforce.ts';
import {
  standingElements,
  type EarlierWork,
  type KeptElements,
  type RetriedElements,
} from './earlier-work.ts';
import { subjectOf, type EventSubject } from './journal.ts';
import { MappedTask } from './mapped.ts';
import { delayAfter } from './retry.ts';
import type { RunState } from './run-state.ts';
import type { CacheEntry } from '../../store/run-store.ts';
import type { Reusable } from './reusable.ts';
import type { Settlement } from './settlement.ts';
import type { Defeat, TaskEvents } from './task-events.ts';
import type { PreparedTask, Tries, UnitState } from './task-states.ts';
import type { TimeUp, UnitTimers } from './unit-timers.ts';
import { unitStep, type UnitAct, type UnitHappening } from './unit-steps.ts';

export interface UnitsParts {
  readonly runId: RunId;
  readonly run: RunState;
  readonly clock: Clock;
  readonly events: TaskEvents;
  readonly admission: Admission;
  readonly timers: UnitTimers;
  readonly settlement: Settlement;
  readonly reusable: Reusable;
  readonly workforce: Workforce;
  readonly earlier: EarlierWork | undefined;
  readonly retried: RetriedElements | undefined;
}

type Succeeded = Extract<AttemptOutcome, { is: 'succeeded' }>;
export type Failed = Extract<AttemptOutcome, { is: 'failed' }>;

export class Units {
  readonly #parts: UnitsParts;

  constructor(parts: UnitsParts) {
    this.#parts = parts;
  }

  /** Opens a task that may start: with one unit, or one for each element. */
  open(
    index: number,
    prepared: PreparedTask,
    elements?: readonly unknown[],
    reused: ReadonlyMap<number, CacheEntry> = NOTHING_REUSED,
  ): void {
    if (elements === undefined) {
      const unit = { index, element: undefined };
      const state: UnitState = { is: 'queued', tries: this.triesBefore(unit) };
      this.#parts.run.tasks.enter(index, { is: 'open', prepared, unit: state });
      this.#offer(unit);
    } else this.#expand(index, prepared, { elements, reused });
  }

  #expand(
    index: number,
    prepared: PreparedTask,
    { elements, reused }: { elements: readonly unknown[]; reused: ReadonlyMap<number, CacheEntry> },
  ): void {
    const { clock, events, run } = this.#parts;
    const task = run.tasks.task(index);
    const results = new MappedTask(elements, clock);
    const units: UnitState[] = [];
    run.tasks.enter(index, { is: 'mapped', prepared, results, units });
    events.record(index, { topic: 'run.task.expanded', data: { elements: elements.length } });
    const standing = this.#standing(index, prepared);
    for (const element of elements.keys()) {
      const output = standing?.get(element);
      const hit = reused.get(element);
      const unit = { index, element };
      if (output === undefined && hit !== undefined) {
        units.push({ is: 'finished' });
        const data = { output: hit.output, fromRun: hit.run, key: prepared.key };
        const subject = { task: task.name, element };
        events.record(index, { topic: 'run.task.cached', data, subject });
        results.reused(element, hit.output, hit.notes ?? []);
      } else if (output === undefined) {
        units.push({ is: 'queued', tries: this.triesBefore(unit) });
        this.#offer(unit);
      } else {
        units.push({ is: 'finished' });
        results.succeeded(element, output, isObserved(task) ? undefined : NOTHING_SEEN);
      }
    }
    this.#collect(index, results);
  }

  /** Returns the kept outputs. Those of an earlier holder are already recorded; those of the retried run are recorded now. */
  #standing(index: number, { key }: PreparedTask): KeptElements['outputs'] | undefined {
    const { earlier, events, retried, run } = this.#parts;
    const { name: task } = run.tasks.task(index);
    const own = standingElements(earlier, task, key);
    if (own !== undefined || retried === undefined) return own;
    const standing = standingElements(retried, task, key);
    for (const [element, output] of standing ?? []) {
      const data = { output, fromRun: retried.run, key };
      events.record(index, { topic: 'run.task.cached', data, subject: { task, element } });
    }
    return standing;
  }

  /** Queues a unit for its first attempt. */
  #offer(unit: Unit): void {
    const { admission, timers } = this.#parts;
    timers.awaitSlot(unit, this.#taskOf(unit));
    admission.add(unit);
  }

  /** Returns the attempts begun under earlier holders of the run; they use up no retries. */
  triesBefore(unit: Unit): Tries {
    const { earlier } = this.#parts;
    const begun = earlier?.attempts.get(unitName(this.#taskOf(unit), unit)) ?? 0;
    return begun === 0 ? NO_TRIES : { begun, uncounted: begun };
  }

  /** Starts the next attempt of a unit whose slots are taken. */
  start(unit: Unit): Attempt {
    const begun = this.#parts.run.tasks.triesOf(unit)?.begun ?? 0;
    const attempt = { unit, task: this.#taskOf(unit), number: begun + 1 };
    this.#step(unit, { is: 'starts', attempt });
    return attempt;
  }

  begun({ unit, task }: Attempt): void {
    this.#step(unit, { is: 'begins' });
    this.#parts.timers.begun(unit, task);
  }

  takenBack(attempt: Attempt): void {
    const act = this.#step(attempt.unit, { is: 'is_taken_back' });
    if (act === 'enqueue') this.#parts.admission.add(attempt.unit);
    else this.#ended(attempt.unit, { ...outOfTime(attempt), durationMs: 0 }, subjectOf(attempt));
  }

  answered(attempt: Attempt, outcome: AttemptOutcome, durationMs: Milliseconds): void {
    switch (outcome.is) {
      case 'succeeded':
        this.#succeeded(attempt, outcome, durationMs);
        return;
      case 'failed':
        this.#failed(attempt, outcome, durationMs);
        return;
      case 'cancelled':
        this.#step(attempt.unit, { is: 'is_stopped' });
        return;
      default:
        impossible(outcome);
    }
  }

  /** Fails the unit of the attempt without a retry. */
  fail(attempt: Attempt, defeat: Defeat): void {
    this.#step(attempt.unit, { is: 'has_outcome' });
    this.#ended(attempt.unit, defeat, subjectOf(attempt));
  }

  timeIsUp({ is, unit }: TimeUp): void {
    const { admission, run, workforce } = this.#parts;
    const before = run.tasks.unit(unit);
    // A stopped run cancels the units that are waiting.
    if (is === 'is_out_of_time' && !isUnderWay(before) && !run.mayStart) return;
    const act = this.#step(unit, { is });
    if (act === 'nothing') return;
    if (act === 'enqueue') {
      admission.add(unit);
      return;
    }
    if (act === 'withdraw_and_fail') admission.withdraw(unit);
    if (act === 'expire' && 'attempt' in before) {
      // Attempts that wait in a thread's queue are recalled at once.
      if (before.is === 'sent') workforce.recallAll();
      workforce.expire(before.attempt, outOfTime(before.attempt).error);
      return;
    }
    this.#endedLate(unit, is, 'tries' in before ? before.tries : NO_TRIES);
  }

  /** Returns the delay before the unit is retried after this failure; undefined when it is not retried. */
  delayAfter({ task, unit, number }: Attempt, { failure }: Failed): Milliseconds | undefined {
    const { run, runId } = this.#parts;
    if (!run.mayStart) return undefined;
    const tried = number - (run.tasks.triesOf(unit)?.uncounted ?? 0);
    return delayAfter(task.settings, tried, failure, `${runId}/${unitName(task, unit)}/${number}`);
  }

  /** Records that the unit will be retried after this failure, and starts the timer. */
  waitForRetry(attempt: Attempt, { failure, error }: Failed, delayMs: Milliseconds): void {
    const { clock, events, timers } = this.#parts;
    const { unit, task } = attempt;
    const dueAt = clock.now() + delayMs;
    const data = { reason: failure.reason, error, delayMs, dueAt };
    events.record(unit.index, { topic: 'run.task.retrying', data, subject: subjectOf(attempt) });
    timers.retryIn(delayMs, unit, task);
  }

  #succeeded(
    attempt: Attempt,
    { output, inline, holdsSecret, ...outcome }: Succeeded,
    durationMs: Milliseconds,
  ): void {
    const { events, reusable, run, settlement, timers } = this.#parts;
    const { unit, task } = attempt;
    const { index, element } = unit;
    this.#step(unit, { is: 'has_outcome' });
    timers.ended(unit, task);
    const subject = subjectOf(attempt);
    const { declared = NOTHING_SEEN } = run.tasks.preparedFor(index);
    const seen = isObserved(task) ? outcome.seen?.concat(declared) : declared;
    const state = run.tasks.state(index);
    const noted = holdsSecret === undefined ? {} : { holdsSecret };
    if (state.is !== 'mapped' || element === undefined) {
      const { outputs } = outcome;
      const carried = { ...(inline && { inline }), ...(outputs && { outputs }) };
      settlement.succeed(index, { output, seen, durationMs, ...carried, ...noted }, subject);
      return;
    }
    const data = { output, durationMs, key: state.prepared.key, ...noted };
    events.record(index, { topic: 'run.task.succeeded', data, subject });
    const key = state.prepared.elementKeys?.[element] ?? null;
    reusable.note(task, { key, output, seen });
    state.results.succeeded(element, output, seen);
    this.#collect(index, state.results);
  }

  /** Retries the unit if its policy allows it; otherwise ends the unit. */
  #failed(attempt: Attempt, failed: Failed, durationMs: Milliseconds): void {
    const { unit, task } = attempt;
    const { failure, error } = failed;
    const delayMs = this.delayAfter(attempt, failed);
    if (delayMs === undefined) this.fail(attempt, { reason: failure.reason, error, durationMs });
    else if (delayMs >= this.#parts.timers.leftMs(unit, task))
      this.fail(attempt, { ...outOfTime(attempt, error), durationMs });
    else {
      this.#step(unit, { is: 'fails_and_is_retried' });
      this.waitForRetry(attempt, failed, delayMs);
    }
  }

  /** Ends a unit that waits. The event names no attempt: the last one has its outcome, and the next has not begun. */
  #endedLate(unit: Unit, is: TimeUp['is'], { begun }: Tries): void {
    const task = this.#taskOf(unit);
    const { reason, error } =
      is === 'is_out_of_time' ? outOfTime({ task, number: begun }) : outOfQueue(task);
    const { element } = unit;
    const subject = { task: task.name, ...(element === undefined ? {} : { element }) };
    this.#ended(unit, { reason, error, durationMs: 0 }, subject);
  }

  /** Ends a unit that has finally failed. */
  #ended(unit: Unit, defeat: Defeat, subject: EventSubject): void {
    const { events, run, settlement, timers } = this.#parts;
    const { index, element } = unit;
    timers.ended(unit, this.#taskOf(unit));
    const state = run.tasks.state(index);
    if (state.is !== 'mapped' || element === undefined) {
      settlement.fail(index, defeat, subject);
      return;
    }
    events.failed(index, defeat, subject);
    state.results.failed(element, defeat.error);
    this.#collect(index, state.results);
  }

  /** Ends a mapped task when its last element has ended. */
  #collect(index: number, { outcome, durationMs }: MappedTask): void {
    const { settlement } = this.#parts;
    if (outcome === undefined) return;
    if (outcome.is === 'succeeded') {
      const { output, seen, notes } = outcome;
      settlement.succeed(index, { output, seen, notes, durationMs });
    } else settlement.fail(index, { reason: 'failed', error: outcome.error, durationMs });
  }

  #step(unit: Unit, happening: UnitHappening): UnitAct {
    const { tasks } = this.#parts.run;
    const { state, act } = unitStep(tasks.unit(unit), happening);
    tasks.enterUnit(unit, state);
    return act;
  }

  #taskOf({ index }: Unit): PlannedTask {
    return this.#parts.run.tasks.task(index);
  }
}

const NOTHING_REUSED: ReadonlyMap<number, CacheEntry> = new Map();
const NOTHING_SEEN: readonly SeenRead[] = [];

/** Returns whether the reads of the task's attempts are noted. */
const isObserved = ({ work, settings }: PlannedTask): boolean =>
  work.is === 'function' && settings.cache !== false;

const NO_TRIES: Tries = { begun: 0, uncounted: 0 };

const isUnderWay = (state: UnitState): boolean => 'attempt' in state;

type Lateness = Pick<Defeat, 'reason' | 'error'>;

function outOfQueue({ settings }: PlannedTask): Lateness {
  const message = `waited ${settings.queueTimeout} s for a slot, which is its queue timeout`;
  return { reason: 'timed_out', error: timeoutError('DP6011', message) };
}

function outOfTime(
  { task, number }: Pick<Attempt, 'task' | 'number'>,
  cause?: TaskError,
): Lateness {
  const { totalTimeout } = task.settings;
  const tried = number === 1 ? '1 attempt' : `${number} attempts`;
  const message = `did not end within its total timeout of ${totalTimeout} s, in ${tried}`;
  const error = timeoutError('DP6010', message);
  return { reason: 'timed_out', error: cause === undefined ? error : { ...error, cause } };
}
