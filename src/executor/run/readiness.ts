/** A task whose turn has come: a stored result stands in, its condition turns it away, or its units may start. */
import type { TaskError } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { Digest } from '../../model/ids.ts';
import type { PlannedTask } from '../../model/plan.ts';
import { skipText } from '../../model/reason.ts';
import type { Hook } from '../../model/task.ts';
import type { CacheEntry } from '../../store/run-store.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ledger } from './ledger.ts';
import type { Preparation, Prepared } from './preparation.ts';
import type { RunRecords, StoredResults } from './ports.ts';
import { keptStatus } from './resumption.ts';
import type { Settlement } from './settlement.ts';
import { describeError } from '../worker/task-error.ts';
import type { EarlierWork } from './earlier-work.ts';

export interface ReadinessParts {
  readonly tasks: readonly PlannedTask[];
  readonly earlier: EarlierWork | undefined;
  /** Look for stored results. */
  readonly readCache: boolean;
  readonly store: RunRecords;
  readonly io: StoredResults;
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly preparation: Preparation;
  readonly settlement: Settlement;
  readonly open: (number: number, elements: readonly unknown[] | undefined) => void;
  /** The turn of the hooks has come. Why this one is not for a run that went like this; undefined: it runs. */
  readonly turnToHook: (hook: Hook) => string | undefined;
  readonly mayStart: () => boolean;
  readonly wake: () => void;
  readonly crash: (error: unknown) => void;
}

/** Without a key while upstreams are still under way. */
type PreparedTask = Omit<Prepared, 'key'> & { readonly key: Digest | null };

export class Readiness {
  readonly #parts: ReadinessParts;
  readonly #prepared = new Map<number, PreparedTask>();
  #preparing = 0;

  constructor(parts: ReadinessParts) {
    this.#parts = parts;
  }

  /** Nothing is being loaded or looked up. */
  get isIdle(): boolean {
    return this.#preparing === 0;
  }

  /** Of a task whose units may start. */
  preparedFor(number: number): PreparedTask {
    const prepared = this.#prepared.get(number);
    if (prepared === undefined) throw new Fault('DP9001', `task ${number} was started unprepared`);
    return prepared;
  }

  keyOf(number: number): Digest | null {
    return this.#prepared.get(number)?.key ?? null;
  }

  /** The task has its outcome. */
  close(number: number): void {
    this.#prepared.delete(number);
  }

  /** For a start before its upstreams have ended. False when it would be skipped, or could not start. */
  prepareEarly(number: number): boolean {
    const { tasks, ledger, preparation } = this.#parts;
    const task = tasks[number]!;
    try {
      const { scope, values } = preparation.prepareNow(task);
      if (!preparation.holds(task, scope)) return false;
      this.#prepared.set(number, { scope, values, key: null });
    } catch (error) {
      expressionFault(error); // It is told when the turn of the task comes.
      return false;
    }
    if (ledger.statuses[number] === 'pending')
      ledger.record(number, 'ready', 'run.task.ready', { key: null });
    return true;
  }

  /** The upstreams of a task that had begun early have ended well. */
  confirm(number: number): void {
    const { tasks, preparation } = this.#parts;
    this.#prepared.set(number, preparation.prepareNow(tasks[number]!));
  }

  arrive(number: number): void {
    const { tasks, earlier, settlement, preparation, turnToHook, crash } = this.#parts;
    const task = tasks[number]!;
    const { decision } = task;
    const before = earlier?.outputs.get(task.name);
    const kept = keptStatus(earlier, task.name);
    const notNow = task.hook === undefined ? undefined : turnToHook(task.hook);
    if (before !== undefined && kept !== undefined) settlement.keep(number, before, kept);
    else if (notNow !== undefined) settlement.skip(number, notNow);
    else if (decision.action === 'skip') settlement.skip(number, skipText(decision.reason));
    else if (decision.action === 'cached')
      settlement.reuse(number, decision.output, decision.fromRun, task.key);
    else if (task.mentions.length === 0 && task.settings.cache === false)
      this.#orFail(number, () => this.#go(number, preparation.prepareNow(task), undefined));
    else this.#prepare(number).catch(crash);
  }

  /** The slow way: outputs are loaded for expressions, a stored result is looked for. */
  async #prepare(number: number): Promise<void> {
    const { tasks, preparation, mayStart, wake } = this.#parts;
    const task = tasks[number]!;
    this.#preparing++;
    let ready: { prepared: Prepared; hit: CacheEntry | undefined } | undefined;
    let error: TaskError | undefined;
    try {
      const prepared = await preparation.prepare(task);
      ready = { prepared, hit: await this.#stored(task, prepared.key) };
    } catch (thrown) {
      // A result that an expression reads is gone, or does not fit: the task's failure, not the run's.
      error = describeError(thrown);
    }
    this.#preparing--;
    if (mayStart()) {
      if (error !== undefined) this.#fail(number, error);
      else if (ready !== undefined) {
        const { prepared, hit } = ready;
        this.#orFail(number, () => this.#go(number, prepared, hit));
      }
    }
    wake();
  }

  #go(number: number, prepared: Prepared, hit: CacheEntry | undefined): void {
    const { tasks, preparation, settlement, ledger, open } = this.#parts;
    const task = tasks[number]!;
    if (!preparation.holds(task, prepared.scope))
      settlement.skip(number, `when: ${task.when} is false`);
    else if (hit !== undefined) settlement.reuse(number, hit.output, hit.run, prepared.key);
    else {
      const elements =
        task.map === undefined ? undefined : preparation.elementsOf(task.map.over, prepared);
      this.#prepared.set(number, prepared);
      ledger.record(number, 'ready', 'run.task.ready', { key: prepared.key });
      open(number, elements);
    }
  }

  async #stored(task: PlannedTask, key: Digest): Promise<CacheEntry | undefined> {
    const { readCache, store, io, clock } = this.#parts;
    if (task.settings.cache === false || !readCache) return undefined;
    if (task.decision.action === 'run' && task.decision.forced === true) return undefined;
    const entry = store.cached(key, clock.now());
    return entry !== undefined && (await io.has(entry.output)) ? entry : undefined;
  }

  #orFail(number: number, go: () => void): void {
    try {
      go();
    } catch (error) {
      this.#fail(number, describeError(expressionFault(error)));
    }
  }

  #fail(number: number, error: TaskError): void {
    this.#parts.settlement.fail(number, { reason: 'failed', error, durationMs: 0 });
  }
}

/** An expression that cannot be evaluated is the task's failure; anything else is thrown on. */
export function expressionFault(error: unknown): Fault {
  if (error instanceof Fault && error.code === 'DP1009') return error;
  throw error;
}
