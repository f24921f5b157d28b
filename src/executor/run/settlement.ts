/** How a task comes to its outcome: recorded, its output handed on, its dependents told. */
import type { TaskError } from '../../model/event.ts';
import type { Digest, Milliseconds, RunId, TaskName } from '../../model/ids.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import type { ResultRef } from '../../model/result.ts';
import { isFinished } from '../../model/run.ts';
import type { Subject } from './journal.ts';
import type { Ledger } from './ledger.ts';
import type { Outputs } from './outputs.ts';
import { keptStatus } from './resumption.ts';
import type { Ending } from '../../model/trigger-rule.ts';
import { Progress, type Transition } from './progress.ts';
import type { EarlierWork } from './earlier-work.ts';

export interface SettlementParts {
  readonly plan: Plan;
  readonly ledger: Ledger;
  readonly outputs: Outputs;
  /** The task's upstreams and its level let it start. */
  readonly ready: (number: number) => void;
  /** An attempt of a task whose upstream failed is still on the way out; `endLate` follows. */
  readonly postpones: (number: number, because: readonly TaskName[]) => boolean;
  /** The task has an outcome: what was kept for it may go. */
  readonly closed: (number: number) => void;
  readonly stop: (reason: string) => void;
  readonly onFailure: 'continue' | 'stop';
  readonly earlier: EarlierWork | undefined;
}

/** What an attempt, or all elements of a mapped task together, came to. */
export interface Success {
  readonly output: ResultRef;
  readonly inline?: Uint8Array;
  readonly durationMs: Milliseconds;
  readonly key: Digest | null;
}

export interface Defeat {
  readonly reason: 'failed' | 'crashed' | 'timed_out';
  readonly error: TaskError;
  readonly durationMs: Milliseconds;
}

export class Settlement {
  readonly #parts: SettlementParts;
  readonly #tasks: readonly PlannedTask[];
  readonly #progress: Progress;
  readonly #transitions: Transition[] = [];
  #passingOn = false;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
    this.#tasks = parts.plan.tasks;
    this.#progress = new Progress(parts.plan);
  }

  /** What can start with nothing done yet. */
  begin(): void {
    this.#passOn(this.#progress.begin());
  }

  skip(number: number, reason: string): void {
    this.#parts.ledger.record(number, 'skipped', 'run.task.skipped', { reason });
    this.#end(number, 'skipped');
  }

  /** A result from another run stands in. */
  reuse(number: number, output: ResultRef, fromRun: RunId, key: Digest | null): void {
    this.#parts.ledger.record(number, 'cached', 'run.task.cached', { output, fromRun, key });
    this.#parts.outputs.set(this.#tasks[number]!.name, output);
    this.#end(number, 'succeeded');
  }

  /** It succeeded in this run already, under an earlier holder: that is on record. */
  keep(number: number, output: ResultRef, status: 'succeeded' | 'cached'): void {
    this.#parts.ledger.mark(number, status);
    this.#parts.outputs.set(this.#tasks[number]!.name, output);
    this.#end(number, 'succeeded');
  }

  /** Nothing more becomes of it in this run. Its dependents are not asked: they are given up too. */
  giveUp(number: number, reason: string): void {
    this.cancel(number, reason);
    this.#close(number);
  }

  /** What an earlier holder finished stays so, though its turn has not come again. */
  cancel(number: number, reason: string): void {
    const { ledger, earlier } = this.#parts;
    const kept = keptStatus(earlier, this.#tasks[number]!.name);
    if (kept !== undefined) ledger.mark(number, kept);
    else ledger.record(number, 'cancelled', 'run.task.cancelled', { reason });
  }

  succeed(number: number, { inline, ...success }: Success, subject = this.#whole(number)): void {
    const { ledger, outputs } = this.#parts;
    ledger.note(number, 'run.task.succeeded', success, subject);
    ledger.mark(number, 'succeeded');
    outputs.set(this.#tasks[number]!.name, success.output, inline);
    this.#end(number, 'succeeded');
  }

  fail(number: number, defeat: Defeat, subject = this.#whole(number)): void {
    const { ledger, onFailure, stop } = this.#parts;
    const { name, settings, hook } = this.#tasks[number]!;
    noteDefeat(ledger, number, defeat, subject);
    ledger.mark(number, defeat.reason === 'timed_out' ? 'timed_out' : 'failed');
    if (!settings.failSafe && onFailure === 'stop' && hook === undefined)
      stop(`task ${name} failed`);
    this.#end(number, settings.failSafe ? 'forgiven' : 'failed');
  }

  /** An attempt of it is under way before its upstreams have ended. */
  beginEarly(number: number): void {
    this.#progress.beginEarly(number);
  }

  /** None is any more, and it has no outcome. */
  withdraw(number: number): void {
    this.#progress.withdraw(number);
  }

  /** What `postpones` has kept back: its attempt has ended. */
  endLate(number: number, because: readonly TaskName[]): void {
    this.#endWithUpstream(number, because);
    this.#passOn(this.#progress.settle(number, 'upstream_failed'));
  }

  /** That has been passed on. */
  #endWithUpstream(number: number, because: readonly TaskName[]): void {
    this.#parts.ledger.record(number, 'upstream_failed', 'run.task.upstream_failed', { because });
    this.#close(number);
  }

  #whole(number: number): Subject {
    return { task: this.#tasks[number]!.name };
  }

  #end(number: number, ending: Ending): void {
    this.#close(number);
    this.#passOn(this.#progress.settle(number, ending));
  }

  #close(number: number): void {
    this.#parts.closed(number);
    const { statuses } = this.#parts.ledger;
    const released = this.#parts.ledger
      .close(number)
      .filter((task) => !isFinished(statuses[task]!));
    this.#passOn(released.map((task) => ({ task, to: 'ready' })));
  }

  /** Transitions cause more of themselves; they are worked off one by one, so that a long chain is no deep stack. */
  #passOn(transitions: readonly Transition[]): void {
    for (const transition of transitions) this.#transitions.push(transition);
    if (this.#passingOn) return;
    this.#passingOn = true;
    try {
      for (let next = 0; next < this.#transitions.length; next++)
        this.#transit(this.#transitions[next]!);
    } finally {
      this.#transitions.length = 0;
      this.#passingOn = false;
    }
  }

  #transit({ task: number, ...transition }: Transition): void {
    const { ledger, ready } = this.#parts;
    switch (transition.to) {
      case 'ready':
        if (!ledger.holds(number)) ready(number);
        return;
      case 'skipped':
        ledger.record(number, 'skipped', 'run.task.skipped', { reason: transition.reason });
        break;
      case 'upstream_failed':
        if (!this.#parts.postpones(number, transition.because))
          this.#endWithUpstream(number, transition.because);
        return;
    }
    this.#close(number);
  }
}

/** Of a task, or of one element of it. */
export function noteDefeat(
  ledger: Ledger,
  number: number,
  { reason, error, durationMs }: Defeat,
  subject: Subject,
): void {
  if (reason === 'timed_out')
    ledger.note(number, 'run.task.timed_out', { error, durationMs }, subject);
  else ledger.note(number, 'run.task.failed', { reason, error, durationMs }, subject);
}
