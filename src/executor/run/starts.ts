/** Starts attempts on workers: provides their arguments, the streams they write and read, and the ids of their sub-runs. */
import type { Expressions } from '../../model/expression.ts';
import { childRunId, type RunId } from '../../model/ids.ts';
import { resultIdOf } from '../ports/assignment.ts';
import type { Argument } from '../ports/protocol.ts';
import type { Attempt, Workforce } from '../ports/workforce.ts';
import type { EarlierStreams } from '../streams/earlier-streams.ts';
import type { LiveStreams } from '../streams/live-streams.ts';
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
}

export class Starts {
  readonly #parts: StartsParts;

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
        return workforce.startPipeline(attempt, this.#argumentsOf(attempt), this.childOf(attempt));
      default: {
        const { scope } = run.tasks.preparedFor(unit.index);
        const { command, env } = expressions.shellCommand(task.work.command, scope);
        return workforce.startCommand(attempt, command, env);
      }
    }
  }

  /** Returns the id of the sub-run. It is the same for attempts with the same input, so that a retry resumes the run of the last one. */
  childOf({ task, unit: { index, element } }: Attempt): RunId {
    const { run, runId } = this.#parts;
    const key = run.tasks.keyOf(index) ?? undefined;
    return childRunId(runId, [task.name, element?.toString(), key]);
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
