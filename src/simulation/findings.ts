/** The sum of many trials of a pipeline. */
import type { Milliseconds, TaskName } from '../model/ids.ts';
import { unitName } from './history.ts';
import type { Trial } from './trial.ts';

export interface Findings {
  readonly histories: number;
  /** Number of runs with each outcome. */
  readonly outcomes: Readonly<Record<HistoryOutcome, number>>;
  /** Tasks that failed a run, the most frequent first. */
  readonly reasons: readonly { readonly task: TaskName; readonly runs: number }[];
  /** Simulated time of runs that succeeded without a resume; undefined when there is none. */
  readonly tookMs: { readonly median: Milliseconds; readonly most: Milliseconds } | undefined;
  readonly attempts: number;
  /** Number of processes that were killed, stopped, or ran out of disk. */
  readonly misfortunes: number;
}

export type HistoryOutcome =
  | 'succeeded'
  | 'succeeded_resumed'
  | 'failed'
  | 'cancelled'
  | 'given_up';

export class Tally {
  #histories = 0;
  #attempts = 0;
  #misfortunes = 0;
  readonly #outcomes: Record<HistoryOutcome, number> = {
    succeeded: 0,
    succeeded_resumed: 0,
    failed: 0,
    cancelled: 0,
    given_up: 0,
  };
  readonly #reasons = new Map<TaskName, number>();
  readonly #took: Milliseconds[] = [];

  add({ runs }: Trial): void {
    this.#histories++;
    for (const { facts } of runs) {
      const holds = facts.filter(({ is }) => is === 'held');
      const ended = facts.findLast((fact) => fact.is === 'ended');
      const status = ended?.ending.status ?? 'given_up';
      const isFirst = holds.length === 1;
      this.#outcomes[status === 'succeeded' && !isFirst ? 'succeeded_resumed' : status]++;
      const took = (ended?.at ?? 0) - (holds[0]?.at ?? 0);
      if (status === 'succeeded' && isFirst) this.#took.push(took);
      const failed = new Set<TaskName>();
      for (const fact of facts) {
        if (fact.is === 'sent') this.#attempts++;
        if (fact.is === 'vanished' || fact.is === 'stopped' || fact.is === 'gave_up')
          this.#misfortunes++;
        if (fact.is !== 'stored') continue;
        for (const { topic, task, element } of fact.events)
          if (topic === 'run.task.failed' || topic === 'run.task.timed_out')
            failed.add(unitName(task ?? '', element));
      }
      if (status !== 'failed') continue;
      const plan = facts.find((fact) => fact.is === 'held')?.plan;
      for (const { name, settings } of plan?.tasks ?? [])
        if (failed.has(name) && !settings.failSafe)
          this.#reasons.set(name, (this.#reasons.get(name) ?? 0) + 1);
    }
  }

  get findings(): Findings {
    const took = this.#took.toSorted((a, b) => a - b);
    const median = took[Math.floor(took.length / 2)];
    const most = took.at(-1);
    return {
      histories: this.#histories,
      outcomes: this.#outcomes,
      reasons: [...this.#reasons]
        .map(([task, runs]) => ({ task, runs }))
        .sort((a, b) => b.runs - a.runs),
      tookMs: median === undefined || most === undefined ? undefined : { median, most },
      attempts: this.#attempts,
      misfortunes: this.#misfortunes,
    };
  }
}
