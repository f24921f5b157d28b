/** One run under way: the loop between what happened and what may happen next. */
import type { LifecycleData, LifecycleTopic, RunTotals, TaskError } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Digest, Milliseconds, RunId } from '../model/ids.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import { isFinished, type TaskStatus } from '../model/run.ts';
import { distanceToEnd } from '../planner/graph.ts';
import type { CacheEntry } from '../store/run-store.ts';
import { Dispatcher, type Attempt, type DispatchListener, type Outcome } from './dispatcher.ts';
import type { ExecuteRequest, ExecutorPorts, RunEnding, RunHandle } from './request.ts';
import { Journal, type Subject } from './journal.ts';
import { Levels } from './levels.ts';
import { Limits, OPEN_LANE } from './limits.ts';
import { MappedTask } from './mapped.ts';
import { Outputs } from './outputs.ts';
import { Preparation, type Prepared } from './preparation.ts';
import { Progress, type Ending, type Transition } from './progress.ts';
import type { Argument } from './protocol.ts';
import { ReadyQueue, type Unit } from './ready-queue.ts';
import { Redaction } from './redaction.ts';
import { delayAfter } from './retry.ts';
import { Threads } from './threads.ts';
import { describeError } from './task-error.ts';
import { setLongTimeout } from './timer.ts';

export class Execution implements RunHandle, DispatchListener {
  readonly ended: Promise<RunEnding>;
  readonly #request: ExecuteRequest;
  readonly #ports: ExecutorPorts;
  readonly #tasks: readonly PlannedTask[];
  readonly #journal: Journal;
  readonly #progress: Progress;
  readonly #levels: Levels;
  readonly #limits: Limits;
  readonly #queue: ReadyQueue;
  readonly #outputs = new Outputs();
  readonly #preparation: Preparation;
  readonly #dispatcher: Dispatcher;

  readonly #status: TaskStatus[];
  /** Begun so far, by unit. */
  readonly #attempts = new Map<string, number>();
  readonly #prepared = new Map<number, Prepared>();
  readonly #mapped = new Map<number, MappedTask>();
  readonly #retries = new Set<{ clear(): void }>();
  readonly #transitions: Transition[] = [];
  readonly #toRemember: CacheEntry[] = [];
  #unsettled: number;
  #preparing = 0;
  #turn: NodeJS.Immediate | undefined;
  #runTimer: { clear(): void } | undefined;
  /** Why nothing more is started. */
  #stopped: string | undefined;
  #isCancelled = false;
  #runError: TaskError | undefined;
  #passingOn = false;
  #over = false;
  #settle!: { resolve(ending: RunEnding): void; reject(error: unknown): void };

