/**
 * One run under way: the loop that feeds what happens to the run's state, and carries out what follows.
 * What follows is decided in `run/`; nothing there calls back.
 */
import type { Broker } from '../events/broker.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type { TaskError } from '../model/event.ts';
import type { Expressions } from '../model/expression.ts';
import { impossible } from '../model/fault.ts';
import {
  childRunId,
  type Milliseconds,
  type RunId,
  type Seconds,
  type TaskName,
} from '../model/ids.ts';
import type { PlannedTask } from '../model/plan.ts';
import { isFinished, type RunEnding } from '../model/run.ts';
import type { Hook } from '../model/task.ts';
import { resultIdOf } from './ports/assignment.ts';
import type { Argument } from './ports/protocol.ts';
import type { Attempt, Outcome, Workforce, WorkforceListener } from './ports/workforce.ts';
import { Admission } from './queue/admission.ts';
import { SharedPools } from './queue/shared-pools.ts';
import type { ExecuteRequest, RunHandle } from './request.ts';
import { EarlyTasks } from './run/early-tasks.ts';
import { Journal, subjectOf } from './run/journal.ts';
import { Levels } from './run/levels.ts';
import { Outputs } from './run/outputs.ts';
import type { RunRecords, StoredResults } from './run/ports.ts';
import { expressionFault, Preparation } from './run/preparation.ts';
import { Readiness } from './run/readiness.ts';
import { wordsOf } from './run/reasons.ts';
import { Reusable } from './run/reusable.ts';
import { hasFailedHook, statusOf, totalsOf, withoutHooks } from './run/run-ending.ts';
import { stopIn, type RunAct, type RunHappening } from './run/run-phase.ts';
import { RunState } from './run/run-state.ts';
import { Settlement, type Consequence } from './run/settlement.ts';
import { TaskEvents } from './run/task-events.ts';
import { UnitTimers, type TimeUp } from './run/unit-timers.ts';
import { Units } from './run/units.ts';
import { EarlierStreams } from './streams/earlier-streams.ts';
import { liveReaders } from './streams/live-readers.ts';
import { LiveStreams } from './streams/live-streams.ts';
import { Redaction } from './worker/redaction.ts';
import { describeError } from './worker/task-error.ts';

export interface ExecutionPorts {
  readonly store: RunRecords;
  readonly broker: Pick<Broker, 'publish'>;
  readonly io: StoredResults;
  readonly expressions: Expressions;
  readonly clock: Clock;
  /** Those who do the work; `redaction` is for what they write down themselves. */
  readonly workforce: (listener: WorkforceListener, redaction: Redaction) => Workforce;
}

export class Execution implements RunHandle, WorkforceListener {
  readonly ended: Promise<RunEnding>;
  readonly #request: ExecuteRequest;
  readonly #ports: ExecutionPorts;
  readonly #run: RunState;
  readonly #levels: Levels;
  readonly #outputs = new Outputs();
  readonly #reusable: Reusable;
  readonly #journal: Journal;
  readonly #timers: UnitTimers;
  readonly #streams: LiveStreams;
  readonly #earlierStreams: EarlierStreams;
  readonly #workforce: Workforce;
  readonly #admission: Admission;
  readonly #preparation: Preparation;
  readonly #settlement: Settlement;
  readonly #units: Units;
  readonly #early: EarlyTasks;
  readonly #readiness: Readiness;

  #turn: Timer | undefined;
  /** Limits the tasks while they run, and the hooks when the run was ended early. */
  #runTimer: Timer | undefined;
  readonly #promised: PromiseWithResolvers<RunEnding> = Promise.withResolvers();

