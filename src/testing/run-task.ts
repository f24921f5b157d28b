import { asBuffer, decode, encode } from '../io/codec.ts';
import { Fault } from '../model/fault.ts';
import type { TaskContext } from '../registry/authoring/task-context.ts';
import { isTask, type Output } from '../registry/authoring/task-def.ts';
import { guarded } from '../registry/values/check-values.ts';
import { contextOf, type Said, type TaskSurroundings } from './task-surroundings.ts';

export type { TaskSurroundings } from './task-surroundings.ts';

export interface TaskOutcome<Result> {
  /** What the tasks downstream would receive: a stream as an iterable, which runs the task as it is read. */
  readonly output: Result;
  readonly events: Readonly<Said['events']>;
  readonly log: Readonly<Said['log']>;
  readonly progress: Readonly<Said['progress']>;
}

/**
 * Runs a task once, in this thread, as an attempt runs it: with a real context, its schemas enforced, and arguments and results
 * that have been through the form in which results are stored. Throws what the task throws, DP5006 for what does not fit a schema,
 * DP7001 for what cannot be stored.
 */
export function runTask<Input, R>(
  task: ((params: never, ctx: TaskContext) => R) & { readonly '~input': Input },
  args: NoInfer<Input>,
  surroundings?: TaskSurroundings,
): Promise<TaskOutcome<Output<R>>>;
export function runTask<Args, R>(
  task: (params: Args, ctx: TaskContext) => R,
  args: NoInfer<Args>,
  surroundings?: TaskSurroundings,
): Promise<TaskOutcome<Output<R>>>;
export async function runTask(
  task: (params: never, ctx: TaskContext) => unknown,
  args: unknown,
  surroundings: TaskSurroundings = {},
): Promise<TaskOutcome<unknown>> {
  if (typeof task !== 'function') throw new Fault('DP3006', 'runTask() needs a task or a function');
  const said: Said = { events: [], log: [], progress: [] };
  const { fn, options } = isTask(task) ? task : { fn: task, options: {} };
  // The overloads hold the arguments against the function.
  const call = guarded(fn as (given: unknown, ctx: TaskContext) => unknown, options);
  const output = await call(storedArguments(args), contextOf(surroundings, said));
  const isItems = isStream(output, options.streamOutput === true);
  return { output: isItems ? storedItems(output) : stored(output), ...said };
}

function storedArguments(args: unknown): unknown {
  if (typeof args !== 'object' || args === null) return args;
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      isStream(value, false) ? value : stored(value),
    ]),
  );
}

/** Returns the value as it comes back from where results are stored. */
function stored(value: unknown): unknown {
  if (value === undefined) return undefined;
  const { kind, payload } = encode(value);
  return decode(kind, typeof payload === 'string' ? Buffer.from(payload) : asBuffer(payload));
}

async function* storedItems(items: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator {
  for await (const item of items) yield stored(item);
}

/** Tells streams from values like the worker: iterators are streams; with `streamOutput`, every iterable. */
function isStream(
  output: unknown,
  isAnyIterable: boolean,
): output is Iterable<unknown> | AsyncIterable<unknown> {
  if (typeof output !== 'object' || output === null) return false;
  if (Symbol.asyncIterator in output) return true;
  return Symbol.iterator in output && (isAnyIterable || 'next' in output);
}
