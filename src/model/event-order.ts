/** The order in which a run can record its lifecycle events: one after the other comes in, the reason why it cannot follow the others goes out. */
import type { RunEvent } from './event.ts';
import { hasEnded, hasResult, isFinished, type RunRecord, type TaskRecord } from './run.ts';

/** Follows one run. It remembers what happened since a process last began or resumed the run, which the run does not tell. */
export class EventOrder {
  /** Tasks, and elements of tasks, that have their outcome. */
  readonly #closed = new Set<string>();
  /** Tasks and elements with an attempt that has begun. */
  readonly #begun = new Set<string>();

  /** `run` is the run before the event. Returns a sentence; undefined when the event can be next. */
  problem(run: RunRecord, event: RunEvent): string | undefined {
    const { topic, task: name, element, attempt } = event;
    if (!fitsPhase(run, event)) return `${topic} cannot follow in a run that is ${run.status}`;
    if (topic === 'run.resumed') {
      this.#closed.clear();
      this.#begun.clear();
    }
    if (name === undefined) return undefined;
    const task = run.tasks.get(name);
    if (element !== undefined && element >= (task?.elements?.length ?? 0))
      return `task "${name}" has no element ${element}`;
    const unit = element === undefined ? name : `${name}[${element}]`;
    if (this.#closed.has(name) || this.#closed.has(unit))
      return `${topic} follows the outcome of task "${unit}"`;
    const record = element === undefined ? task : task?.elements?.[element];
    const isStart = topic === 'run.task.started';
    const problem = isStart
      ? this.#startProblem(unit, attempt, record)
      : attemptProblem(event, unit, record);
    if (isStart) this.#begun.add(unit);
    if (CLOSING.has(topic)) this.#closed.add(unit);
    return problem ?? elementsProblem(event, record);
  }

  #startProblem(
    unit: string,
    attempt: number | undefined,
    record: TaskRecord = NEW,
  ): string | undefined {
    const { attempts: begun, status } = record;
    // An attempt that was withdrawn before it began is begun again under its number.
    const isAgain = attempt === begun && begun > 0 && status !== 'retrying';
    const isNext = attempt === begun + 1 && !(status === 'running' && this.#begun.has(unit));
    return isAgain || isNext
      ? undefined
      : `attempt ${attempt} of task "${unit}" follows attempt ${begun}`;
  }
}

const NEW: TaskRecord = { status: 'pending', attempts: 0 };

function fitsPhase({ status }: RunRecord, { topic }: RunEvent): boolean {
  if (status === 'queued') return WHILE_QUEUED.has(topic);
  return hasEnded(status) ? topic === 'run.resumed' : topic !== 'run.started';
}

/** A run that is waiting can only begin, or end with all its tasks: it is cancelled, or cannot be planned. */
const WHILE_QUEUED: ReadonlySet<string> = new Set([
  'run.started',
  'run.task.cancelled',
  'run.cancelled',
  'run.failed',
]);

function attemptProblem(
  { topic, attempt }: RunEvent,
  unit: string,
  { attempts: begun }: TaskRecord = NEW,
): string | undefined {
  const isNext = attempt === begun + 1 && BEFORE_ITS_BEGINNING.has(topic);
  return attempt === undefined || (attempt === begun && begun > 0) || isNext
    ? undefined
    : `${topic} is about attempt ${attempt} of task "${unit}", of which ${begun} have begun`;
}

/** A command that cannot be made fails before its attempt begins; the progress of an attempt can overtake its beginning. */
const BEFORE_ITS_BEGINNING: ReadonlySet<string> = new Set(['run.task.failed', 'run.task.progress']);

/** A mapped task ends with the last of its elements. */
function elementsProblem(
  { topic, task, attempt }: RunEvent,
  { elements = [] }: TaskRecord = NEW,
): string | undefined {
  if (attempt !== undefined) return undefined;
  const open = elements.findIndex(
    (element) =>
      (topic === 'run.task.succeeded' && !hasResult(element)) ||
      (topic === 'run.task.failed' && !isFinished(element.status)),
  );
  return open === -1 ? undefined : `${topic} follows no outcome of task "${task}[${open}]"`;
}

const CLOSING: ReadonlySet<string> = new Set([
  'run.task.succeeded',
  'run.task.cached',
  'run.task.failed',
  'run.task.timed_out',
  'run.task.skipped',
  'run.task.upstream_failed',
  'run.task.cancelled',
]);