  /** Each part knows those that were made before it, and none that comes after. */
  constructor(request: ExecuteRequest, ports: ExecutionPorts) {
    const { plan, runId, epoch, earlier, byLevel, jobs, onFailure } = request;
    const { store, io, clock, expressions } = ports;
    this.#request = request;
    this.#ports = ports;
    this.ended = this.#promised.promise;
    const redaction = new Redaction(Object.values(request.declaredEnv));
    const wake = (): void => this.#wake();
    const run = (this.#run = new RunState(plan.tasks));
    const { tasks } = run;
    const levels = (this.#levels = new Levels(plan, byLevel));
    this.#reusable = new Reusable({ run: runId, clock, isWritten: request.cache.write });
    this.#journal = new Journal(runId, epoch, { ...ports, redaction });
    const events = new TaskEvents(tasks, this.#journal, levels);
    const timers = (this.#timers = new UnitTimers(clock, (timeUp) => this.#timeIsUp(timeUp)));
    const readersOf = !byLevel && jobs > 1 ? liveReaders(tasks) : NO_READERS;
    const streams = (this.#streams = new LiveStreams({ readersOf, clock, wake }));
    const isKept = (name: TaskName): boolean => earlier?.outputs.has(name) === true;
    this.#earlierStreams = new EarlierStreams({ tasks: plan.tasks, epoch, isKept });
    const workforce = (this.#workforce = ports.workforce(this, redaction));
    const pools = new SharedPools({ run: runId, slots: store.slots, clock, wake });
    const admission = (this.#admission = new Admission(tasks, pools, { pools: plan.pools, jobs }));
    const preparation = (this.#preparation = new Preparation({
      plan,
      runId,
      surroundings: request.surroundings,
      env: request.declaredEnv,
      expressions,
      io,
      outputs: this.#outputs,
      run,
    }));
    const settlement = (this.#settlement = new Settlement({
      tasks,
      levels,
      events,
      outputs: this.#outputs,
      reusable: this.#reusable,
      streams,
      onFailure,
      earlier,
    }));
    const common = { run, clock, events, admission, timers, settlement, workforce, earlier };
    const units = (this.#units = new Units({ ...common, runId }));
    this.#early = new EarlyTasks({ ...common, streams, preparation, units });
    this.#readiness = new Readiness({
      ...common,
      readCache: request.cache.read,
      store,
      io,
      preparation,
      units,
    });
    this.#happens(() => this.#begin());
  }

  cancel(words: string, how: 'drain' | 'kill'): void {
    if (this.#run.isOver) return;
    this.#happens(() => this.#meets({ is: 'cancelled', reason: { is: 'cancelled', words }, how }));
  }

  #begin(): void {
    const { plan, owner, earlier, retryOf, parent } = this.#request;
    if (earlier === undefined) {
      const { planId, pipeline, file, params, tasks } = plan;
      const hooks = hooksIn(tasks);
      const ordinary = tasks.length - Object.keys(hooks).length;
      this.#journal.record('run.started', {
        pipeline,
        planId,
        file,
        params,
        tasks: ordinary,
        owner,
        ...(ordinary === tasks.length ? {} : { hooks }),
        ...(retryOf === undefined ? {} : { retryOf }),
        ...(parent === undefined ? {} : { parent: parent.runId, parentTask: parent.task }),
      });
    } else this.#journal.record('run.resumed', { owner });
    for (const [task, { output }] of plan.given) this.#outputs.set(task, output);
    const { timeout: limit } = plan;
    if (limit !== null) this.#limitTime(limit * 1000, { is: 'timed_out', limit });
    this.#settlement.begin();
  }

  // --- What happens -------------------------------------------------------------------------------

  begun(attempt: Attempt, token: number, worker: number): void {
    const { index } = attempt.unit;
    if (this.#early.has(index)) this.#early.begun(attempt);
    else this.#units.begun(attempt);
    this.#streams.begun(index);
    const started = { worker, token: `${this.#request.epoch}.${token}` };
    const isPipeline = attempt.task.work.is === 'pipeline';
    const data = isPipeline ? { ...started, childRunId: this.#childOf(attempt) } : started;
    this.#journal.record('run.task.started', data, subjectOf(attempt));
  }

  progressed(attempt: Attempt, done: number, total: number | null): void {
    this.#journal.record('run.task.progress', { done, total }, subjectOf(attempt));
    this.#wake();
  }

  published(attempt: Attempt, topic: string, data: unknown): void {
    this.#journal.publish(topic, data, subjectOf(attempt));
    this.#wake();
  }

  roomLeft(): void {
    this.#wake();
  }

  takenBack(attempt: Attempt): void {
    this.#happens(() => {
      this.#admission.giveBack(attempt.unit);
      this.#early.ended(attempt, undefined);
      if (this.#early.has(attempt.unit.index)) this.#early.takenBack(attempt);
      else this.#units.takenBack(attempt);
    });
  }

  answered(attempt: Attempt, outcome: Outcome, durationMs: Milliseconds): void {
    this.#happens(() => {
      this.#admission.giveBack(attempt.unit);
      this.#early.ended(attempt, outcome);
      if (this.#early.has(attempt.unit.index)) this.#early.answered(attempt, outcome, durationMs);
      else this.#units.answered(attempt, outcome, durationMs);
    });
  }

