/**
 * Which task may start next: a pure state machine over the plan's edges.
 * Endings come in, transitions go out; linear over a whole run, no recursion.
 */
import type { TaskName } from '../../model/ids.ts';
import type { Plan, PlannedTask } from '../../model/plan.ts';
import {
  verdictOf,
  whySkipped,
  type Ending,
  type UpstreamCounts,
} from '../../model/trigger-rule.ts';

/** Something the run has to act on. The two endings among them have been passed on already. */
export type Transition =
  | { readonly task: number; readonly to: 'ready' }
  | { readonly task: number; readonly to: 'skipped'; readonly reason: string }
  | {
      readonly task: number;
      readonly to: 'upstream_failed';
      readonly because: readonly TaskName[];
    };

export class Progress {
  readonly #tasks: readonly PlannedTask[];
  readonly #downstream: readonly (readonly number[])[];
  readonly #counts: Mutable<UpstreamCounts>[];
  readonly #decided: Uint8Array;
  readonly #endings = new Map<TaskName, Ending>();
  readonly #underWay = new Set<number>();

  constructor(plan: Plan) {
    this.#tasks = plan.tasks;
    const numberOf = new Map(plan.tasks.map((task, number) => [task.name, number]));
    const downstream: number[][] = plan.tasks.map(() => []);
    this.#counts = plan.tasks.map((task, number) => {
      const upstreams = new Set(task.dependsOn.map((edge) => edge.task));
      let succeeded = 0;
      for (const name of upstreams) {
        const upstream = numberOf.get(name);
        if (upstream !== undefined) downstream[upstream]!.push(number);
        // Outside the selection: its stored output stands for its success.
        else {
          succeeded++;
          this.#endings.set(name, 'succeeded');
        }
      }
      return {
        total: upstreams.size,
        succeeded,
        failed: 0,
        forgiven: 0,
        skipped: 0,
        upstreamFailed: 0,
      };
    });
    this.#downstream = downstream;
    this.#decided = new Uint8Array(plan.tasks.length);
  }

  /** What can start with nothing done yet. */
  begin(): Transition[] {
    const transitions: Transition[] = [];
    for (let task = 0; task < this.#tasks.length; task++) this.#decide(task, transitions);
    return this.#passOn(transitions);
  }

  /** A task ended: it ran, was found in the cache, or its `when` was false; or it had begun before it was ready, and failed. */
  settle(task: number, ending: Ending): Transition[] {
    const transitions: Transition[] = [];
    this.#decided[task] = 1;
    this.#count(task, ending, transitions);
    return this.#passOn(transitions);
  }

  /** It has begun before it was ready: should an upstream fail, its dependents hear of its end when it is settled. */
  beginEarly(task: number): void {
    this.#underWay.add(task);
  }

  /** Nothing of it is under way any more, and it has no ending. */
  withdraw(task: number): void {
    this.#underWay.delete(task);
  }

  /** Transitions that are endings themselves cause more; the list grows while it is walked. */
  #passOn(transitions: Transition[]): Transition[] {
    for (let next = 0; next < transitions.length; next++) {
      const { task, to } = transitions[next]!;
      if (to !== 'ready' && !this.#underWay.has(task)) this.#count(task, to, transitions);
    }
    return transitions;
  }

  #count(task: number, ending: Ending, transitions: Transition[]): void {
    this.#endings.set(this.#tasks[task]!.name, ending);
    for (const dependent of this.#downstream[task]!) {
      const counts = this.#counts[dependent]!;
      if (ending === 'upstream_failed') counts.upstreamFailed++;
      else counts[ending]++;
      this.#decide(dependent, transitions);
    }
  }

  #decide(task: number, transitions: Transition[]): void {
    if (this.#decided[task] === 1) return;
    const verdict = verdictOf(this.#tasks[task]!.settings.triggerRule, this.#counts[task]!);
    if (verdict === 'wait') return;
    this.#decided[task] = 1;
    if (verdict === 'run') transitions.push({ task, to: 'ready' });
    else if (verdict === 'skip')
      transitions.push({ task, to: 'skipped', reason: this.#whySkipped(task) });
    else transitions.push({ task, to: 'upstream_failed', because: this.#failuresBefore(task) });
  }

  #whySkipped(task: number): string {
    const ended = new Map<TaskName, Ending>();
    for (const name of this.#upstreams(task)) {
      const ending = this.#endings.get(name);
      if (ending !== undefined) ended.set(name, ending);
    }
    return whySkipped(this.#tasks[task]!.settings.triggerRule, ended);
  }

  /** Failures that are forgiven only where there are no others. */
  #failuresBefore(task: number): TaskName[] {
    const ended = (...endings: (Ending | undefined)[]): TaskName[] =>
      this.#upstreams(task).filter((name) => endings.includes(this.#endings.get(name)));
    const failed = ended('failed', 'upstream_failed');
    return failed.length > 0 ? failed : ended('forgiven');
  }

  #upstreams(task: number): TaskName[] {
    return [...new Set(this.#tasks[task]!.dependsOn.map((edge) => edge.task))];
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
