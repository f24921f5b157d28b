/** Units of work, each a task or one element of a mapped task, and the attempts at them: how often, when again, and what they come to. */
import type { TaskError } from '../model/event.ts';
import type { Digest, Milliseconds, RunId } from '../model/ids.ts';
import type { PlannedTask } from '../model/plan.ts';
import type { Clock, Timer } from './clock.ts';
import type { Subject } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { MappedTask } from './mapped.ts';
import { unitName, type Unit } from './ready-queue.ts';
import { delayAfter } from './retry.ts';
import { noteDefeat, type Defeat, type Settlement } from './settlement.ts';
import type { Attempt, Outcome } from './workforce.ts';

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
  readonly keyOf: (number: number) => Digest | null;
  /** The task's result may be reused by later runs. */
  readonly remember: (task: PlannedTask, key: Digest | null, output: Success['output']) => void;
  readonly mayStart: () => boolean;
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
  /** By unit name. */
  readonly #retries = new Map<string, Timer>();

  constructor(parts: UnitsParts) {
    this.#parts = parts;
    this.#begun = new Map(parts.earlier);
    this.#uncounted = new Map(parts.earlier);
  }

  /** The task may start: once, or once for each element. */
  open(number: number, elements: readonly unknown[] | undefined): void {
    const { ledger, enqueue, clock } = this.#parts;
    if (elements === undefined) {
      enqueue({ task: number, element: undefined });
      return;
    }
    const mapped = new MappedTask(elements, clock);
    this.#mapped.set(number, mapped);
    ledger.record(number, 'running', 'run.task.expanded', { elements: elements.length });
    for (const element of elements.keys()) enqueue({ task: number, element });
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

  begun({ task, unit, number }: Attempt): void {
    this.#begun.set(unitName(task, unit), number);
    this.#parts.ledger.mark(unit.task, 'running');
  }

  /** Its thread died under it before the first step: the try does not count. */
  takenBack({ task, unit, number }: Attempt, hadBegun: boolean): void {
    if (hadBegun) this.#begun.set(unitName(task, unit), number - 1);
    this.#parts.enqueue(unit);
  }

  succeeded(attempt: Attempt, { output, inline }: Success, durationMs: Milliseconds): void {
    const { ledger, settlement, keyOf, remember } = this.#parts;
    const { task, unit } = attempt;
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
    const delayMs = this.#delayAfter(attempt, failure);
    if (delayMs === undefined) this.fail(attempt, { reason: failure.reason, error, durationMs });
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
  fail(attempt: Attempt, defeat: Defeat): void {
    const { unit } = attempt;
    const subject = subjectOf(attempt);
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
    const timer = clock.after(why.delayMs, () => {
      this.#retries.delete(name);
      enqueue(unit);
      wake();
    });
    this.#retries.set(name, timer);
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

/** What events of the attempt are about. */
export function subjectOf({
  task: { name: task },
  unit: { element },
  number: attempt,
}: Attempt): Subject {
  return element === undefined ? { task, attempt } : { task, attempt, element };
}
