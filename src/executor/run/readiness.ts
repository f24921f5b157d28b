/** Decides about a ready task: it takes a stored result, is skipped by its condition, or may start its work. */
import type { TaskError } from '../../model/event.ts';
import { impossible } from '../../model/fault.ts';
import type { Digest, RunId } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import type { TaskSkipReason } from '../../model/recorded-reason.ts';
import type { ResultRef } from '../../model/result.ts';
import type { CacheEntry } from '../../store/run-store.ts';
import type { Clock } from '../../lib/clock.ts';
import { describeError } from '../worker/task-error.ts';
import { keptStatus, type EarlierWork } from './earlier-work.ts';
import type { RunRecords, StoredResults, TaskFiles } from './ports.ts';
import { expressionFault, type Preparation, type ReadyTask } from './preparation.ts';
import type { RunState } from './run-state.ts';
import type { Settlement } from './settlement.ts';
import type { TaskEvents } from './task-events.ts';
import { PENDING, PREPARING } from './task-states.ts';
import type { Units } from './units.ts';

export interface ReadinessParts {
  readonly run: RunState;
  readonly earlier: EarlierWork | undefined;
  /** True when stored results are looked up. */
  readonly readCache: boolean;
  readonly store: RunRecords;
  readonly io: StoredResults;
  readonly files: TaskFiles;
  readonly clock: Clock;
  readonly events: TaskEvents;
  readonly preparation: Preparation;
  readonly settlement: Settlement;
  readonly units: Units;
}

/** The decision about a ready task. */
export type Turn =
  /** An earlier holder of the run finished the task. */
  | { readonly is: 'keep'; readonly output: ResultRef; readonly status: 'succeeded' | 'cached' }
  | { readonly is: 'skip'; readonly reason: TaskSkipReason }
  | {
      readonly is: 'reuse';
      readonly output: ResultRef;
      readonly fromRun: RunId;
      readonly key: Digest | null;
    }
  | { readonly is: 'fail'; readonly error: TaskError }
  /** The task may start its work; `elements` are those of a mapped task. */
  | {
      readonly is: 'open';
      readonly prepared: ReadyTask;
      readonly elements?: readonly unknown[];
      /** Stored results of single elements. */
      readonly reused?: ReadonlyMap<number, CacheEntry>;
    };

export class Readiness {
  readonly #parts: ReadinessParts;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Handles a ready task. Returns a promise when something must be loaded first; pass its value to `loaded`. */
  arrive(index: number): Promise<Turn> | undefined {
    const { run, earlier, preparation } = this.#parts;
    const task = run.tasks.task(index);
    const unfit = task.hook === undefined ? undefined : run.unfit(task.hook);
    const turn = turnOf(task, { earlier, unfit, isFresh: !run.hasBegun });
    if (turn !== undefined) this.#take(index, turn);
    else if (task.mentions.length === 0 && task.settings.cache === false)
      this.#take(
        index,
        orFail(() => this.#turnOf(task, preparation.prepareNow(task), undefined)),
      );
    else {
      run.tasks.enter(index, PREPARING);
      return this.#load(task);
    }
    return undefined;
  }

  /** Continues after loading; the run may have been stopped in the meantime. */
  loaded(index: number, turn: Turn): void {
    const { run } = this.#parts;
    run.tasks.enter(index, PENDING);
    if (run.mayStart) this.#take(index, turn);
  }

  /** Loads outputs for expressions and looks up a stored result. */
  async #load(task: PlannedTask): Promise<Turn> {
    let prepared;
    let hit;
    try {
      prepared = await this.#parts.preparation.prepare(task);
      hit = await this.#stored(task, prepared.key);
    } catch (error) {
      // A result that an expression reads is missing or invalid: this fails the task, not the run.
      return { is: 'fail', error: describeError(error) };
    }
    const { cache } = task.settings;
    const files = cache === false ? undefined : cache.files;
    const ready =
      hit !== undefined || files === undefined
        ? prepared
        : { ...prepared, declared: this.#parts.files.declared(files, outputsOf(task)) };
    return this.#withElements(
      task,
      orFail(() => this.#turnOf(task, ready, hit)),
    );
  }

