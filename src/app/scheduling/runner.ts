/**
 * Runner: queued runs come in, runs that have ended are on record when it ends. It plans each run when it begins it, executes many
 * in one engine, and resumes those whose runner is gone. It decides about no tick.
 */
import type { Clock } from '../../lib/clock.ts';
import { every } from '../../lib/clock.ts';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds, RunId } from '../../model/ids.ts';
import type { QueuedRun } from '../../model/queued-run.ts';
import type { RunStatus } from '../../model/run.ts';
import { BEAT_EVERY_MS } from '../../store/process-identity.ts';
import type { TakenRun } from '../../store/run-queue.ts';
import type { Continued, Engine, RunPolicy } from '../engine.ts';
import type { Prepared } from '../planning/prepared.ts';
import type { Running } from '../running/run.ts';
import { Bell } from './bell.ts';
import { crashedRuns } from './crashed-runs.ts';
import { errorOf } from './fault-error.ts';

export interface RunnerOptions {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly policy: RunPolicy;
  /** Plans a queued run with the files as they are now. */
  readonly plan: (run: QueuedRun) => Promise<Prepared>;
  /** Most runs that go on at once, over all runners of the state. */
  readonly atOnce: number;
  readonly onCrash: 'resume' | 'fail';
  /** The runner ends when it had nothing to do for this long. */
  readonly idleMs: Milliseconds;
  /** Calls `act` when a run was queued, until it is disposed of. It may miss some. */
  readonly onWake: (act: () => void) => Disposable;
  readonly hear: (news: RunnerNews) => void;
}

/** What happens in a runner, for its log. */
export type RunnerNews =
  | { readonly is: 'begun' | 'resumed'; readonly runId: RunId; readonly pipeline: string }
  | { readonly is: 'ended'; readonly runId: RunId; readonly status: RunStatus }
  | { readonly is: 'handed_back' | 'taken_over'; readonly runId: RunId }
  | { readonly is: 'failed'; readonly runId: RunId; readonly error: unknown }
  /** The disk, the state or dp itself failed; the runner tries again. */
  | { readonly is: 'hindered'; readonly runId?: RunId; readonly error: unknown };

/** A run whose process was gone so often, before it began or after, takes its process down. */
const MOST_LOSSES = 3;
/** A hint that a run was queued, or that another runner died, may be lost. */
const LOOK_EVERY_MS: Milliseconds = 2_000;
/** Plans that are made at once: most of planning is work of one thread. */
const PLANS_AT_ONCE = 4;

