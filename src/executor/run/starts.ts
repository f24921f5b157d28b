/** Starts attempts on workers: provides their arguments, the streams they write and read, and the ids of their sub-runs. */
import type { Clock } from '../../lib/clock.ts';
import type { LifecycleData, WaitRecord } from '../../model/event.ts';
import { type Expressions, truthOf } from '../../model/expression.ts';
import { childRunId, type RunId, type TaskName } from '../../model/ids.ts';
import type { Work } from '../../model/plan.ts';
import type { EventBus } from '../../store/event-bus.ts';
import { resultIdOf } from '../ports/assignment.ts';
import type { Argument } from '../ports/protocol.ts';
import type { Attempt, Wait, Workforce } from '../ports/workforce.ts';
import type { EarlierStreams } from '../streams/earlier-streams.ts';
import type { LiveStreams } from '../streams/live-streams.ts';
import type { EarlierWork } from './earlier-work.ts';
import type { EarlyStarts } from './early-starts.ts';
import type { Preparation } from './preparation.ts';
import type { RunState } from './run-state.ts';

export interface StartsParts {
  readonly runId: RunId;
  readonly epoch: number;
  readonly run: RunState;
  readonly expressions: Expressions;
  readonly preparation: Preparation;
  readonly streams: LiveStreams;
  readonly earlierStreams: EarlierStreams;
  readonly earlyStarts: EarlyStarts;
  readonly workforce: Workforce;
  readonly earlier: EarlierWork | undefined;
  readonly bus: Pick<EventBus, 'last'>;
  readonly clock: Clock;
}

type WaitWork = Extract<Work, { is: 'wait' }>;

export class Starts {
  readonly #parts: StartsParts;
  readonly #waits = new Map<TaskName, WaitRecord>();

  constructor(parts: StartsParts) {
    this.#parts = parts;
  }

  /** Reserves a slot for the attempt; the returned function sends the attempt. */
  start(attempt: Attempt): () => void {
    const { expressions, run, workforce } = this.#parts;
    const { task, unit } = attempt;
    switch (task.work.is) {
      case 'function':
        return this.#startFunction(attempt);
      case 'pipeline':
        return workforce.startPipeline(attempt, this.#argumentsOf(attempt), this.#childOf(attempt));
      case 'wait':
        return workforce.startWait(attempt, {
          ...this.#waitOf(task.name, task.work),
          meets: this.#conditionOf(attempt, task.work),
        });
      default: {
        const { scope } = run.tasks.preparedFor(unit.index);
        const { command, env } = expressions.shellCommand(task.work.command, scope);
        return workforce.startCommand(attempt, command, env);
      }
    }
  }

  /** Returns what the start of the attempt records about the work of its kind. */
  recordOf(attempt: Attempt): Pick<LifecycleData['run.task.started'], 'childRunId' | 'wait'> {
    const { name, work } = attempt.task;
    if (work.is === 'pipeline') return { childRunId: this.#childOf(attempt) };
    return work.is === 'wait' ? { wait: this.#waitOf(name, work) } : {};
  }

  /** Returns the id of the sub-run. It is the same for attempts with the same input, so that a retry resumes the run of the last one. */
  #childOf({ task, unit: { index, element } }: Attempt): RunId {
    const { run, runId } = this.#parts;
    const key = run.tasks.keyOf(index) ?? undefined;
    return childRunId(runId, [task.name, element?.toString(), key]);
  }

  /** Begins the wait with the newest event there is now, unless an earlier holder of the run began it. */
  #waitOf(task: TaskName, { event, timeout }: WaitWork): WaitRecord {
    const { bus, clock, earlier } = this.#parts;
    let wait = this.#waits.get(task);
    if (wait === undefined) {
      const now = clock.now();
      const until = timeout === null ? null : now + timeout * 1000;
      wait = { event, after: bus.last(), since: now, until, ...earlier?.waits.get(task) };
      this.#waits.set(task, wait);
    }
    return wait;
  }

  #conditionOf({ unit }: Attempt, { when }: WaitWork): Wait['meets'] {
    if (when === undefined) return () => true;
    const { expressions, run } = this.#parts;
    const { scope } = run.tasks.preparedFor(unit.index);
    return (event) => truthOf(expressions.evaluate(when, { ...scope, event: { ...event } }), when);
  }

  #startFunction(attempt: Attempt): () => void {
    const { earlierStreams, epoch, runId, streams, workforce } = this.#parts;
    const { task, unit } = attempt;
    const named = this.#argumentsOf(attempt);
    const stream = streams.open(unit.index, () => {
      return { run: runId, task: task.name, id: resultIdOf(attempt, epoch) };
    });
    const earlier = earlierStreams.of(attempt);
    return workforce.startFunction(attempt, {
      named,
      ...(stream === undefined ? {} : { stream }),
      ...(earlier.length === 0 ? {} : { earlier }),
    });
  }

  #argumentsOf({ task, unit }: Attempt): Record<string, Argument> {
    const { earlyStarts, preparation, run } = this.#parts;
    const named = preparation.argumentsOf(task, run.tasks.preparedFor(unit.index));
    if (task.map !== undefined)
      named[task.map.as] = { is: 'value', value: run.tasks.elementOf(unit) };
    return { ...named, ...earlyStarts.argumentsOf(unit.index) };
  }
}
