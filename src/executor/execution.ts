/**
 * One running run: the loop that passes events to the run's state and carries out the resulting actions.
 * The actions are decided in `run/`; nothing there calls back.
 */
import type { Timer } from '../lib/clock.ts';
import { impossible } from '../model/fault.ts';
import type { Milliseconds } from '../model/ids.ts';
import { withReason } from '../model/recorded-reason.ts';
import type { RunEnding } from '../model/run.ts';
import type { Attempt, AttemptOutcome, Unit } from './ports/workforce.ts';
import type { ExecuteRequest, RunHandle } from './request.ts';
import type { EarlyTasks } from './run/early-tasks.ts';
import { subjectOf } from './run/journal.ts';
import { expressionFault } from './run/preparation.ts';
import { recordBeginning, recordEnd } from './run/run-events.ts';
import type { RunAct, RunHappening } from './run/run-phase.ts';
import type { Consequence } from './run/settlement.ts';
import type { TimeUp } from './run/unit-timers.ts';
import type { Units } from './run/units.ts';
import { wire, type ExecutionPorts, type Loop, type RunParts } from './wiring.ts';
import { describeError } from './worker/task-error.ts';

export class Execution implements RunHandle, Loop {
  readonly ended: Promise<RunEnding>;
  readonly #request: ExecuteRequest;
  readonly #ports: ExecutionPorts;
  readonly #parts: RunParts;
  readonly #promised: PromiseWithResolvers<RunEnding> = Promise.withResolvers();
  /** Start of the run on the monotonic clock. */
  readonly #begunAt: Milliseconds;
  #turn: Timer | undefined;
  /** Limits the time of the tasks, and that of the hooks after a cancellation. */
  #runTimer: Timer | undefined;

  constructor(request: ExecuteRequest, ports: ExecutionPorts) {
    this.#request = request;
    this.#ports = ports;
    this.#begunAt = ports.clock.elapsed();
    this.#parts = wire(request, ports, this);
    this.ended = this.#promised.promise;
    this.#happens(() => this.#begin());
  }