  /** Looks up the stored results of the elements of a mapped task that is open. */
  async #withElements(task: PlannedTask, turn: Turn): Promise<Turn> {
    if (turn.is !== 'open' || turn.elements === undefined) return turn;
    const elementKeys = this.#parts.preparation.elementKeys(task, turn.elements);
    if (elementKeys === undefined) return turn;
    const reused = new Map<number, CacheEntry>();
    for (const [element, key] of elementKeys.entries()) {
      const hit = await this.#stored(task, key);
      if (hit !== undefined) reused.set(element, hit);
    }
    return { ...turn, prepared: { ...turn.prepared, elementKeys }, reused };
  }

  #turnOf(task: PlannedTask, prepared: ReadyTask, hit: CacheEntry | undefined): Turn {
    const { preparation } = this.#parts;
    const { map, when } = task;
    if (when !== undefined && !preparation.holds(task, prepared.scope))
      return { is: 'skip', reason: { is: 'condition_false', when } };
    if (hit !== undefined)
      return { is: 'reuse', output: hit.output, fromRun: hit.run, key: prepared.key };
    if (map === undefined) return { is: 'open', prepared };
    return { is: 'open', prepared, elements: preparation.elementsOf(map.over, prepared) };
  }

  async #stored(task: PlannedTask, key: Digest): Promise<CacheEntry | undefined> {
    const { readCache, store, io, files, clock } = this.#parts;
    if (task.settings.cache === false || !readCache) return undefined;
    if (task.decision.action === 'run' && task.decision.forced === true) return undefined;
    for (const entry of store.cached(key, clock.now())) {
      const { notes = [], output, outputs } = entry;
      if (!files.hold(notes) || !(await io.has(output))) continue;
      if (outputs === undefined || (await files.putBack(outputs))) return entry;
    }
    return undefined;
  }

  #take(index: number, turn: Turn): void {
    const { events, settlement, units } = this.#parts;
    switch (turn.is) {
      case 'keep':
        settlement.keep(index, turn.output, turn.status);
        return;
      case 'skip':
        settlement.skip(index, turn.reason);
        return;
      case 'reuse': {
        const { output, fromRun, key } = turn;
        settlement.reuse(index, { output, fromRun, key });
        return;
      }
      case 'fail':
        settlement.fail(index, { reason: 'failed', error: turn.error, durationMs: 0 });
        return;
      case 'open': {
        const { prepared, elements, reused } = turn;
        events.record(index, { topic: 'run.task.ready', data: { key: prepared.key } });
        units.open(index, prepared, elements, reused);
        return;
      }
      default:
        impossible(turn);
    }
  }
}

/** Returns the decision about a task that needs no evaluation; undefined for any other task. */
export function turnOf(
  { name, key, decision }: Pick<PlannedTask, 'name' | 'key' | 'decision'>,
  { earlier, unfit, isFresh }: TurnGround,
): Turn | undefined {
  const output = earlier?.outputs.get(name);
  const status = keptStatus(earlier, name);
  if (output !== undefined && status !== undefined) return { is: 'keep', output, status };
  if (unfit !== undefined) return { is: 'skip', reason: unfit };
  if (decision.action === 'skip') return { is: 'skip', reason: decision.reason };
  if (decision.action !== 'cached') return undefined;
  const { lookAgain } = decision;
  // A task of this run may have written what this one reads.
  if (lookAgain === undefined || (lookAgain === 'later' && isFresh))
    return { is: 'reuse', output: decision.output, fromRun: decision.fromRun, key };
  return undefined;
}

interface TurnGround {
  readonly earlier: EarlierWork | undefined;
  readonly unfit: TaskSkipReason | undefined;
  /** False once a task of the run has begun. */
  readonly isFresh: boolean;
}

const outputsOf = ({ work }: PlannedTask): readonly string[] =>
  work.is === 'shell' ? (work.outputs ?? []) : [];

function orFail(turn: () => Turn): Turn {
  try {
    return turn();
  } catch (error) {
    return { is: 'fail', error: describeError(expressionFault(error)) };
  }
}
