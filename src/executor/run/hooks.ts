/** Hooks of a run: which of them are for a run that went as this one did, and when it is their turn. */
import type { Scope } from '../../model/expression.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { isFinished, type TaskStatus } from '../../model/run.ts';
import type { Hook } from '../../model/task.ts';
import { failedOf, statusOf, type RunFacts } from './run-ending.ts';

export class Hooks {
  readonly #tasks: readonly PlannedTask[];
  readonly #facts: () => RunFacts;

  /** `facts` are asked for when all other tasks have ended, and do not change any more then. */
  constructor(tasks: readonly PlannedTask[], facts: () => RunFacts) {
    this.#tasks = tasks;
    this.#facts = facts;
  }

  /** For their expressions. */
  outcome(): Required<Pick<Scope['run'], 'status' | 'failed'>> {
    const facts = this.#facts();
    return { status: statusOf(facts), failed: failedOf(this.#tasks, facts.statuses) };
  }

  /** Why a hook has nothing to do after this run; undefined: it runs. A run that was cancelled neither succeeded nor failed. */
  unfit(hook: Hook): string | undefined {
    const status = statusOf(this.#facts());
    const isFit = hook === 'on_finish' || hook === FOR[status];
    return isFit ? undefined : `${hook}: the run ${IN_WORDS[status]}`;
  }

  get isEmpty(): boolean {
    return this.#tasks.at(-1)?.hook === undefined;
  }

  /** Tasks without an outcome, which have to be given up before the hooks can have their turn; the last of the plan first. */
  inTheWay(): number[] {
    const open = (status: TaskStatus, number: number): boolean =>
      this.#tasks[number]!.hook === undefined && !isFinished(status);
    const { statuses } = this.#facts();
    return [...statuses.keys()].filter((number) => open(statuses[number]!, number)).toReversed();
  }
}

const FOR = { succeeded: 'on_success', failed: 'on_failure', cancelled: undefined } as const;
const IN_WORDS = {
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'was cancelled',
} as const;
