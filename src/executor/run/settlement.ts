/** Settles tasks: records their outcomes, passes on their outputs, and derives the consequences for their dependents. */
import type { LifecycleData } from '../../model/event.ts';
import { impossible } from '../../model/fault.ts';
import type { Milliseconds, TaskName } from '../../model/ids.ts';
import {
  withReason,
  type RunStopReason,
  type TaskSkipReason,
} from '../../model/recorded-reason.ts';
import type { KeptOutputs } from '../../model/kept-outputs.ts';
import type { InputNote, SeenRead } from '../../model/input-note.ts';
import type { ResultRef } from '../../model/result.ts';
import type { Ending } from '../../model/trigger-rule.ts';
import type { LiveStreams } from '../streams/live-streams.ts';
import { keptStatus, type EarlierWork } from './earlier-work.ts';
import type { EventSubject } from './journal.ts';
import type { Levels } from './levels.ts';
import type { Outputs } from './outputs.ts';
import { Progress, type Transition } from './progress.ts';
import type { Reusable } from './reusable.ts';
import type { Defeat, TaskEvents } from './task-events.ts';
import type { FinishedStatus } from './task-states.ts';
import type { Tasks } from './tasks.ts';

export interface SettlementParts {
  readonly tasks: Tasks;
  readonly levels: Levels;
  readonly events: TaskEvents;
  readonly outputs: Outputs;
  readonly reusable: Reusable;
  readonly streams: LiveStreams;
  readonly onFailure: 'continue' | 'stop';
  readonly earlier: EarlierWork | undefined;
}

/** Success of an attempt, or of all elements of a mapped task together. */
export interface Success {
  readonly output: ResultRef;
  readonly inline?: Uint8Array;
  readonly holdsSecret?: true;
  /** What was read for it; undefined when nobody knows. */
  readonly seen: readonly SeenRead[] | undefined;
  readonly outputs?: KeptOutputs;
  /** What the reused parts of it depend on. */
  readonly notes?: readonly InputNote[];
  readonly durationMs: Milliseconds;
}

/** Action that the outcomes of tasks require from the run. */
export type Consequence =
  /** A failure stops the run. */
  | { readonly is: 'stop'; readonly reason: RunStopReason }
  /** The task's upstreams and its level let it start. */
  | { readonly is: 'ready'; readonly index: number }
  /** An upstream has finally failed while an early attempt of the task is running. */
  | {
      readonly is: 'early_upstream_failed';
      readonly index: number;
      readonly because: readonly TaskName[];
    };

export class Settlement {
  readonly #parts: SettlementParts;
  readonly #progress: Progress;
  /** Transitions to process. The list is processed by a loop, so that a long chain needs no deep stack. */
  readonly #transitions: Transition[] = [];
  #next = 0;
  /** Endings that are propagated once all transitions are processed. */
  readonly #endings: { readonly index: number; readonly ending: Ending }[] = [];
  #stop: RunStopReason | undefined;

  constructor(parts: SettlementParts) {
    this.#parts = parts;
    this.#progress = new Progress(parts.tasks);
  }

  /** Releases the tasks that can start at the beginning of the run. */
  begin(): void {
    this.#passOn(this.#progress.begin());
  }

  /** Returns the next action for the run; undefined when the outcomes so far require none. */
  next(): Consequence | undefined {
    const reason = this.#stop;
    this.#stop = undefined;
    if (reason !== undefined) return { is: 'stop', reason };
    for (let transition; (transition = this.#nextTransition()) !== undefined;) {
      const consequence = this.#transit(transition);
      if (consequence !== undefined) return consequence;
    }
    return undefined;
  }

  #nextTransition(): Transition | undefined {
    const transition = this.#transitions[this.#next++];
    if (transition !== undefined) return transition;
    this.#transitions.length = 0;
    this.#next = 0;
    const ended = this.#endings.shift();
    if (ended === undefined) return undefined;
    this.#passOn(this.#progress.settle(ended.index, ended.ending));
    return this.#nextTransition();
  }

  skip(index: number, reason: TaskSkipReason): void {
    this.#recordSkip(index, reason);
    this.#end(index, 'skipped', 'skipped');
  }

  /** Settles a task with a reused result of another run. */
  reuse(index: number, data: LifecycleData['run.task.cached']): void {
    const { events, outputs, tasks } = this.#parts;
    events.record(index, { topic: 'run.task.cached', data });
    outputs.set(tasks.task(index).name, data.output);
    this.#end(index, 'cached', 'succeeded');
  }

  /** Settles a task that succeeded under an earlier holder of this run, which is already recorded. */
  keep(index: number, output: ResultRef, status: 'succeeded' | 'cached'): void {
    const { outputs, tasks } = this.#parts;
    outputs.set(tasks.task(index).name, output);
    this.#end(index, status, 'succeeded');
  }

