/** Units of work, each a task or one element of a mapped task, and the attempts at them: how often, when again, and what they come to. */
import type { TaskError } from '../../model/event.ts';
import type { Digest, Milliseconds, RunId } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { Clock, Timer } from '../../lib/clock.ts';
import { Deadlines } from './deadlines.ts';
import type { Subject } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { MappedTask } from './mapped.ts';
import { delayAfter } from './retry.ts';
import { noteDefeat, type Defeat, type Settlement } from './settlement.ts';
import { timeoutError } from '../worker/task-error.ts';
import { type Attempt, type Outcome, unitName, type Unit } from '../ports/workforce.ts';
import type { KeptElements } from './earlier-work.ts';

export interface UnitsParts {
  readonly runId: RunId;
  readonly tasks: readonly PlannedTask[];
  readonly clock: Clock;
  readonly ledger: Ledger;
  /** The unit's next attempt may start. */
  readonly enqueue: (unit: Unit) => void;
  readonly settlement: Settlement;
  /** Attempts begun by earlier holders of the run, by unit name. */
  readonly earlier: ReadonlyMap<string, number>;
  /** Elements that an earlier holder of the run finished, by index; none when the task is other work now. */
  readonly keptElements: (number: number) => KeptElements['outputs'] | undefined;
  readonly keyOf: (number: number) => Digest | null;
  /** The task's result may be reused by later runs. */
  readonly remember: (task: PlannedTask, key: Digest | null, output: Success['output']) => void;
  /** It waits in the queue, and is not to be started. */
  readonly withdraw: (unit: Unit) => void;
  readonly mayStart: () => boolean;
  /** Ends an attempt that is under way, with that error. */
  readonly expire: (attempt: Attempt, error: TaskError) => void;
  /** Something can start that could not before. */
  readonly wake: () => void;
}

type Success = Extract<Outcome, { is: 'succeeded' }>;
type Failed = Extract<Outcome, { is: 'failed' }>;

export class Units {
  readonly #parts: UnitsParts;
  /** Attempts begun so far, by unit name. */
  readonly #begun: Map<string, number>;
  readonly #mapped = new Map<number, MappedTask>();
  /** Attempts that do not use up the policy's retries: of earlier holders of the run, and void ones. */
  readonly #uncounted: Map<string, number>;
  readonly #deadlines: Deadlines;
  /** Under way, of those whose time in all is limited; by unit name, as are the retries. */
  readonly #running = new Map<string, Attempt>();
  readonly #retries = new Map<string, Timer>();
  /** Told to end, as their time in all is up. */
  readonly #expired = new Set<string>();

  constructor(parts: UnitsParts) {
    this.#parts = parts;
    this.#begun = new Map(parts.earlier);
    this.#uncounted = new Map(parts.earlier);
    this.#deadlines = new Deadlines(parts.clock);
  }

  /** The task may start: once, or once for each element. */
  open(number: number, elements: readonly unknown[] | undefined): void {
    const { ledger, clock } = this.#parts;
    if (elements === undefined) {
      this.#offer({ task: number, element: undefined });
      return;
    }
    const mapped = new MappedTask(elements, clock);
    this.#mapped.set(number, mapped);
    ledger.record(number, 'running', 'run.task.expanded', { elements: elements.length });
    const kept = this.#parts.keptElements(number);
    for (const element of elements.keys()) {
      const output = kept?.get(element);
      if (output === undefined) this.#offer({ task: number, element });
      else mapped.succeeded(element, output);
    }
    this.#collect(number, mapped);
  }

  /** The task has its outcome. */
  close(number: number): void {
    this.#mapped.delete(number);
  }