  cancel(words: string, how: 'drain' | 'kill'): void {
    if (this.#parts.run.isOver) return;
    this.#happens(() => this.#meets({ is: 'cancelled', reason: { is: 'cancelled', words }, how }));
  }

  #begin(): void {
    const { journal, outputs, settlement } = this.#parts;
    const { plan, owner, earlier } = this.#request;
    if (earlier === undefined) recordBeginning(journal, this.#request);
    else journal.record('run.resumed', { owner });
    for (const [task, { output }] of plan.given) outputs.set(task, output);
    const { timeout: limit } = plan;
    if (limit !== null) this.#limitTime(limit * 1000, { is: 'timed_out', limit });
    settlement.begin();
  }

  // --- Events -------------------------------------------------------------------------------------

  begun(attempt: Attempt, token: number, worker: number): void {
    const { journal, run, starts, streams } = this.#parts;
    run.hasBegun = true;
    this.#stateOf(attempt).begun(attempt);
    streams.begun(attempt.unit.index);
    const started = { worker, token: `${this.#request.epoch}.${token}` };
    const data = { ...started, ...starts.recordOf(attempt) };
    journal.record('run.task.started', data, subjectOf(attempt));
  }

  progressed(attempt: Attempt, done: number, total: number | null): void {
    this.#parts.journal.record('run.task.progress', { done, total }, subjectOf(attempt));
    this.wake();
  }

  published(attempt: Attempt, topic: string, data: unknown): void {
    this.#parts.journal.publish(topic, data, subjectOf(attempt));
    this.wake();
  }

  roomLeft(): void {
    this.wake();
  }

  takenBack(attempt: Attempt): void {
    this.#happens(() => {
      this.#leave(attempt, undefined);
      this.#stateOf(attempt).takenBack(attempt);
    });
  }

  answered(attempt: Attempt, outcome: AttemptOutcome, durationMs: Milliseconds): void {
    this.#happens(() => {
      this.#leave(attempt, outcome);
      this.#stateOf(attempt).answered(attempt, outcome, durationMs);
    });
  }

  /** Releases the slots and streams of the attempt. */
  #leave(attempt: Attempt, outcome: AttemptOutcome | undefined): void {
    const { admission, early } = this.#parts;
    admission.giveBack(attempt.unit);
    early.ended(attempt, outcome);
  }

  timeIsUp(timeUp: TimeUp): void {
    this.#happens(() => this.#stateOf(timeUp).timeIsUp(timeUp));
  }

  /** Returns the state machine that is responsible for the unit. */
  #stateOf({ unit: { index } }: { readonly unit: Unit }): Units | EarlyTasks {
    const { early, units } = this.#parts;
    return early.has(index) ? early : units;
  }

  /** Applies a change, handles its consequences, and schedules a turn. */
  #happens(something: () => void): void {
    try {
      something();
      this.#followUp();
      this.#parts.early.settle();
      this.#followUp();
      this.wake();
    } catch (error) {
      this.failed(error);
    }
  }

  #followUp(): void {
    const { settlement } = this.#parts;
    for (let next; (next = settlement.next()) !== undefined;) this.#do(next);
  }

  #do(next: Consequence): void {
    const { early } = this.#parts;
    switch (next.is) {
      case 'stop':
        this.#meets({ is: 'task_failed', reason: next.reason });
        return;
      case 'ready':
        if (early.has(next.index)) early.ready(next.index);
        else this.#arrive(next.index);
        return;
      case 'early_upstream_failed':
        early.upstreamFailed(next.index, next.because);
        return;
      default:
        impossible(next);
    }
  }

  #arrive(index: number): void {
    const { readiness, run } = this.#parts;
    if (run.tasks.task(index).hook !== undefined) this.#meets({ is: 'hooks_turn' });
    readiness
      .arrive(index)
      ?.then((turn) => this.#happens(() => readiness.loaded(index, turn)))
      .catch((error: unknown) => this.failed(error));
  }

  // --- The phase of the run -----------------------------------------------------------------------

  #meets(happening: RunHappening): void {
    for (const act of this.#parts.run.meets(happening)) this.#act(act);
  }

  #act(act: RunAct): void {
    const { admission, run, timers, workforce } = this.#parts;
    switch (act) {
      case 'start_nothing':
        workforce.recallAll();
        admission.clear();
        timers.startNothing();
        return;
      case 'drain':
        if (!workforce.isIdle) this.#recordStopping();
        workforce.stopAll(act);
        return;
      case 'kill':
        workforce.stopAll(act);
        return;
      case 'clear_time_limit':
        this.#runTimer?.clear();
        return;
      case 'give_hooks_the_grace': {
        const { stop } = run;
        if (stop === undefined) return;
        const { reason } = stop;
        this.#limitTime(this.#request.graceMs, { is: 'cancelled', reason, how: 'kill' });
        return;
      }
      default:
        impossible(act);
    }
  }

  #recordStopping(): void {
    const { journal, run } = this.#parts;
    const { graceMs } = this.#request;
    if (run.stop !== undefined)
      journal.record('run.stopping', { ...withReason(run.stop.reason), graceMs });
  }

  #limitTime(ms: Milliseconds, late: RunHappening): void {
    this.#runTimer = this.#ports.clock.after(ms, () => this.#happens(() => this.#meets(late)));
  }

  // --- A turn -------------------------------------------------------------------------------------

  /** Stores and publishes the events since the last turn, then records and starts the units that may start. */
  wake(): void {
    if (this.#parts.run.isOver) return;
    this.#turn ??= this.#ports.clock.soon(() => {
      this.#turn = undefined;
      try {
        this.#takeTurn();
      } catch (error) {
        this.failed(error);
      }
    });
  }

  #takeTurn(): void {
    const { journal, reusable } = this.#parts;
    const sends = this.#pickStarts();
    journal.commit(reusable.take());
    for (const send of sends) send();
    if (this.#isDone() && !this.#giveWayToHooks())
      this.#finish().catch((error: unknown) => this.#promised.reject(error));
  }

  #pickStarts(): (() => void)[] {
    const { admission, earlyStarts, run, starts, units, workforce } = this.#parts;
    const sends: (() => void)[] = [];
    while (run.mayStart) {
      const { room } = workforce;
      const unit = admission.take(room);
      const attempt = unit === undefined ? earlyStarts.start(room) : units.start(unit);
      if (attempt === undefined) break;
      try {
        sends.push(starts.start(attempt));
      } catch (error) {
        const defeat = { error: describeError(expressionFault(error)), durationMs: 0 };
        admission.giveBack(attempt.unit);
        units.fail(attempt, { reason: 'failed', ...defeat });
        this.#followUp();
      }
    }
    return sends;
  }

  // --- The end ------------------------------------------------------------------------------------

  #isDone(): boolean {
    const { levels, run, workforce } = this.#parts;
    if (levels.haveEnded) return true;
    return !run.mayStart && workforce.isIdle && !run.tasks.isPreparing;
  }

  /** Cancels the remaining tasks of a stopped run once nothing is running, so that the hooks can start. */
  #giveWayToHooks(): boolean {
    const { admission, run, settlement } = this.#parts;
    const { phase, hasHooks } = run;
    if (!hasHooks || phase.is !== 'stopping' || phase.whom !== 'tasks') return false;
    const { reason } = phase.stop;
    this.#happens(() => {
      // Tasks may have become ready after a task that was still running when the run was stopped.
      admission.clear();
      settlement.giveWayToHooks(reason);
    });
    return true;
  }

  /** Flushes the results to disk, then records the end of the run, then flushes the record; a run that works for another leaves that to it. */
  async #finish(): Promise<void> {
    const { journal, reusable, run } = this.#parts;
    if (run.isOver) return;
    this.#meets({ is: 'over' });
    const { parent, runId } = this.#request;
    const { store, io } = this.#ports;
    try {
      await Promise.all([io.flush(runId), reusable.settled()]);
      const ending = recordEnd(this.#parts, this.#ports.clock.elapsed() - this.#begunAt);
      journal.commit(reusable.take());
      store.release(runId);
      if (parent === undefined) store.flush();
      this.#promised.resolve(ending);
    } finally {
      await this.#tidy();
    }
  }

  async #tidy(): Promise<void> {
    const { admission, journal, streams, timers, workforce } = this.#parts;
    this.#runTimer?.clear();
    this.#turn?.clear();
    timers.close();
    streams.stop();
    admission.clear();
    await workforce.close();
    await journal.told();
  }

  /** Ends the run without recording anything more: the disk or the state failed, or dp has a bug. */
  failed(error: unknown): void {
    if (this.#parts.run.isOver) return;
    this.#meets({ is: 'over' });
    void this.#giveUp(error);
  }

  async #giveUp(error: unknown): Promise<void> {
    try {
      await this.#tidy();
    } finally {
      this.#promised.reject(error);
    }
  }
}
