/** Builds the message that tells a worker to carry out a function job. */
import { serialize } from 'node:v8';
import { Fault } from '../../model/fault.ts';
import type { RunId } from '../../model/ids.ts';
import type { Job } from './worker.ts';
import type { Argument, Assignment, SentArgument } from './protocol.ts';
import type { Attempt } from './workforce.ts';

export function assignmentFor(
  { token, attempt, resultId, input, waiting }: Job,
  run: RunId,
): Assignment {
  const { work, name, settings } = attempt.task;
  if (work.is !== 'function' || input.is !== 'function')
    throw new Fault('DP9001', `a ${work.is} was started as a function`);
  const { named, stream, earlier } = input.given;
  const { heartbeat } = settings;
  return {
    is: 'attempt',
    token,
    ...nameOf(attempt),
    module: work.module,
    function: work.task,
    arguments: sentArguments(named),
    streamOutput: settings.streamOutput,
    resultId,
    key: idempotencyKey(run, name, attempt.unit.element),
    isResumable: settings.resumable === true,
    ...(settings.cache === false ? {} : { isObserved: true }),
    ...(earlier === undefined ? {} : { earlier }),
    ...(stream === undefined ? {} : { stream }),
    ...(waiting === undefined ? {} : { waiting: waiting.memory }),
    ...(heartbeat === null ? {} : { heartbeatMs: heartbeat * 1000 }),
  };
}

function sentArguments(named: Readonly<Record<string, Argument>>): Assignment['arguments'] {
  const sent: Record<string, SentArgument> = {};
  for (const [name, argument] of Object.entries(named)) {
    const isObject = argument.is === 'value' && typeof argument.value === 'object';
    sent[name] = isObject ? { is: 'serialized', bytes: serialize(argument.value) } : argument;
  }
  return sent;
}

/** Returns a result name that is unique among all attempts, elements and holders of the run. */
export function resultIdOf({ unit, number }: Attempt, epoch: number): string {
  const attempt = `a${number}.${epoch}`;
  return unit.element === undefined ? attempt : `e${unit.element}.${attempt}`;
}

/** Returns the parts of the attempt's log file name. */
export function nameOf({ task, number, unit: { element } }: Attempt): {
  readonly task: string;
  readonly attempt: number;
  readonly element?: number;
} {
  return { task: task.name, attempt: number, ...(element === undefined ? {} : { element }) };
}

/** Returns the idempotency key that a task can pass to external services; it is the same in each attempt. */
function idempotencyKey(run: RunId, task: string, element: number | undefined): string {
  return element === undefined ? `${run}/${task}` : `${run}/${task}/${element}`;
}
