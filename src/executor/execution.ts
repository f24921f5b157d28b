/** One run under way: the loop between what happened and what may happen next. */
import type { Broker } from '../events/broker.ts';
import type { TaskError } from '../model/event.ts';
import type { Expressions } from '../model/expression.ts';
import { impossible } from '../model/fault.ts';
import {
  childRunId,
  type Digest,
  type Milliseconds,
  type RunId,
  type TaskName,
} from '../model/ids.ts';
import type { PlannedTask } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import { isFinished, type RunEnding } from '../model/run.ts';
import type { Hook } from '../model/task.ts';
import type { CacheEntry } from '../store/run-store.ts';
import { Admission } from './queue/admission.ts';
import { resultIdOf } from './ports/assignment.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import { EarlierStreams } from './streams/earlier-streams.ts';
import { EarlyStarts } from './streams/early-starts.ts';
import { Hooks } from './run/hooks.ts';
import { Journal } from './run/journal.ts';
import { Ledger } from './run/ledger.ts';
import { Outputs } from './run/outputs.ts';
import type { RunRecords, StoredResults } from './run/ports.ts';
import { Preparation } from './run/preparation.ts';
import type { Argument } from './ports/protocol.ts';
import { expressionFault, Readiness } from './run/readiness.ts';
import { Redaction } from './worker/redaction.ts';
import type { ExecuteRequest, RunHandle } from './request.ts';
import {
  hasFailedHook,
  statusOf,
  totalsOf,
  withoutHooks,
  type RunFacts,
} from './run/run-ending.ts';
import { SharedPools } from './queue/shared-pools.ts';
import { Settlement } from './run/settlement.ts';
import { describeError } from './worker/task-error.ts';
import { subjectOf, Units } from './run/units.ts';
import type { Attempt, Outcome, Workforce, WorkforceListener } from './ports/workforce.ts';

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
  readonly #tasks: readonly PlannedTask[];
  readonly #outputs = new Outputs();
  readonly #journal: Journal;
  readonly #ledger: Ledger;
  readonly #admission: Admission;
  readonly #preparation: Preparation;
  readonly #settlement: Settlement;
  readonly #readiness: Readiness;
  readonly #hooks: Hooks;
  readonly #units: Units;
  readonly #early: EarlyStarts;
  readonly #earlierStreams: EarlierStreams;
  readonly #workforce: Workforce;

  /** Results that later runs may reuse; on record after their success is. */
  readonly #toRemember: CacheEntry[] = [];
  #turn: Timer | undefined;
  /** Of the tasks while they run, of the hooks when the run was ended early. */
  #runTimer: Timer | undefined;
  /** Why nothing more is started. */
  #stopped: string | undefined;
  /** What first stopped the run. */
  #reason = '';
  #isCancelled = false;
  #isKilled = false;
  #hooksBegan = false;
  #runError: TaskError | undefined;
  #over = false;
  #promised!: { resolve(ending: RunEnding): void; reject(error: unknown): void };

  constructor(request: ExecuteRequest, ports: ExecutionPorts) {
    const { plan, runId, epoch, earlier } = request;
    const { store, io, clock } = ports;
    this.#request = request;
    this.#ports = ports;
    this.#tasks = plan.tasks;
    const redaction = new Redaction(Object.values(request.declaredEnv));
    this.#journal = new Journal(runId, epoch, { ...ports, redaction });
    this.#ledger = new Ledger(plan, this.#journal, request.byLevel);
    this.#hooks = new Hooks(plan.tasks, () => this.#facts());
    this.#preparation = new Preparation({
      plan,
      runId,
      surroundings: request.surroundings,
      env: request.declaredEnv,
      expressions: ports.expressions,
      io,
      outputs: this.#outputs,
      statusOf: (name) => this.#ledger.statusOf(name),
      outcome: () => this.#hooks.outcome(),
    });
    this.#settlement = new Settlement({
      plan,
      ledger: this.#ledger,
      outputs: this.#outputs,
      ready: (number) => {
        if (!this.#early.ready(number)) this.#readiness.arrive(number);
      },
      postpones: (number, because) => this.#early.postpones(number, because),
      closed: (number) => {
        this.#early.close(number);
        this.#readiness.close(number);
        this.#units.close(number);
      },
      stop: (reason) => this.#stopStarting(reason),
      onFailure: request.onFailure,
      earlier,
    });
    const mayStart = (): boolean => !this.#over && this.#stopped === undefined;
    const wake = (): void => this.#wake();
    const pools = new SharedPools({ run: runId, slots: store.slots, clock, wake });
    this.#admission = new Admission(plan, pools, request.jobs);
    this.#readiness = new Readiness({
      tasks: plan.tasks,
      earlier,
      readCache: request.cache.read,
      store,
      io,
      clock,
      ledger: this.#ledger,
      preparation: this.#preparation,
      settlement: this.#settlement,
      open: (number, elements) => this.#units.open(number, elements),
      turnToHook: (hook) => this.#turnToHook(hook),
      mayStart,
      wake,
      crash: (error) => this.failed(error),
    });
    this.#units = new Units({
      runId,
      tasks: plan.tasks,
      clock,
      ledger: this.#ledger,
      enqueue: (unit) => {
        if (!this.#early.enqueue(unit)) this.#admission.add(unit);
      },
      withdraw: (unit) => this.#admission.withdraw(unit),
      settlement: this.#settlement,
      earlier: earlier?.attempts ?? new Map(),
      keptElements: (number) => {
        const kept = earlier?.elements.get(plan.tasks[number]!.name);
        return kept?.key === this.#readiness.keyOf(number) ? kept.outputs : undefined;
      },
      keyOf: (number) => this.#readiness.keyOf(number),
      remember: (task, key, output) => this.#remember(task, key, output),
      mayStart,
      expire: (attempt, error) => this.#workforce.expire(attempt, error),
      wake,
    });
    this.#workforce = ports.workforce(this, redaction);
    const isKept = (name: TaskName): boolean => earlier?.outputs.has(name) === true;
    this.#earlierStreams = new EarlierStreams({ tasks: plan.tasks, epoch, isKept });
    this.#early = new EarlyStarts({
      tasks: plan.tasks,
      isAllowed: !request.byLevel && request.jobs > 1,
      isKept,
      addressOf: (attempt) => {
        return { run: runId, task: attempt.task.name, id: resultIdOf(attempt, epoch) };
      },
      clock,
      ledger: this.#ledger,
      admission: this.#admission,
      readiness: this.#readiness,
      settlement: this.#settlement,
      units: this.#units,
      stop: (attempt) => this.#workforce.stop(attempt),
      settle: (...ended) => this.#settle(...ended),
      mayStart,
      wake,
    });
    this.ended = new Promise((resolve, reject) => (this.#promised = { resolve, reject }));
    this.#guard(() => this.#begin());
  }

  cancel(reason: string, how: 'drain' | 'kill'): void {
    if (this.#over) return;
    this.#isCancelled = true;
    if (how === 'kill') this.#isKilled = true;
    this.#guard(() => {
      this.#stopStarting(reason);
      this.#workforce.stopAll(how);
      this.#wake();
    });
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
    const { timeout } = plan;
    if (timeout !== null) {
      this.#runTimer = this.#ports.clock.after(timeout * 1000, () => this.#runTimedOut(timeout));
    }
    this.#settlement.begin();
    this.#wake();
  }

  // --- A turn -----------------------------------------------------------------------------------

  /** All that happened since the last turn is stored and told; then what may start is recorded, and started. */
  #wake(): void {
    if (this.#over) return;
    this.#turn ??= this.#ports.clock.soon(() => {
      this.#turn = undefined;
      this.#guard(() => this.#takeTurn());
    });
  }

  #takeTurn(): void {
    const starts = this.#pickStarts();
    this.#journal.commit();
    for (const entry of this.#toRemember.splice(0)) this.#ports.store.remember(entry);
    for (const start of starts) start();
    if (this.#isDone() && !this.#giveWayToHooks())
      this.#finish().catch((error: unknown) => this.#promised.reject(error));
  }

  #pickStarts(): (() => void)[] {
    const starts: (() => void)[] = [];
    while (this.#stopped === undefined) {
      const { room } = this.#workforce;
      const unit = this.#admission.take(room) ?? this.#early.take(room);
      if (unit === undefined) break;
      const attempt = this.#units.next(unit);
      try {
        starts.push(this.#start(attempt));
      } catch (error) {
        const defeat = { error: describeError(expressionFault(error)), durationMs: 0 };
        this.#admission.giveBack(unit);
        this.#units.fail(attempt, { reason: 'failed', ...defeat });
      }
    }
    return starts;
  }

  #start(attempt: Attempt): () => void {
    const { task, unit } = attempt;
    if (task.work.is === 'function') {
      const named = this.#argumentsOf(attempt);
      const stream = this.#early.start(attempt);
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
    const { scope } = this.#readiness.preparedFor(unit.task);
    const { command, env } = this.#ports.expressions.shellCommand(task.work.command, scope);
    return this.#workforce.startCommand(attempt, command, env);
  }

  /** The same in every attempt that asks for the same, so that a retry goes on where the last one stopped. */
  #childOf({ task, unit: { task: number, element } }: Attempt): RunId {
    const key = this.#readiness.keyOf(number) ?? undefined;
    return childRunId(this.#request.runId, [task.name, element?.toString(), key]);
  }

  #argumentsOf({ task, unit }: Attempt): Record<string, Argument> {
    const named = this.#preparation.argumentsOf(task, this.#readiness.preparedFor(unit.task));
    if (task.map !== undefined)
      named[task.map.as] = { is: 'value', value: this.#units.elementOf(unit) };
    return { ...named, ...this.#early.argumentsOf(unit.task) };
  }

  // --- What becomes of attempts -------------------------------------------------------------------

  begun(attempt: Attempt, token: number, worker: number): void {
    this.#units.begun(attempt);
    this.#early.begun(attempt);
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

  takenBack(attempt: Attempt, hadBegun: boolean): void {
    this.#guard(() => {
      this.#admission.giveBack(attempt.unit);
      this.#early.ended(attempt, undefined);
      this.#units.takenBack(attempt, hadBegun);
      this.#early.settle();
    });
    this.#wake();
  }

  answered(attempt: Attempt, outcome: Outcome, durationMs: Milliseconds): void {
    this.#guard(() => {
      this.#admission.giveBack(attempt.unit);
      this.#early.ended(attempt, outcome);
      if (!this.#early.keepsBack(attempt, outcome, durationMs))
        this.#settle(attempt, outcome, durationMs);
      this.#early.settle();
    });
    this.#wake();
  }

  #settle(attempt: Attempt, outcome: Outcome, durationMs: Milliseconds): void {
    switch (outcome.is) {
      case 'succeeded':
        this.#units.succeeded(attempt, outcome, durationMs);
        return;
      case 'failed':
        this.#units.failed(attempt, outcome, durationMs);
        return;
      case 'cancelled':
        this.#ledger.mark(attempt.unit.task, 'pending');
        return;
      default:
        impossible(outcome);
    }
  }

  #remember(task: PlannedTask, key: Digest | null, output: ResultRef): void {
    const { cache } = task.settings;
    const { runId: run, cache: use } = this.#request;
    if (cache === false || key === null || !use.write) return;
    const storedAt = this.#ports.clock.now();
    const expiresAt = cache.ttl === null ? null : storedAt + cache.ttl * 1000;
    this.#toRemember.push({ key, run, task: task.name, output, storedAt, expiresAt });
  }

  // --- The end ----------------------------------------------------------------------------------

  #stopStarting(reason: string): void {
    this.#stopped ??= reason;
    this.#reason ||= reason;
    this.#workforce.recallAll();
    this.#admission.clear();
    this.#units.stop();
  }

  /** The run was stopped, and what ran has ended: the rest is given up, so that the hooks can have their turn. */
  #giveWayToHooks(): boolean {
    if (this.#hooks.isEmpty || this.#hooksBegan || this.#isKilled) return false;
    // Tasks may have become ready since, behind one that ran on.
    this.#admission.clear();
    for (const number of this.#hooks.inTheWay()) this.#settlement.giveUp(number, this.#reason);
    this.#wake();
    return true;
  }

  /** Called for each hook, as the tasks have ended. What stopped the tasks does not stop the hooks, unless it kills. */
  #turnToHook(hook: Hook): string | undefined {
    if (!this.#hooksBegan && !this.#isKilled) {
      this.#hooksBegan = true;
      this.#stopped = undefined;
      this.#runTimer?.clear();
      const { graceMs } = this.#request;
      if (this.#isCancelled)
        this.#runTimer = this.#ports.clock.after(graceMs, () => this.cancel(this.#reason, 'kill'));
    }
    return this.#hooks.unfit(hook);
  }

  #runTimedOut(seconds: number): void {
    const message = `the run did not end within ${seconds} s`;
    this.#runError = { name: 'RunTimeout', message, code: 'DP6005' };
    this.cancel(message, 'drain');
  }

  #isDone(): boolean {
    if (this.#ledger.open === 0) return true;
    return this.#stopped !== undefined && this.#workforce.isIdle && this.#readiness.isIdle;
  }

  /** The results reach the disk, then the record says so, then that reaches the disk. */
  async #finish(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
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
    const facts = this.#facts();
    const { tasks, statuses, timedOut } = facts;
    return { status: statusOf(facts), timedOut, hookFailed: hasFailedHook(tasks, statuses) };
  }

  #facts(): RunFacts {
    return {
      tasks: this.#tasks,
      statuses: this.#ledger.statuses,
      isCancelled: this.#isCancelled,
      timedOut: this.#runError !== undefined,
    };
  }

  #recordEnd({ status }: RunEnding): void {
    const reason = this.#reason;
    for (const [number, task] of this.#ledger.statuses.entries())
      if (!isFinished(task)) this.#settlement.cancel(number, reason);
    const totals = totalsOf(withoutHooks(this.#tasks, this.#ledger.statuses));
    if (status === 'cancelled') this.#journal.record('run.cancelled', { totals, reason });
    else if (status === 'succeeded') this.#journal.record('run.succeeded', { totals });
    else if (this.#runError === undefined) this.#journal.record('run.failed', { totals });
    else this.#journal.record('run.failed', { totals, error: this.#runError });
  }

  async #tidy(): Promise<void> {
    this.#runTimer?.clear();
    this.#turn?.clear();
    this.#units.end();
    this.#early.stop();
    this.#admission.clear();
    await this.#workforce.close();
    await this.#journal.told();
  }

  /** The world failed under the run (disk, state), or dp has a bug: nothing more can be recorded. */
  failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    void this.#giveUp(error);
  }

  async #giveUp(error: unknown): Promise<void> {
    try {
      await this.#tidy();
    } finally {
      this.#promised.reject(error);
    }
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.failed(error);
    }
  }
}

function hooksIn(tasks: readonly PlannedTask[]): Record<TaskName, Hook> {
  const hooks: Record<TaskName, Hook> = {};
  for (const { name, hook } of tasks) if (hook !== undefined) hooks[name] = hook;
  return hooks;
}
