/**
 * Tasks that have begun to read live streams: handles their attempts when a stream ends, breaks off or turns out to be none.
 * `early-state.ts` decides; this file carries out the decisions.
 */
import type { Clock } from '../../lib/clock.ts';
import { Fault, impossible } from '../../model/fault.ts';
import type { Milliseconds, TaskName } from '../../model/ids.ts';
import type { Attempt, AttemptOutcome, Unit, Workforce } from '../ports/workforce.ts';
import type { Admission } from '../queue/admission.ts';
import {
  stepOf,
  type EarlyAct,
  type EarlyState,
  type EarlyHappening,
} from '../streams/early-state.ts';
import type { LiveStreams } from '../streams/live-streams.ts';
import { subjectOf } from './journal.ts';
import type { Preparation } from './preparation.ts';
import type { RunState } from './run-state.ts';
import type { Settlement } from './settlement.ts';
import type { TaskEvents } from './task-events.ts';
import type { EarlyTask, PreparedTask, Tries, UnitState } from './task-states.ts';
import type { TimeUp, UnitTimers } from './unit-timers.ts';
import type { Units } from './units.ts';

export interface EarlyTasksParts {
  readonly run: RunState;
  readonly streams: LiveStreams;
  readonly preparation: Preparation;
  readonly admission: Admission;
  readonly settlement: Settlement;
  readonly units: Units;
  readonly timers: UnitTimers;
  readonly workforce: Workforce;
  readonly events: TaskEvents;
  readonly clock: Clock;
}

export class EarlyTasks {
  readonly #parts: EarlyTasksParts;
  /** Indexes of tasks that had an outcome when a stream that they read broke off. */
  readonly #brokenAfterEnd: number[] = [];

  constructor(parts: EarlyTasksParts) {
    this.#parts = parts;
  }

  /** Returns whether the task has begun before all its upstreams have ended. */
  has(index: number): boolean {
    return this.#parts.run.tasks.state(index).is === 'early';
  }

  // --- Events of attempts -------------------------------------------------------------------------

  /** Starts the first attempt of a task whose slots are taken. */
  start(unit: Unit, prepared: PreparedTask): Attempt {
    const { events, run, units } = this.#parts;
    const { index } = unit;
    const before = run.tasks.state(index);
    if (before.is === 'pending')
      events.record(index, { topic: 'run.task.ready', data: { key: null } });
    const tries = before.is === 'early' ? before.tries : units.triesBefore(unit);
    const early = before.is === 'early' && before.early === 'due' ? 'due' : 'waiting';
    const attempt = { unit, task: run.tasks.task(index), number: tries.begun + 1 };
    run.tasks.enter(index, { is: 'early', early, prepared, tries, attempt });
    this.#happens(index, 'begins');
    return attempt;
  }

  begun({ unit: { index }, number }: Attempt): void {
    const task = this.#taskAt(index);
    this.#parts.run.tasks.enter(index, { ...task, tries: { ...task.tries, begun: number } });
  }

  takenBack({ unit: { index }, number }: Attempt): void {
    const task = this.#taskAt(index);
    this.#parts.run.tasks.enter(index, { ...task, tries: { ...task.tries, begun: number - 1 } });
    this.#happens(index, isBroken(task) ? 'is_over' : 'is_taken_back');
  }

  /** Queues the next attempt. Such a task has no time limit, so the timer can only be that of a retry. */
  timeIsUp({ unit: { index } }: TimeUp): void {
    this.#happens(index, 'is_due');
  }

  answered(attempt: Attempt, outcome: AttemptOutcome, durationMs: Milliseconds): void {
    const { units } = this.#parts;
    const { index } = attempt.unit;
    if (isBroken(this.#taskAt(index))) this.#happens(index, 'is_over');
    else if (outcome.is === 'cancelled') this.#happens(index, 'is_cancelled');
    else {
      const delayMs = outcome.is === 'failed' ? units.delayAfter(attempt, outcome) : undefined;
      if (outcome.is === 'failed' && delayMs !== undefined) {
        this.#happens(index, 'fails_and_rests');
        units.waitForRetry(attempt, outcome, delayMs);
      } else this.#happens(index, 'has_outcome', { early: 'held', outcome, durationMs });
    }
  }

  /** The attempt of the task has ended. Readers of its stream are told unless it gave a complete one. */
  ended({ unit: { index } }: Attempt, outcome: AttemptOutcome | undefined): void {
    this.#parts.streams.leave(index);
    const gaveStream = outcome?.is === 'succeeded' && outcome.output.is === 'stream';
    if (!gaveStream) this.#break(index);
  }

  /** Breaks the streams of all direct and indirect readers. It iterates, so that a long chain needs no deep stack. */
  #break(producer: number): void {
    const { run, streams } = this.#parts;
    const broken = [producer];
    for (const index of broken)
      for (const reader of streams.break(index)) {
        const state = run.tasks.state(reader);
        if (state.is !== 'early') continue;
        if (state.early === 'held') this.#brokenAfterEnd.push(reader);
        this.#happens(reader, 'stream_breaks');
        broken.push(reader);
      }
  }

  /** Reports broken streams to readers that had ended; called once the state of the producer is known. */
  settle(): void {
    for (const index of this.#brokenAfterEnd.splice(0)) this.#happens(index, 'is_over');
  }

  // --- Events of upstreams ------------------------------------------------------------------------

  /** The task may start, as all its upstreams have ended accordingly. */
  ready(index: number): void {
    this.#happens(index, 'upstreams_end_well');
  }

  /** An upstream has finally failed. This is recorded later when an attempt of the task is still ending. */
  upstreamFailed(index: number, because: readonly TaskName[]): void {
    this.#happens(index, 'upstream_fails', { early: 'broken_failed', because });
    if (this.#taskAt(index).early !== 'broken_failed')
      this.#parts.settlement.failWithUpstream(index, because);
  }

  // --- A step -------------------------------------------------------------------------------------

  #happens(index: number, happening: EarlyHappening, news?: EarlyNews): void {
    const before = this.#taskAt(index);
    const { state, act } = stepOf(before.early, happening);
    const { is, prepared, attempt } = before;
    const tries = triesAfter(before, act);
    if (state !== 'ordinary' && state !== before.early)
      this.#parts.run.tasks.enter(index, {
        is,
        prepared,
        tries,
        attempt,
        ...stateWith(state, news),
      });
    this.#do(act, { ...before, tries });
  }