export class Runner {
  readonly #options: RunnerOptions;
  readonly #bell: Bell;
  /** Runs that this runner plans or executes. */
  readonly #busy = new Map<RunId, Promise<void>>();
  readonly #running = new Map<RunId, Running>();
  /** How often the disk or the state was in the way of a run. */
  readonly #hindrances = new Map<RunId, number>();
  #planning = 0;
  /** Time before which the runner does not look again. */
  #pausedUntil = 0;
  /** The same for crashed runs: that look reads every run that has not ended. */
  #crashedSeenUntil = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.#bell = new Bell(options.clock);
  }

  get runs(): number {
    return this.#busy.size;
  }

  /** Settles when there was nothing to do for long enough, or when `stop` has aborted and the runs that it executes have ended. */
  async work(stop: AbortSignal): Promise<void> {
    const { clock, idleMs, onWake } = this.#options;
    const ring = (): void => this.#bell.ring();
    const wakes = onWake(ring);
    stop.addEventListener('abort', ring);
    let idleSince = clock.elapsed();
    while (!(stop.aborted && this.#busy.size === 0)) {
      if (!stop.aborted && clock.elapsed() >= this.#pausedUntil) this.#look(stop);
      if (this.#busy.size > 0) idleSince = clock.elapsed();
      else if (clock.elapsed() - idleSince >= idleMs) break;
      await this.#bell.rung(LOOK_EVERY_MS);
    }
    stop.removeEventListener('abort', ring);
    wakes[Symbol.dispose]();
  }

  /** Cancels the runs that it executes. */
  cancel(reason: string): void {
    for (const { handle } of this.#running.values()) handle.cancel(reason, 'drain');
  }

  #look(stop: AbortSignal): void {
    const { engine, atOnce } = this.#options;
    try {
      for (const taken of engine.take(PLANS_AT_ONCE - this.#planning, atOnce))
        this.#keep(taken.run.runId, this.#begin(taken, stop));
      const now = this.#options.clock.elapsed();
      if (now < this.#crashedSeenUntil) return;
      this.#crashedSeenUntil = now + LOOK_EVERY_MS;
      for (const runId of this.#crashed()) this.#keep(runId, this.#resume(runId));
    } catch (error) {
      this.#hindered(error);
    }
  }

  #crashed(): RunId[] {
    using state = this.#options.engine.reading();
    return crashedRuns(state.store).filter((runId) => !this.#busy.has(runId));
  }

  #keep(runId: RunId, work: Promise<void>): void {
    const settled = work
      .catch((error: unknown) => this.#hindered(error, runId))
      .finally(() => {
        this.#busy.delete(runId);
        this.#running.delete(runId);
        this.#bell.ring();
      });
    this.#busy.set(runId, settled);
  }

  async #begin({ run, losses }: TakenRun, stop: AbortSignal): Promise<void> {
    const { engine, policy, hear } = this.#options;
    const { runId, pipeline } = run;
    const begun = await this.#planned({ run, losses });
    if (begun === undefined) return;
    // The runner may have been stopped while the plan was made, and another process may have taken the run over.
    if (stop.aborted) {
      engine.handBack(runId);
      hear({ is: 'handed_back', runId });
      return;
    }
    const started = this.#unlessTakenOver(runId, () => engine.start(begun, { ...policy, runId }));
    if (started?.is !== 'begun') return;
    hear({ is: 'begun', runId, pipeline });
    await this.#follow(started.running);
  }

  /** Returns the plan of a taken run; undefined when it has none, which is on record then. */
  async #planned({ run, losses }: TakenRun): Promise<Prepared | undefined> {
    const { clock, plan } = this.#options;
    const { runId } = run;
    this.#planning++;
    const beats = every(clock, BEAT_EVERY_MS, () => this.#beat(runId));
    try {
      if (losses >= MOST_LOSSES) throw cannotBegin(runId, losses);
      return await plan(run);
    } catch (error) {
      this.#fail(runId, 'the run could not be planned', error);
      return undefined;
    } finally {
      beats[Symbol.dispose]();
      this.#planning--;
      this.#bell.ring();
    }
  }

  async #resume(runId: RunId): Promise<void> {
    const { engine, policy, onCrash, hear } = this.#options;
    let resumed: Continued;
    try {
      const resumptions = this.#resumptionsOf(runId);
      if (onCrash === 'fail' || resumptions >= MOST_LOSSES) throw isGivenUp(runId, resumptions);
      resumed = await engine.resume(runId, policy);
    } catch (error) {
      // Another runner resumed it, or it has succeeded meanwhile.
      if (error instanceof Fault && (error.code === 'DP6004' || error.code === 'DP6008')) return;
      return this.#fail(runId, 'the run was not resumed', error);
    }
    hear({ is: 'resumed', runId, pipeline: resumed.plan.pipeline });
    await this.#follow(resumed.running);
  }

  #resumptionsOf(runId: RunId): number {
    using state = this.#options.engine.reading();
    let resumptions = 0;
    for (const { event } of state.store.read(runId))
      if (event.topic === 'run.resumed') resumptions++;
    return resumptions;
  }

  async #follow(running: Running): Promise<void> {
    const { runId, handle } = running;
    this.#running.set(runId, running);
    const { status } = await handle.ended;
    this.#options.hear({ is: 'ended', runId, status });
  }

  /** Puts the failure on record. What the disk or the state refuses is tried again a few times first: it may pass. */
  #fail(runId: RunId, words: string, error: unknown): void {
    const { engine, hear } = this.#options;
    const isPassing = error instanceof Fault && error.kind === 'storage';
    if (isPassing && (this.#hindrances.get(runId) ?? 0) < MOST_LOSSES) throw error;
    this.#unlessTakenOver(runId, () => engine.fail(runId, words, errorOf(error)));
    hear({ is: 'failed', runId, error });
  }

  #beat(runId: RunId): void {
    try {
      this.#options.engine.beat(runId);
    } catch (error) {
      this.#hindered(error);
    }
  }

  /** Returns undefined when another process holds the run now: it is that one's. */
  #unlessTakenOver<T>(runId: RunId, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'DP6004') throw error;
      this.#options.hear({ is: 'taken_over', runId });
      return undefined;
    }
  }

  /** A run that has not begun is handed back; one that has begun lets go by itself, and is resumed like one whose process is gone. */
  #hindered(error: unknown, runId?: RunId): void {
    const { clock, engine, hear } = this.#options;
    this.#pausedUntil = clock.elapsed() + LOOK_EVERY_MS;
    hear({ is: 'hindered', error, ...(runId !== undefined && { runId }) });
    if (runId === undefined) return;
    this.#hindrances.set(runId, (this.#hindrances.get(runId) ?? 0) + 1);
    try {
      engine.handBack(runId);
    } catch (refused) {
      hear({ is: 'hindered', error: refused, runId });
    }
  }
}

function cannotBegin(runId: RunId, losses: number): Fault {
  return new Fault(
    'DP6302',
    `run ${runId} was not begun: ${losses} runners died while they planned it`,
  );
}

function isGivenUp(runId: RunId, resumptions: number): Fault {
  const often = resumptions === 1 ? 'once' : `${resumptions} times`;
  return new Fault(
    'DP6304',
    resumptions < MOST_LOSSES
      ? `the process of run ${runId} is gone, and schedule.on_crash is fail`
      : `the process of run ${runId} is gone, as after it was resumed ${often}`,
    { hint: { do: 'retryFailedTasks', run: runId } },
  );
}
