/** What differs between two plans or runs, as plain data: why a task runs again. */
import type { Digest, RunId, TaskName } from './ids.ts';
import type { Json } from './json.ts';
import type { Decision } from './plan.ts';

export const DIFFERENCE_PARTS = [
  'task',
  'definition',
  'edge',
  'file',
  'lock_file',
  'compile_options',
  'code',
  'param',
  'env',
  'node',
  'upstream',
  'input',
] as const;

/**
 * One part of a key that is not what it was. A side that is absent did not have it.
 * `file` and `input` carry digests, `param` and `definition` values, `env` nothing but its name.
 */
export interface Difference {
  readonly part: (typeof DIFFERENCE_PARTS)[number];
  /** Of the file, parameter, variable, upstream task or key of the definition. */
  readonly name: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** Why the plan decides about a task as it does. */
export interface TaskWhy {
  readonly task: TaskName;
  /** Null while an input is not known yet. */
  readonly key: Digest | null;
  readonly action: Decision['action'];
  readonly reason: string;
  /** The run it is compared with; absent when there is none with an outcome of the task. */
  readonly against?: RunId;
  readonly differences: readonly Difference[];
  /** Upstreams that run first and whose results it sees: why they run is why it runs. */
  readonly waitsFor: readonly TaskName[];
  /** What is no difference and yet a reason, and what could not be compared; in sentences. */
  readonly notes: readonly string[];
}