  #do(act: EarlyAct, task: EarlyTask): void {
    const { admission, timers, units, workforce, settlement } = this.#parts;
    const { attempt, tries } = task;
    const { unit } = attempt;
    switch (act) {
      case 'nothing':
        return;
      case 'stop':
        workforce.stop(attempt);
        return;
      case 'forget_try':
        timers.forgetRetry(unit, attempt.task);
        return;
      case 'void':
        this.#void(attempt);
        return;
      case 'void_and_start':
        this.#void(attempt);
        this.#confirm(unit.index, { is: 'queued', tries });
        admission.add(unit);
        return;
      case 'start':
        this.#confirm(unit.index, { is: 'queued', tries });
        admission.add(unit);
        return;
      case 'confirm':
        this.#confirm(unit.index, unitIn(task));
        return;
      case 'commit':
        this.#confirm(unit.index, { is: 'running', tries, attempt });
        if (task.early === 'held') units.answered(attempt, task.outcome, task.durationMs);
        return;
      case 'end_with_upstream':
        if (task.early === 'broken_failed') settlement.failLate(unit.index, task.because);
        return;
      default:
        impossible(act);
    }
  }

  /** Turns the task into an ordinary one, whose cache key is final. */
  #confirm(index: number, unit: UnitState): void {
    const { preparation, run } = this.#parts;
    const prepared = preparation.prepareNow(run.tasks.task(index));
    run.tasks.enter(index, { is: 'open', prepared, unit });
  }

  /** Voids the attempt, because a stream that it read broke off. */
  #void(attempt: Attempt): void {
    const { clock, events, run } = this.#parts;
    if (!run.mayStart) return;
    const message = 'a stream that it was reading broke off';
    const error = { name: 'UpstreamFailed', message, code: 'DP7005' };
    const data = { reason: 'upstream_failed', error, delayMs: 0, dueAt: clock.now() } as const;
    const subject = subjectOf(attempt);
    events.record(attempt.unit.index, { topic: 'run.task.retrying', data, subject });
  }

  #taskAt(index: number): EarlyTask {
    const state = this.#parts.run.tasks.state(index);
    if (state.is === 'early') return state;
    throw new Fault('DP9001', `task ${index} did not begin early`);
  }
}

type HeldTask = Extract<EarlyTask, { early: 'held' }>;
type BrokenTask = Extract<EarlyTask, { early: 'broken_failed' }>;

/** Fields that depend on the state. */
type EarlyNews =
  | Pick<HeldTask, 'early' | 'outcome' | 'durationMs'>
  | Pick<BrokenTask, 'early' | 'because'>;

function stateWith(
  early: Exclude<EarlyState, 'ordinary'>,
  news: EarlyNews | undefined,
): EarlyNews | { readonly early: Exclude<EarlyState, EarlyNews['early'] | 'ordinary'> } {
  if (early !== 'held' && early !== 'broken_failed') return { early };
  if (news?.early === early) return news;
  throw new Fault('DP9001', `an early task is ${early} for no reason`);
}

const isBroken = ({ early }: EarlyTask): boolean => early.startsWith('broken');

/** Returns the tries after an act. Attempts that were voided by a broken stream use up no retries. */
function triesAfter({ tries, attempt }: EarlyTask, act: EarlyAct): Tries {
  if (act === 'void' || act === 'void_and_start') return { ...tries, uncounted: attempt.number };
  return act === 'forget_try' ? { ...tries, uncounted: tries.begun } : tries;
}

/** Converts the state of an early task to that of an ordinary unit. */
function unitIn({ early, tries, attempt }: EarlyTask): UnitState {
  if (early === 'resting') return { is: 'waiting_for_retry', tries };
  return { is: attempt.number > tries.begun ? 'sent' : 'running', tries, attempt };
}