  #timeIsUp(timeUp: TimeUp): void {
    const { index } = timeUp.unit;
    this.#happens(() => {
      if (this.#early.has(index)) this.#early.isDue(index);
      else this.#units.timeIsUp(timeUp);
    });
  }

  /** Lets something happen, does what follows from it, and takes a turn soon. */
  #happens(something: () => void): void {
    try {
      something();
      this.#followUp();
      this.#early.settle();
      this.#followUp();
      this.#wake();
    } catch (error) {
      this.failed(error);
    }
  }

  #followUp(): void {
    for (let next; (next = this.#settlement.next()) !== undefined;) this.#do(next);
  }

  #do(next: Consequence): void {
    switch (next.is) {
      case 'stop':
        this.#meets({ is: 'task_failed', reason: next.reason });
        return;
      case 'ready':
        if (this.#early.has(next.index)) this.#early.ready(next.index);
        else this.#arrive(next.index);
        return;
      case 'early_upstream_failed':
        this.#early.upstreamFailed(next.index, next.because);
        return;
      default:
        impossible(next);
    }
  }

  #arrive(index: number): void {
    if (this.#run.tasks.task(index).hook !== undefined) this.#meets({ is: 'hooks_turn' });
    const turn = this.#readiness.arrive(index);
    turn
      ?.then((found) => this.#happens(() => this.#readiness.loaded(index, found)))
      .catch((error: unknown) => this.failed(error));
  }

  // --- The phase of the run -----------------------------------------------------------------------

  #meets(happening: RunHappening): void {
    for (const act of this.#run.meets(happening)) this.#act(act);
  }

  #act(act: RunAct): void {
    switch (act) {
      case 'start_nothing':
        this.#workforce.recallAll();
        this.#admission.clear();
        this.#timers.startNothing();
        return;
      case 'drain':
      case 'kill':
        this.#workforce.stopAll(act);
        return;
      case 'clear_time_limit':
        this.#runTimer?.clear();
        return;
      case 'give_hooks_the_grace': {
        const reason = stopIn(this.#run.phase)?.reason;
        if (reason === undefined) return;
        this.#limitTime(this.#request.graceMs, { is: 'cancelled', reason, how: 'kill' });
        return;
      }
      default:
        impossible(act);
    }
  }

  #limitTime(ms: Milliseconds, late: RunHappening): void {
    this.#runTimer = this.#ports.clock.after(ms, () => this.#happens(() => this.#meets(late)));
  }

  // --- A turn -------------------------------------------------------------------------------------

  /** All that happened since the last turn is stored and told; then what may start is recorded, and started. */
  #wake(): void {
    if (this.#run.isOver) return;
    this.#turn ??= this.#ports.clock.soon(() => {
      this.#turn = undefined;
      try {
        this.#takeTurn();
      } catch (error) {
        this.failed(error);
      }
    });
  }

  #takeTurn(): void {
    const starts = this.#pickStarts();
    this.#journal.commit();
    for (const entry of this.#reusable.take()) this.#ports.store.remember(entry);
    for (const start of starts) start();
    if (this.#isDone() && !this.#giveWayToHooks())
      this.#finish().catch((error: unknown) => this.#promised.reject(error));
  }

  #pickStarts(): (() => void)[] {
    const starts: (() => void)[] = [];
    while (this.#run.mayStart) {
      const { room } = this.#workforce;
      const unit = this.#admission.take(room);
      const attempt = unit === undefined ? this.#early.start(room) : this.#units.start(unit);
      if (attempt === undefined) break;
      try {
        starts.push(this.#start(attempt));
      } catch (error) {
        const defeat = { error: describeError(expressionFault(error)), durationMs: 0 };
        this.#admission.giveBack(attempt.unit);
        this.#units.fail(attempt, { reason: 'failed', ...defeat });
        this.#followUp();
      }
    }
    return starts;
  }

  #start(attempt: Attempt): () => void {
    const { task, unit } = attempt;
    const { runId, epoch } = this.#request;
    if (task.work.is === 'function') {
      const named = this.#argumentsOf(attempt);
      const stream = this.#streams.open(unit.index, () => {
        return { run: runId, task: task.name, id: resultIdOf(attempt, epoch) };
      });
      const earlier = this.#earlierStreams.of(attempt);
      return this.#workforce.startFunction(attempt, {
        named,
        ...(stream === undefined ? {} : { stream }),
        ...(earlier.length === 0 ? {} : { earlier }),
      });
    }
    if (task.work.is === 'pipeline') {
      const named = this.#argumentsOf(attempt);
      return this.#workforce.startPipeline(attempt, named, this.#childOf(attempt));
    }
    const { scope } = this.#run.tasks.preparedFor(unit.index);
    const { command, env } = this.#ports.expressions.shellCommand(task.work.command, scope);
    return this.#workforce.startCommand(attempt, command, env);
  }

  /** The same in every attempt that asks for the same, so that a retry goes on where the last one stopped. */
  #childOf({ task, unit: { index, element } }: Attempt): RunId {
    const key = this.#run.tasks.keyOf(index) ?? undefined;
    return childRunId(this.#request.runId, [task.name, element?.toString(), key]);
  }

  #argumentsOf({ task, unit }: Attempt): Record<string, Argument> {
    const prepared = this.#run.tasks.preparedFor(unit.index);
    const named = this.#preparation.argumentsOf(task, prepared);
    if (task.map !== undefined)
      named[task.map.as] = { is: 'value', value: this.#units.elementOf(unit) };
    return { ...named, ...this.#early.argumentsOf(unit.index) };
  }

  // --- The end ------------------------------------------------------------------------------------

  #isDone(): boolean {
    if (this.#levels.haveEnded) return true;
    return !this.#run.mayStart && this.#workforce.isIdle && !this.#run.tasks.isPreparing;
  }

  /** The run was stopped, and what ran has ended: the rest is given up, so that the hooks can have their turn. */
  #giveWayToHooks(): boolean {
    const { phase, hasHooks } = this.#run;
    if (!hasHooks || phase.is !== 'stopping' || phase.whom !== 'tasks') return false;
    this.#happens(() => {
      // Tasks may have become ready since, behind one that ran on.
      this.#admission.clear();
      for (const index of this.#run.inTheWayOfHooks) this.#settlement.giveUp(index, this.#reason);
    });
    return true;
  }

  /** Why the run was stopped, in words. */
  get #reason(): string {
    const stop = stopIn(this.#run.phase);
    return stop === undefined ? '' : wordsOf(stop.reason);
  }

  /** The results reach the disk, then the record says so, then that reaches the disk. */
  async #finish(): Promise<void> {
    if (this.#run.isOver) return;
    this.#meets({ is: 'over' });
    const { runId } = this.#request;
    const { store, io } = this.#ports;
    try {
      await io.flush(runId);
      const ending = this.#ending();
      this.#recordEnd(ending);
      this.#journal.commit();
      store.release(runId);
      store.flush();
      this.#promised.resolve(ending);
    } finally {
      await this.#tidy();
    }
  }

  #ending(): RunEnding {
    const { facts } = this.#run;
    const { tasks, statuses, timedOut } = facts;
    return { status: statusOf(facts), timedOut, hookFailed: hasFailedHook(tasks, statuses) };
  }

  #recordEnd({ status }: RunEnding): void {
    const { phase, tasks } = this.#run;
    const reason = this.#reason;
    for (const index of tasks.tasks.keys())
      if (!isFinished(tasks.statusAt(index))) this.#settlement.cancel(index, reason);
    const totals = totalsOf(withoutHooks(tasks.tasks, tasks.statuses));
    if (status === 'cancelled') this.#journal.record('run.cancelled', { totals, reason });
    else if (status === 'succeeded') this.#journal.record('run.succeeded', { totals });
    else {
      const stop = stopIn(phase);
      const error = stop?.by === 'timeout' ? { error: runTimeout(stop.limit) } : {};
      this.#journal.record('run.failed', { totals, ...error });
    }
  }

  async #tidy(): Promise<void> {
    this.#runTimer?.clear();
    this.#turn?.clear();
    this.#timers.close();
    this.#streams.stop();
    this.#admission.clear();
    await this.#workforce.close();
    await this.#journal.told();
  }

  /** The world failed under the run (disk, state), or dp has a bug: nothing more can be recorded. */
  failed(error: unknown): void {
    if (this.#run.isOver) return;
    this.#meets({ is: 'over' });
    void this.#giveUp(error);
  }

  async #giveUp(error: unknown): Promise<void> {
    try {
      await this.#tidy();
    } finally {
      this.#promised.reject(error);
    }
  }
}

const NO_READERS: ReturnType<typeof liveReaders> = new Map();

function hooksIn(tasks: readonly PlannedTask[]): Record<TaskName, Hook> {
  const hooks: Record<TaskName, Hook> = {};
  for (const { name, hook } of tasks) if (hook !== undefined) hooks[name] = hook;
  return hooks;
}

const runTimeout = (seconds: Seconds): TaskError => ({
  name: 'RunTimeout',
  message: wordsOf({ is: 'timed_out', seconds }),
  code: 'DP6005',
});
