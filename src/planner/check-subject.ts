/** The subjects of the text that the compiler checks: what a piece of it stands for in the pipeline. */
import type { Place } from '../model/diagnostic.ts';
import type { Parameter, TaskDefinition } from '../model/task.ts';
import type { CheckedTask, WiredEdge } from './wiring.ts';

export type CheckSubject =
  | { readonly is: 'condition'; readonly task: CheckedTask; readonly at: Place }
  | CallSubject
  | EdgeSubject
  | ValueSubject;

interface CalledTask {
  readonly task: CheckedTask;
  readonly definition: TaskDefinition;
}

export interface CallSubject extends CalledTask {
  readonly is: 'call';
}

export interface EdgeSubject extends CalledTask {
  readonly is: 'edge';
  readonly edge: WiredEdge;
  readonly parameter: string;
  readonly upstream: CheckedTask | undefined;
  readonly mayBeAbsent: boolean;
}

/** A value under `with`, or the elements of the list that a mapped task receives. */
export interface ValueSubject extends CalledTask {
  readonly is: 'value' | 'element';
  readonly parameter: string;
  readonly at: Place;
}

export function parameterOf({ parameters }: TaskDefinition, name: string): Parameter | undefined {
  return parameters.is === 'known'
    ? parameters.list.find((parameter) => parameter.name === name)
    : undefined;
}
