/** An order as a worker reads it. */
import { Fault } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import type { Order } from './crew.ts';
import type { Assignment } from './protocol.ts';
import type { Attempt, Given } from './workforce.ts';

export function assignmentFor(
  { token, attempt, resultId, waiting }: Order,
  { named, stream, earlier }: Given,
  run: RunId,
): Assignment {
  const { work, name, settings } = attempt.task;
  if (work.is !== 'function') throw new Fault('DP9001', 'a command was started as a function');
  const { heartbeat } = settings;
  return {
    is: 'attempt',
    token,
    ...nameOf(attempt),
    module: work.module,
    function: work.task,
    arguments: named,
    streamOutput: settings.streamOutput,
    resultId,
    key: idempotencyKey(run, name, attempt.unit.element),
    isResumable: settings.resumable === true,
    ...(earlier === undefined ? {} : { earlier }),
    ...(stream === undefined ? {} : { stream }),
    ...(waiting === undefined ? {} : { waiting: waiting.memory }),
    ...(heartbeat === null ? {} : { heartbeatMs: heartbeat * 1000 }),
  };
}

/** No two attempts, elements or holders of the run share a result. */
export function resultIdOf({ unit, number }: Attempt, epoch: number): string {
  const attempt = `a${number}.${epoch}`;
  return unit.element === undefined ? attempt : `e${unit.element}.${attempt}`;
}

/** Under which its log is kept. */
export function nameOf({ task, number, unit: { element } }: Attempt): {
  readonly task: string;
  readonly attempt: number;
  readonly element?: number;
} {
  return { task: task.name, attempt: number, ...(element === undefined ? {} : { element }) };
}

/** Stable across attempts: what a task hands to services that take an idempotency key. */
function idempotencyKey(run: RunId, task: string, element: number | undefined): string {
  return element === undefined ? `${run}/${task}` : `${run}/${task}/${element}`;
}
