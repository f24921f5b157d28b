/**
 * Decides which tasks may start next: a pure state machine over the plan's edges.
 * Endings come in, transitions go out; linear over a whole run, no recursion.
 */
import type { TaskName } from '../../model/ids.ts';
import type { TaskSkipReason } from '../../model/recorded-reason.ts';
import { ruleSkip, verdictOf, type Ending, type UpstreamCounts } from '../../model/trigger-rule.ts';
import type { Tasks } from './tasks.ts';

/** A transition that the run must act on. The two endings among them have already been propagated. */
export type Transition =
  | { readonly index: number; readonly to: 'ready' }
  | { readonly index: number; readonly to: 'skipped'; readonly reason: TaskSkipReason }
  | {
      readonly index: number;
      readonly to: 'upstream_failed';
      readonly because: readonly TaskName[];
    };

export class Progress {
  readonly #tasks: Tasks;
  /** Counts of each task's upstreams by status, by task index; undefined once the task is decided. */
  readonly #counts: (Counts | undefined)[];
  readonly #endings: (Ending | undefined)[] = [];

  constructor(tasks: Tasks) {
    this.#tasks = tasks;
    this.#counts = tasks.tasks.map(({ dependsOn }, index) => countsBefore(tasks, dependsOn, index));
  }

  /** Returns the transitions of tasks that can start at the beginning of the run. */
  begin(): Transition[] {
    const transitions: Transition[] = [];
    for (const index of this.#counts.keys()) this.#decide(index, transitions);
    return this.#passOn(transitions);
  }

  /** Records the end of a task: it ran, was cached, was skipped by `when`, or began early and failed. */
  settle(index: number, ending: Ending): Transition[] {
    const transitions: Transition[] = [];
    this.#counts[index] = undefined;
    this.#count(index, ending, transitions);
    return this.#passOn(transitions);
  }

  /** Propagates endings among the transitions; the list grows while it is walked. */
  #passOn(transitions: Transition[]): Transition[] {
    for (const { index, to } of transitions)
      if (to !== 'ready' && !this.#tasks.isUnderWayEarly(index))
        this.#count(index, to, transitions);
    return transitions;
  }

  #count(index: number, ending: Ending, transitions: Transition[]): void {
    this.#endings[index] = ending;
    for (const dependent of this.#tasks.downstreamsOf(index)) {
      const counts = this.#counts[dependent];
      if (counts === undefined) continue;
      if (ending === 'upstream_failed') counts.upstreamFailed++;
      else counts[ending]++;
      this.#decide(dependent, transitions);
    }
  }

  #decide(index: number, transitions: Transition[]): void {
    const counts = this.#counts[index];
    if (counts === undefined) return;
    const { triggerRule: rule } = this.#tasks.task(index).settings;
    const verdict = verdictOf(rule, counts);
    if (verdict === 'wait') return;
    this.#counts[index] = undefined;
    if (verdict === 'run') transitions.push({ index, to: 'ready' });
    else if (verdict === 'skip') {
      const facts = ruleSkip(rule, this.#endedBefore(index));
      transitions.push({ index, to: 'skipped', reason: { is: 'trigger_rule', ...facts } });
    } else transitions.push({ index, to: 'upstream_failed', because: this.#failuresBefore(index) });
  }

  /** Returns the upstream failures that are tolerated only when there are no others. */
  #failuresBefore(index: number): TaskName[] {
    const ended = [...this.#endedBefore(index)];
    const those = (...endings: Ending[]): TaskName[] =>
      ended.filter(([, ending]) => endings.includes(ending)).map(([name]) => name);
    const failed = those('failed', 'upstream_failed');
    return failed.length > 0 ? failed : those('forgiven');
  }

  /** Returns the direct upstreams that have ended; a task outside the selection counts as succeeded, by its stored output. */
  #endedBefore(index: number): Map<TaskName, Ending> {
    const ended = new Map<TaskName, Ending>();
    for (const { task: name } of this.#tasks.task(index).dependsOn) {
      const upstream = this.#tasks.indexOf(name);
      const ending = upstream === undefined ? 'succeeded' : this.#endings[upstream];
      if (ending !== undefined) ended.set(name, ending);
    }
    return ended;
  }
}

type Counts = { -readonly [K in keyof UpstreamCounts]: UpstreamCounts[K] };

function countsBefore(
  tasks: Tasks,
  dependsOn: readonly { readonly task: TaskName }[],
  index: number,
): Counts {
  const outside = new Set<TaskName>();
  for (const { task } of dependsOn) if (tasks.indexOf(task) === undefined) outside.add(task);
  const succeeded = outside.size;
  const total = succeeded + (tasks.upstreams[index]?.length ?? 0);
  return { total, succeeded, failed: 0, forgiven: 0, skipped: 0, upstreamFailed: 0 };
}