  succeed(
    index: number,
    { inline, seen, notes, outputs: kept, ...success }: Success,
    subject?: EventSubject,
  ): void {
    const { events, outputs, reusable, tasks } = this.#parts;
    const task = tasks.task(index);
    const key = tasks.keyOf(index);
    const data = { ...success, key };
    reusable.note(task, { key, output: success.output, seen, notes, outputs: kept });
    const about = subject === undefined ? {} : { subject };
    events.record(index, { topic: 'run.task.succeeded', data, ...about });
    outputs.set(task.name, success.output, inline);
    this.#end(index, 'succeeded', 'succeeded');
  }

  fail(index: number, defeat: Defeat, subject?: EventSubject): void {
    const { events, onFailure, tasks } = this.#parts;
    const { name, settings, hook } = tasks.task(index);
    events.failed(index, defeat, subject);
    if (!settings.failSafe && onFailure === 'stop' && hook === undefined)
      this.#stop ??= { is: 'task_failed', task: name };
    const status = defeat.reason === 'timed_out' ? 'timed_out' : 'failed';
    this.#end(index, status, settings.failSafe ? 'forgiven' : 'failed');
  }

  /** Fails a task whose early attempt has ended after an upstream had failed. */
  failLate(index: number, because: readonly TaskName[]): void {
    this.#recordUpstreamFailure(index, because);
    this.#end(index, 'upstream_failed', 'upstream_failed');
  }

  /** Fails a task without a running attempt because of an upstream. Its dependents have already been told. */
  failWithUpstream(index: number, because: readonly TaskName[]): void {
    this.#recordUpstreamFailure(index, because);
    this.#close(index, 'upstream_failed');
  }

  /** Cancels the tasks without an outcome, in reverse plan order, so that the hooks can start. */
  giveWayToHooks(why: RunStopReason): void {
    const { tasks } = this.#parts;
    for (const index of [...tasks.tasks.keys()].toReversed())
      if (tasks.task(index).hook === undefined && !tasks.isFinished(index))
        this.#close(index, this.#cancel(index, why));
  }

  /** Cancels all tasks without an outcome, as the run ends. */
  cancelRest(why: RunStopReason): void {
    const { tasks } = this.#parts;
    for (const index of tasks.tasks.keys())
      if (!tasks.isFinished(index))
        tasks.enter(index, { is: 'finished', status: this.#cancel(index, why) });
  }

  /** Cancels a task, unless an earlier holder finished it. Returns the final status of the task. */
  #cancel(index: number, why: RunStopReason): FinishedStatus {
    const { events, earlier, tasks } = this.#parts;
    const kept = keptStatus(earlier, tasks.task(index).name);
    if (kept === undefined)
      events.record(index, { topic: 'run.task.cancelled', data: withReason(why) });
    return kept ?? 'cancelled';
  }

  #recordSkip(index: number, reason: TaskSkipReason): void {
    this.#parts.events.record(index, { topic: 'run.task.skipped', data: withReason(reason) });
  }

  #recordUpstreamFailure(index: number, because: readonly TaskName[]): void {
    this.#parts.events.record(index, { topic: 'run.task.upstream_failed', data: { because } });
  }

  /** Ends a task. A level that this opens is processed before the dependents of the task. */
  #end(index: number, status: FinishedStatus, ending: Ending): void {
    const isFollowing = this.#transitions.length > 0;
    this.#close(index, status);
    if (isFollowing) this.#passOn(this.#progress.settle(index, ending));
    else this.#endings.push({ index, ending });
  }

  #close(index: number, status: FinishedStatus): void {
    const { events, streams, tasks } = this.#parts;
    tasks.enter(index, { is: 'finished', status });
    streams.close(index);
    for (const released of events.closed(index))
      if (!tasks.isFinished(released)) this.#transitions.push({ index: released, to: 'ready' });
  }

  #passOn(transitions: readonly Transition[]): void {
    for (const transition of transitions) this.#transitions.push(transition);
  }

  #transit(transition: Transition): Consequence | undefined {
    const { levels, tasks } = this.#parts;
    const { index } = transition;
    switch (transition.to) {
      case 'ready':
        return levels.holds(tasks.task(index).level, index) ? undefined : { is: 'ready', index };
      case 'skipped':
        this.#recordSkip(index, transition.reason);
        this.#close(index, 'skipped');
        return undefined;
      case 'upstream_failed': {
        const { because } = transition;
        if (tasks.state(index).is === 'early')
          return { is: 'early_upstream_failed', index, because };
        this.failWithUpstream(index, because);
        return undefined;
      }
      default:
        return impossible(transition);
    }
  }
}