  /** No attempt follows any more. */
  stop(): void {
    for (const retry of this.#retries.values()) retry.clear();
    this.#retries.clear();
    this.#deadlines.stopWaiting();
  }

  /** Nothing is under way any more. */
  end(): void {
    this.stop();
    this.#deadlines.close();
  }

  /** The stream that its attempts were reading broke off: no other one follows by itself, and those so far do not count. */
  forget(unit: Unit): void {
    const name = unitName(this.#parts.tasks[unit.task]!, unit);
    this.#retries.get(name)?.clear();
    this.#retries.delete(name);
    this.#uncounted.set(name, this.#begun.get(name) ?? 0);
  }

  next(unit: Unit): Attempt {
    const task = this.#parts.tasks[unit.task]!;
    return { unit, task, number: (this.#begun.get(unitName(task, unit)) ?? 0) + 1 };
  }

  /** What a mapped task's unit is about. */
  elementOf({ task, element }: Unit): unknown {
    return element === undefined ? undefined : this.#mapped.get(task)?.elements[element];
  }

  begun(attempt: Attempt): void {
    const { task, unit, number } = attempt;
    const name = unitName(task, unit);
    this.#begun.set(name, number);
    if (task.settings.totalTimeout !== null) this.#running.set(name, attempt);
    this.#deadlines.begin(name, task.settings, () => this.#outOfTime(unit));
    this.#parts.ledger.mark(unit.task, 'running');
  }

  /** Its thread died under it before the first step: the try does not count. */
  takenBack(attempt: Attempt, hadBegun: boolean): void {
    const { task, unit, number } = attempt;
    const name = unitName(task, unit);
    if (hadBegun) this.#begun.set(name, number - 1);
    this.#running.delete(name);
    if (this.#expired.has(name)) this.fail(attempt, { ...outOfTime(attempt), durationMs: 0 });
    else this.#parts.enqueue(unit);
  }

  succeeded(attempt: Attempt, { output, inline }: Success, durationMs: Milliseconds): void {
    const { ledger, settlement, keyOf, remember } = this.#parts;
    const { task, unit } = attempt;
    this.#close(unitName(task, unit));
    const key = keyOf(unit.task);
    const subject = subjectOf(attempt);
    if (unit.element === undefined) {
      remember(task, key, output);
      const carried = inline === undefined ? {} : { inline };
      settlement.succeed(unit.task, { output, durationMs, key, ...carried }, subject);
      return;
    }
    ledger.note(unit.task, 'run.task.succeeded', { output, durationMs, key }, subject);
    const mapped = this.#mapped.get(unit.task)!;
    mapped.succeeded(unit.element, output);
    this.#collect(unit.task, mapped);
  }

  /** Tried again where the policy says so; else it is the unit's end. */
  failed(attempt: Attempt, { failure, error }: Failed, durationMs: Milliseconds): void {
    const name = unitName(attempt.task, attempt.unit);
    this.#running.delete(name);
    const delayMs = this.#delayAfter(attempt, failure);
    if (delayMs === undefined) this.fail(attempt, { reason: failure.reason, error, durationMs });
    else if (delayMs >= this.#deadlines.leftMs(name))
      this.fail(attempt, { ...outOfTime(attempt, error), durationMs });
    else this.#retry(attempt, { reason: failure.reason, error, delayMs });
  }

  isTriedAfter(attempt: Attempt, { failure }: Failed): boolean {
    return this.#delayAfter(attempt, failure) !== undefined;
  }

  /** What the attempt read broke off: it counts for nothing, and whoever knows of the stream starts the next one. */
  voided(attempt: Attempt): void {
    const { clock, ledger } = this.#parts;
    const { task, unit } = attempt;
    // Nor do earlier ones at the same stream: the next has all its retries.
    this.#uncounted.set(unitName(task, unit), attempt.number);
    const message = 'a stream that it was reading broke off';
    const error = { name: 'UpstreamFailed', message, code: 'DP7005' };
    const why = { reason: 'upstream_failed', error, delayMs: 0, dueAt: clock.now() } as const;
    ledger.note(unit.task, 'run.task.retrying', why, subjectOf(attempt));
    ledger.mark(unit.task, 'retrying');
  }

  /** No further attempt. */
  fail(attempt: Attempt, defeat: Defeat, subject = subjectOf(attempt)): void {
    const { task, unit } = attempt;
    this.#close(unitName(task, unit));
    if (unit.element === undefined) {
      this.#parts.settlement.fail(unit.task, defeat, subject);
      return;
    }
    noteDefeat(this.#parts.ledger, unit.task, defeat, subject);
    const mapped = this.#mapped.get(unit.task)!;
    mapped.failed(unit.element, defeat.error);
    this.#collect(unit.task, mapped);
  }

  #delayAfter(
    { task, unit, number }: Attempt,
    failure: Failed['failure'],
  ): Milliseconds | undefined {
    const { mayStart, runId } = this.#parts;
    if (!mayStart()) return undefined;
    const name = unitName(task, unit);
    // A run that goes on has its retries anew.
    const tried = number - (this.#uncounted.get(name) ?? 0);
    return delayAfter(task.settings, tried, failure, `${runId}/${name}/${number}`);
  }

  #retry(
    attempt: Attempt,
    why: { readonly reason: Defeat['reason']; readonly error: TaskError; readonly delayMs: number },
  ): void {
    const { clock, ledger, enqueue, wake } = this.#parts;
    const { unit } = attempt;
    const name = unitName(attempt.task, unit);
    const dueAt = clock.now() + why.delayMs;
    ledger.note(unit.task, 'run.task.retrying', { ...why, dueAt }, subjectOf(attempt));
    if (unit.element === undefined) ledger.mark(unit.task, 'retrying');
    const again = (): void => {
      this.#retries.delete(name);
      enqueue(unit);
      wake();
    };
    this.#retries.set(name, clock.after(why.delayMs, again));
  }

  /** Ready for its first attempt. */
  #offer(unit: Unit): void {
    const { tasks, enqueue } = this.#parts;
    const task = tasks[unit.task]!;
    this.#deadlines.await(unitName(task, unit), task.settings, () => this.#waitedTooLong(unit));
    enqueue(unit);
  }

  #waitedTooLong(unit: Unit): void {
    const { withdraw, wake } = this.#parts;
    withdraw(unit);
    const attempt = this.next(unit);
    const { task, element } = subjectOf(attempt);
    const message = `waited ${attempt.task.settings.queueTimeout} s for a slot, as long as it may`;
    const error = timeoutError('DP6011', message);
    const subject = element === undefined ? { task } : { task, element };
    this.fail(attempt, { reason: 'timed_out', error, durationMs: 0 }, subject);
    wake();
  }

  /** Whether its last attempt is under way, or waits to be followed by another. */
  #outOfTime(unit: Unit): void {
    const { tasks, withdraw, mayStart, expire, wake } = this.#parts;
    const task = tasks[unit.task]!;
    const name = unitName(task, unit);
    const running = this.#running.get(name);
    if (running !== undefined) {
      this.#expired.add(name);
      expire(running, outOfTime(running).error);
      return;
    }
    if (!mayStart()) return;
    const retry = this.#retries.get(name);
    if (retry === undefined) withdraw(unit);
    retry?.clear();
    this.#retries.delete(name);
    const attempt = { unit, task, number: this.#begun.get(name) ?? 0 };
    this.fail(attempt, { ...outOfTime(attempt), durationMs: 0 });
    wake();
  }

  /** The unit has its outcome. */
  #close(name: string): void {
    this.#running.delete(name);
    this.#expired.delete(name);
    this.#deadlines.end(name);
  }

  /** A mapped task ends with the last of its elements. */
  #collect(number: number, mapped: MappedTask): void {
    const { outcome, durationMs } = mapped;
    if (outcome === undefined) return;
    const { settlement, tasks, keyOf, remember } = this.#parts;
    if (outcome.is === 'failed') {
      settlement.fail(number, { reason: 'failed', error: outcome.error, durationMs });
      return;
    }
    const { output } = outcome;
    const key = keyOf(number);
    remember(tasks[number]!, key, output);
    settlement.succeed(number, { output, durationMs, key });
  }
}

function outOfTime({ task, number }: Attempt, cause?: TaskError): Pick<Defeat, 'reason' | 'error'> {
  const { totalTimeout } = task.settings;
  const tried = number === 1 ? '1 attempt' : `${number} attempts`;
  const message = `did not come to its end within its total timeout of ${totalTimeout} s, in ${tried}`;
  const error = timeoutError('DP6010', message);
  return { reason: 'timed_out', error: cause === undefined ? error : { ...error, cause } };
}

/** What events of the attempt are about. */
export function subjectOf({
  task: { name: task },
  unit: { element },
  number: attempt,
}: Attempt): Subject {
  return element === undefined ? { task, attempt } : { task, attempt, element };
}