  constructor(request: ExecuteRequest, ports: ExecutorPorts) {
    const { plan, runId, epoch } = request;
    this.#request = request;
    this.#ports = ports;
    this.#tasks = plan.tasks;
    this.#status = plan.tasks.map(() => 'pending');
    this.#unsettled = plan.tasks.length;
    const redaction = new Redaction(Object.values(request.declaredEnv));
    this.#journal = new Journal(runId, epoch, { ...ports, redaction });
    this.#progress = new Progress(plan);
    this.#levels = new Levels(plan, request.byLevel);
    this.#limits = new Limits(plan.pools);
    const remaining = remainingOf(plan);
    this.#queue = new ReadyQueue((task) => ({
      priority: plan.tasks[task]!.settings.priority,
      remaining: remaining[task]!,
    }));
    const numberOf = new Map(plan.tasks.map((task, number) => [task.name, number]));
    this.#preparation = new Preparation({
      plan,
      runId,
      surroundings: request.surroundings,
      env: request.declaredEnv,
      expressions: ports.expressions,
      io: ports.io,
      outputs: this.#outputs,
      statusOf: (name) => this.#status[numberOf.get(name) ?? -1] ?? 'succeeded',
    });
    this.#dispatcher = new Dispatcher({
      jobs: request.jobs,
      graceMs: request.graceMs,
      epoch,
      threads:
        ports.threads ??
        new Threads({ size: request.jobs, workerFile: ports.workerFile, env: request.env }),
      session: {
        ...ports.session,
        run: runId,
        pipeline: plan.pipeline,
        params: plan.params,
        env: plan.env,
        checks: request.checks ?? new Map(),
      },
      env: request.env,
      folder: plan.folder,
      io: ports.io,
      redaction,
      listener: this,
    });
    this.ended = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.#guard(() => this.#begin());
  }

  cancel(reason: string, how: 'drain' | 'kill'): void {
    if (this.#over) return;
    this.#isCancelled = true;
    this.#guard(() => {
      this.#stopStarting(reason);
      this.#dispatcher.stopAll(how);
      this.#wake();
    });
  }

  #begin(): void {
    const { plan, owner, earlier } = this.#request;
    if (earlier === undefined) {
      const { planId, pipeline, file, params, tasks } = plan;
      const begun = { pipeline, planId, file, params, tasks: tasks.length, owner };
      this.#journal.record('run.started', begun);
    } else this.#journal.record('run.resumed', { owner });
    for (const [task, { output }] of plan.given) this.#outputs.set(task, output);
    for (const [task, attempts] of earlier?.attempts ?? []) this.#attempts.set(task, attempts);
    if (plan.timeout !== null) {
      this.#runTimer = setLongTimeout(
        () => this.#runTimedOut(plan.timeout ?? 0),
        plan.timeout * 1000,
      );
    }
    this.#passOn(this.#progress.begin());
    this.#wake();
  }

  // --- What becomes of a task -------------------------------------------------------------------

  /** Transitions cause more of themselves; they are worked off one by one, so that a long chain is no deep stack. */
  #passOn(transitions: readonly Transition[]): void {
    for (const transition of transitions) this.#transitions.push(transition);
    if (this.#passingOn) return;
    this.#passingOn = true;
    try {
      for (let next = 0; next < this.#transitions.length; next++)
        this.#transit(this.#transitions[next]!);
    } finally {
      this.#transitions.length = 0;
      this.#passingOn = false;
    }
  }

  #transit(transition: Transition): void {
    const number = transition.task;
    switch (transition.to) {
      case 'ready':
        if (!this.#levels.holds(this.#tasks[number]!.level, number)) this.#ready(number);
        return;
      case 'skipped':
        this.#record(number, 'skipped', 'run.task.skipped', {
          reason: `${transition.because.join(', ')} skipped`,
        });
        break;
      case 'upstream_failed':
        this.#record(number, 'upstream_failed', 'run.task.upstream_failed', {
          because: transition.because,
        });
        break;
    }
    this.#closed(number);
  }

  #ready(number: number): void {
    const task = this.#tasks[number]!;
    const { decision } = task;
    const before = this.#request.earlier?.outputs.get(task.name);
    if (before !== undefined) {
      this.#status[number] = 'succeeded';
      this.#outputs.set(task.name, before);
      this.#end(number, 'succeeded');
    } else if (decision.action === 'skip') this.#skip(number, decision.reason);
    else if (decision.action === 'cached')
      this.#reuse(number, decision.output, decision.fromRun, task.key ?? '');
    else if (task.mentions.length === 0 && task.settings.cache === false) {
      this.#orFail(number, () => this.#go(number, this.#preparation.prepareNow(task), undefined));
    } else {
      this.#preparing++;
      this.#prepare(number).catch((error: unknown) => this.failed(error));
    }
  }

  /** The slow way: outputs are loaded for expressions, a stored result is looked for. */
  async #prepare(number: number): Promise<void> {
    const task = this.#tasks[number]!;
    let cannot: unknown;
    try {
      const prepared = await this.#preparation.prepare(task);
      const hit = await this.#stored(task, prepared.key);
      if (!this.#over && this.#stopped === undefined)
        this.#orFail(number, () => this.#go(number, prepared, hit));
    } catch (error) {
      cannot = error;
    }
    this.#preparing--;
    // A result that an expression reads is gone, or does not fit: the task's failure, not the run's.
    if (cannot !== undefined && !this.#over) this.#fail(number, describeError(cannot), 'failed', 0);
    this.#wake();
  }

  /** An expression that cannot be evaluated is the task's failure, not dp's. */
  #orFail<T>(number: number, go: () => T, subject?: Subject): T | undefined {
    try {
      return go();
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'DP1009') throw error;
      this.#fail(number, describeError(error), 'failed', 0, subject);
      return undefined;
    }
  }

  #go(number: number, prepared: Prepared, hit: CacheEntry | undefined): void {
    const task = this.#tasks[number]!;
    if (!this.#preparation.holds(task, prepared.scope))
      this.#skip(number, `when: ${task.when} is false`);
    else if (hit !== undefined) this.#reuse(number, hit.output, hit.run, prepared.key);
    else this.#enqueue(number, prepared);
  }

  async #stored(task: PlannedTask, key: Digest): Promise<CacheEntry | undefined> {
    if (task.settings.cache === false || !this.#request.cache.read) return undefined;
    if (task.decision.action === 'run' && task.decision.forced === true) return undefined;
    const entry = this.#ports.store.cached(key, this.#ports.now());
    return entry !== undefined && (await this.#ports.io.has(entry.output)) ? entry : undefined;
  }

  #enqueue(number: number, prepared: Prepared): void {
    const task = this.#tasks[number]!;
    const lane = this.#limits.laneOf(task);
    const elements =
      task.map === undefined ? undefined : this.#preparation.elementsOf(task.map.over, prepared);
    this.#prepared.set(number, prepared);
    this.#record(number, 'ready', 'run.task.ready', { key: prepared.key });
    if (elements === undefined) {
      this.#queue.push(lane, { task: number, element: undefined });
      return;
    }
    const mapped = new MappedTask(elements);
    this.#mapped.set(number, mapped);
    this.#record(number, 'running', 'run.task.expanded', { elements: elements.length });
    for (const element of elements.keys()) this.#queue.push(lane, { task: number, element });
    this.#collect(number, mapped);
  }

  #skip(number: number, reason: string): void {
    this.#record(number, 'skipped', 'run.task.skipped', { reason });
    this.#end(number, 'skipped');
  }

  #reuse(number: number, output: ResultRef, fromRun: RunId, key: Digest): void {
    this.#record(number, 'cached', 'run.task.cached', { output, fromRun, key });
    this.#outputs.set(this.#tasks[number]!.name, output);
    this.#end(number, 'succeeded');
  }

  /** The task has its outcome; its dependents hear of it. */
  #end(number: number, ending: Ending): void {
    this.#closed(number);
    this.#passOn(this.#progress.settle(number, ending));
  }

  #closed(number: number): void {
    this.#unsettled--;
    this.#prepared.delete(number);
    this.#mapped.delete(number);
    const { level } = this.#tasks[number]!;
    this.#beginLevel(level);
    if (!this.#levels.ends(level)) return;
    this.#journal.record('run.level.completed', { level });
    this.#passOn(this.#levels.released().map((task) => ({ task, to: 'ready' })));
  }

  #record<T extends LifecycleTopic & `run.task.${string}`>(
    number: number,
    status: TaskStatus,
    topic: T,
    data: LifecycleData[T],
  ): void {
    const task = this.#tasks[number]!;
    this.#beginLevel(task.level);
    this.#status[number] = status;
    this.#journal.record(topic, data, { task: task.name });
  }

  #beginLevel(level: number): void {
    if (!this.#levels.begins(level)) return;
    this.#journal.record('run.level.started', { level, tasks: this.#levels.size(level) });
  }

  // --- Starting ---------------------------------------------------------------------------------

  /** All that happened since the last turn is stored and told; then what may start is recorded, and started. */
  #wake(): void {
    if (this.#over) return;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#guard(() => this.#takeTurn());
    });
  }

  #takeTurn(): void {
    const starts = this.#pickStarts();
    this.#journal.commit();
    for (const entry of this.#toRemember.splice(0)) this.#ports.store.remember(entry);
    for (const start of starts) start();
    if (this.#isDone()) this.#finish().catch((error: unknown) => this.#settle.reject(error));
  }

  #pickStarts(): (() => void)[] {
    const starts: (() => void)[] = [];
    while (this.#stopped === undefined && this.#queue.size > 0) {
      const { room } = this.#dispatcher;
      if (room === 'none') break;
      const unit = this.#queue.take((lane) =>
        room === 'now' ? this.#limits.isOpen(lane) : lane === OPEN_LANE,
      );
      if (unit === undefined) break;
      const attempt = this.#attemptAt(unit);
      this.#limits.take(attempt.task);
      const start = this.#orFail(unit.task, () => this.#start(attempt), subjectOf(attempt));
      if (start === undefined) this.#limits.giveBack(attempt.task);
      else starts.push(start);
    }
    return starts;
  }

  #start(attempt: Attempt): () => void {
    const { task, unit } = attempt;
    const prepared = this.#prepared.get(unit.task)!;
    if (task.work.is === 'function')
      return this.#dispatcher.startOnThread(attempt, this.#argumentsOf(attempt, prepared));
    const { command, env } = this.#ports.expressions.shellCommand(
      task.work.command,
      prepared.scope,
    );
    return this.#dispatcher.startCommand(attempt, command, env);
  }

  #argumentsOf({ task, unit }: Attempt, prepared: Prepared): Record<string, Argument> {
    const named = this.#preparation.argumentsOf(task, prepared);
    if (task.map !== undefined && unit.element !== undefined) {
      named[task.map.as] = {
        is: 'value',
        value: this.#mapped.get(unit.task)!.elements[unit.element],
      };
    }
    return named;
  }

  #attemptAt(unit: Unit): Attempt {
    const task = this.#tasks[unit.task]!;
    return { unit, task, number: (this.#attempts.get(unitName(task, unit)) ?? 0) + 1 };
  }

  // --- What the dispatcher reports ----------------------------------------------------------------

  begun(attempt: Attempt, token: number, worker: number): void {
    const { task, unit, number } = attempt;
    this.#attempts.set(unitName(task, unit), number);
    this.#status[unit.task] = 'running';
    this.#journal.record(
      'run.task.started',
      { worker, token: `${this.#request.epoch}.${token}` },
      subjectOf(attempt),
    );
  }

  progressed(attempt: Attempt, done: number, total: number | null): void {
    this.#journal.record('run.task.progress', { done, total }, subjectOf(attempt));
    this.#wake();
  }

  published(attempt: Attempt, topic: string, data: unknown): void {
    this.#journal.publish(topic, data, subjectOf(attempt));
    this.#wake();
  }

  takenBack({ task, unit, number }: Attempt, hadBegun: boolean): void {
    this.#limits.giveBack(task);
    // Its thread died under it before the first step: the try does not count.
    if (hadBegun) this.#attempts.set(unitName(task, unit), number - 1);
    this.#queue.push(this.#limits.laneOf(task), unit);
    this.#wake();
  }

  answered(attempt: Attempt, outcome: Outcome, durationMs: Milliseconds): void {
    this.#limits.giveBack(attempt.task);
    this.#guard(() => {
      switch (outcome.is) {
        case 'succeeded':
          this.#succeeded(attempt, outcome, durationMs);
          break;
        case 'failed':
          this.#failedOnce(attempt, outcome, durationMs);
          break;
        case 'cancelled':
          this.#status[attempt.unit.task] = 'pending';
          break;
      }
    });
    this.#wake();
  }

  #succeeded(
    attempt: Attempt,
    { output, inline }: Extract<Outcome, { is: 'succeeded' }>,
    durationMs: Milliseconds,
  ): void {
    const { task, unit } = attempt;
    const key = this.#prepared.get(unit.task)?.key ?? null;
    this.#journal.record('run.task.succeeded', { output, durationMs, key }, subjectOf(attempt));
    if (unit.element !== undefined) {
      const mapped = this.#mapped.get(unit.task)!;
      mapped.succeeded(unit.element, output);
      this.#collect(unit.task, mapped);
      return;
    }
    this.#status[unit.task] = 'succeeded';
    this.#outputs.set(task.name, output, inline);
    this.#remember(task, key, output);
    this.#end(unit.task, 'succeeded');
  }

  #failedOnce(
    attempt: Attempt,
    { failure, error }: Extract<Outcome, { is: 'failed' }>,
    durationMs: Milliseconds,
  ): void {
    const { task, unit, number } = attempt;
    const subject = subjectOf(attempt);
    const seed = `${this.#request.runId}/${unitName(task, unit)}/${number}`;
    // A run that goes on has its retries anew.
    const tried = number - (this.#request.earlier?.attempts.get(unitName(task, unit)) ?? 0);
    const delayMs =
      this.#stopped === undefined ? delayAfter(task.settings, tried, failure, seed) : undefined;
    if (delayMs === undefined) {
      this.#fail(unit.task, error, failure.reason, durationMs, subject);
      return;
    }
    const dueAt = this.#ports.now() + delayMs;
    this.#journal.record(
      'run.task.retrying',
      { reason: failure.reason, error, delayMs, dueAt },
      subject,
    );
    if (unit.element === undefined) this.#status[unit.task] = 'retrying';
    const timer = setLongTimeout(() => {
      this.#retries.delete(timer);
      this.#queue.push(this.#limits.laneOf(task), unit);
      this.#wake();
    }, delayMs);
    this.#retries.add(timer);
  }

  /** No further attempt. */
  #fail(
    number: number,
    error: TaskError,
    reason: 'failed' | 'crashed' | 'timed_out',
    durationMs: Milliseconds,
    subject: Subject = { task: this.#tasks[number]!.name },
  ): void {
    const task = this.#tasks[number]!;
    this.#beginLevel(task.level);
    if (reason === 'timed_out')
      this.#journal.record('run.task.timed_out', { error, durationMs }, subject);
    else this.#journal.record('run.task.failed', { reason, error, durationMs }, subject);
    if (subject.element !== undefined) {
      const mapped = this.#mapped.get(number)!;
      mapped.failed(subject.element, error);
      this.#collect(number, mapped);
      return;
    }
    this.#status[number] = reason === 'timed_out' ? 'timed_out' : 'failed';
    if (!task.settings.failSafe && this.#request.onFailure === 'stop')
      this.#stopStarting(`task ${task.name} failed`);
    this.#end(number, task.settings.failSafe ? 'forgiven' : 'failed');
  }

  /** A mapped task ends with the last of its elements. */
  #collect(number: number, mapped: MappedTask): void {
    const { outcome, durationMs } = mapped;
    if (outcome === undefined) return;
    const task = this.#tasks[number]!;
    if (outcome.is === 'failed') {
      this.#fail(number, outcome.error, 'failed', durationMs);
      return;
    }
    const key = this.#prepared.get(number)?.key ?? null;
    this.#record(number, 'succeeded', 'run.task.succeeded', {
      output: outcome.output,
      durationMs,
      key,
    });
    this.#outputs.set(task.name, outcome.output);
    this.#remember(task, key, outcome.output);
    this.#end(number, 'succeeded');
  }

  /** Once its success is on record: an entry never points to what is not. */
  #remember(task: PlannedTask, key: Digest | null, output: ResultRef): void {
    const { cache } = task.settings;
    if (cache === false || key === null || !this.#request.cache.write) return;
    const storedAt = this.#ports.now();
    const expiresAt = cache.ttl === null ? null : storedAt + cache.ttl * 1000;
    this.#toRemember.push({
      key,
      run: this.#request.runId,
      task: task.name,
      output,
      storedAt,
      expiresAt,
    });
  }

  // --- The end ----------------------------------------------------------------------------------

  #stopStarting(reason: string): void {
    this.#stopped ??= reason;
    this.#dispatcher.recallAll();
    this.#queue.clear();
    for (const timer of this.#retries) timer.clear();
    this.#retries.clear();
  }

  #runTimedOut(seconds: number): void {
    const message = `the run did not end within ${seconds} s`;
    this.#runError = { name: 'RunTimeout', message, code: 'DP6005' };
    this.cancel(message, 'drain');
  }

  #isDone(): boolean {
    if (this.#unsettled === 0) return true;
    return this.#stopped !== undefined && this.#dispatcher.isIdle && this.#preparing === 0;
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
      this.#settle.resolve(ending);
    } finally {
      await this.#tidy();
    }
  }

  #recordEnd({ status }: RunEnding): void {
    const reason = this.#stopped ?? '';
    for (const [number, task] of this.#status.entries()) {
      if (!isFinished(task)) this.#record(number, 'cancelled', 'run.task.cancelled', { reason });
    }
    const totals = totalsOf(this.#status);
    if (status === 'cancelled') this.#journal.record('run.cancelled', { totals, reason });
    else if (status === 'succeeded') this.#journal.record('run.succeeded', { totals });
    else if (this.#runError === undefined) this.#journal.record('run.failed', { totals });
    else this.#journal.record('run.failed', { totals, error: this.#runError });
  }

  /** A run fails if any task failed that is not `fail_safe`; its leaves alone say nothing. */
  #ending(): RunEnding {
    const hasFailed = this.#status.some(
      (status, number) =>
        (status === 'failed' || status === 'timed_out') && !this.#tasks[number]!.settings.failSafe,
    );
    if (this.#runError !== undefined) return { status: 'failed', timedOut: true };
    if (this.#isCancelled && this.#unsettled > 0) return { status: 'cancelled', timedOut: false };
    return { status: hasFailed ? 'failed' : 'succeeded', timedOut: false };
  }

  async #tidy(): Promise<void> {
    this.#runTimer?.clear();
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    for (const timer of this.#retries) timer.clear();
    await this.#dispatcher.close();
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
      this.#settle.reject(error);
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

const unitName = ({ name }: PlannedTask, { element }: Unit): string =>
  element === undefined ? name : `${name}/${element}`;

const subjectOf = ({ task, unit, number: attempt }: Attempt): Subject =>
  unit.element === undefined
    ? { task: task.name, attempt }
    : { task: task.name, attempt, element: unit.element };

function remainingOf(plan: Plan): Int32Array {
  const numberOf = new Map(plan.tasks.map((task, number) => [task.name, number]));
  const upstream = plan.tasks.map((task) =>
    task.dependsOn.map((edge) => numberOf.get(edge.task)).filter((number) => number !== undefined),
  );
  return distanceToEnd(upstream, Int32Array.from(plan.tasks.keys()));
}

function totalsOf(statuses: readonly TaskStatus[]): RunTotals {
  const count = (...wanted: TaskStatus[]): number =>
    statuses.filter((status) => wanted.includes(status)).length;
  return {
    succeeded: count('succeeded'),
    cached: count('cached'),
    failed: count('failed', 'timed_out'),
    skipped: count('skipped'),
    upstreamFailed: count('upstream_failed'),
    cancelled: count('cancelled'),
  };
}
