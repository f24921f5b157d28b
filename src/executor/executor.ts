/**
 * Executor: a Plan comes in, events go out until the run has ended.
 * It starts what `Progress` says may start, within the limits, and records every change before anyone hears of it.
 * It never decides what a plan means, holds no result, and prints nothing.
 */
import { resolve } from 'node:path';
import type { Broker } from '../events/broker.ts';
import type { IoManager } from '../io/io-manager.ts';
import type {
  AttemptReason,
  LifecycleData,
  LifecycleTopic,
  Owner,
  RunTotals,
  TaskError,
} from '../model/event.ts';
import type { Expressions } from '../model/expression.ts';
import { Fault } from '../model/fault.ts';
import type { Digest, Instant, Milliseconds, RunId, TaskName } from '../model/ids.ts';
import type { Plan, PlannedTask } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import { isFinished, type TaskStatus } from '../model/run.ts';
import { distanceToEnd } from '../planner/graph.ts';
import type { Surroundings } from '../planner/planner.ts';
import type { CacheEntry, RunStore } from '../store/run-store.ts';
import { AttemptLog } from './attempt-log.ts';
import { Journal, type Subject } from './journal.ts';
import { Levels } from './levels.ts';
import { MappedTask } from './mapped.ts';
import { Outputs } from './outputs.ts';
import { WorkerPool, type ThreadDeath, type WorkerSlot } from './pool.ts';
import { Preparation, type Prepared } from './preparation.ts';
import { Progress, type Ending, type Transition } from './progress.ts';
import type { Argument, Assignment, FromWorker, Session } from './protocol.ts';
import { ReadyQueue, type Unit } from './ready-queue.ts';
import { delayAfter, type Failure } from './retry.ts';
import { ShellProcess } from './shell.ts';
import { describeError } from './task-error.ts';

export interface ExecuteRequest {
  readonly plan: Plan;
  readonly runId: RunId;
  readonly owner: Owner;
  /** Which holder of the run this is, from 1: fences the results of earlier ones. */
  readonly epoch: number;
  /** Most units of work at once: threads and commands together. */
  readonly jobs: number;
  /** A barrier after each level. */
  readonly byLevel: boolean;
  /** What a failure does to tasks that do not depend on it. */
  readonly onFailure: 'continue' | 'stop';
  /** How long stopped work may take to end by itself. */
  readonly graceMs: Milliseconds;
  readonly cache: { readonly read: boolean; readonly write: boolean };
  /** The whole environment of the tasks, and the declared part of it. */
  readonly env: Readonly<Record<string, string>>;
  readonly declaredEnv: Readonly<Record<string, string>>;
  readonly surroundings: Surroundings;
  /** What an earlier holder of the run finished. */
  readonly earlier?: EarlierWork;
  /** The run that this one goes on from. */
  readonly parent?: RunId;
}

export interface EarlierWork {
  readonly outputs: ReadonlyMap<TaskName, ResultRef>;
  readonly attempts: ReadonlyMap<TaskName, number>;
}

export interface ExecutorPorts {
  readonly store: RunStore;
  readonly broker: Broker;
  readonly io: IoManager;
  readonly expressions: Expressions;
  readonly now: () => Instant;
  /** Entry of the worker threads, and where they find things. */
  readonly workerFile: string;
  readonly session: Pick<Session, 'root' | 'cacheFolder' | 'stateFolder' | 'transformerFile'>;
}

export interface RunHandle {
  /** How the run ended; rejects only when the world failed (disk, state) or dp has a bug. */
  readonly ended: Promise<RunEnding>;
  /** `drain`: start nothing more, let running work end within the grace. `kill`: end it now. */
  cancel(reason: string, how: 'drain' | 'kill'): void;
}

export interface RunEnding {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  readonly timedOut: boolean;
}

export function execute(request: ExecuteRequest, ports: ExecutorPorts): RunHandle {
  return new Execution(request, ports);
}

/** Assignments sent ahead to one thread, while attempts are shorter than the way to the main thread and back. */
const AHEAD = 32;
const SHORT_MS = 1;
/** A thread that sits longer on one attempt gives back what was sent ahead. */
const RECALL_AFTER_MS = 5;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One attempt under way, or sent ahead to a thread. */
interface Live {
  readonly token: number;
  readonly unit: Unit;
  readonly attempt: number;
  readonly process?: ShellProcess;
  readonly slot?: WorkerSlot;
  begunAt?: Milliseconds;
  /** Why it is being stopped; its answer no longer counts as it is. */
  stopping?: 'timed_out' | 'cancelled';
  readonly timers: NodeJS.Timeout[];
}

class Execution implements RunHandle {
  readonly ended: Promise<RunEnding>;
  readonly #request: ExecuteRequest;
  readonly #ports: ExecutorPorts;
  readonly #tasks: readonly PlannedTask[];
  readonly #journal: Journal;
  readonly #progress: Progress;
  readonly #levels: Levels;
  readonly #queue: ReadyQueue;
  readonly #outputs = new Outputs();
  readonly #preparation: Preparation;
  readonly #pool: WorkerPool;

  readonly #status: TaskStatus[];
  readonly #attempts = new Map<string, number>();
  readonly #prepared = new Map<number, Prepared>();
  readonly #mapped = new Map<number, MappedTask>();
  readonly #live = new Map<number, Live>();
  /** Running units by named limit. */
  readonly #inUse = new Map<string, number>();
  readonly #retries = new Map<NodeJS.Timeout, Unit>();
  readonly #transitions: Transition[] = [];
  readonly #toRemember: CacheEntry[] = [];
  #unsettled: number;
  #preparing = 0;
  #commands = 0;
  #tokens = 0;
  #meanMs = Infinity;
  #turn: NodeJS.Immediate | undefined;
  #recallTimer: NodeJS.Timeout | undefined;
  #runTimer: NodeJS.Timeout | undefined;
  #cancelled: { readonly reason: string; readonly how: 'drain' | 'kill' } | undefined;
  #runError: TaskError | undefined;
  #pumping = false;
  #over = false;
  #settle!: { resolve(ending: RunEnding): void; reject(error: unknown): void };

  constructor(request: ExecuteRequest, ports: ExecutorPorts) {
    const { plan, runId, epoch } = request;
    this.#request = request;
    this.#ports = ports;
    this.#tasks = plan.tasks;
    this.#status = plan.tasks.map(() => 'pending');
    this.#unsettled = plan.tasks.length;
    this.#journal = new Journal(runId, epoch, ports);
    this.#progress = new Progress(plan);
    this.#levels = new Levels(plan, request.byLevel);
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
    this.#pool = new WorkerPool({
      size: request.jobs,
      workerFile: ports.workerFile,
      env: request.env,
      session: {
        ...ports.session,
        run: runId,
        pipeline: plan.pipeline,
        params: plan.params,
        env: plan.env,
      },
      listener: {
        answered: (slot, message) => this.#guard(() => this.#answered(slot, message)),
        died: (running, waiting, death) => this.#guard(() => this.#died(running, waiting, death)),
      },
    });
    this.ended = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    this.#guard(() => this.#begin());
  }

  cancel(reason: string, how: 'drain' | 'kill'): void {
    if (this.#over || this.#cancelled?.how === 'kill') return;
    this.#cancelled = { reason: this.#cancelled?.reason ?? reason, how };
    this.#guard(() => this.#stopAll(how));
  }

  #begin(): void {
    const { plan, owner, parent, earlier } = this.#request;
    if (earlier === undefined) {
      const { planId, pipeline, file, params } = plan;
      this.#journal.record('run.started', {
        pipeline,
        planId,
        file,
        params,
        tasks: plan.tasks.length,
        owner,
        ...(parent === undefined ? {} : { parent }),
      });
    } else this.#journal.record('run.resumed', { owner });
    for (const [task, { output }] of plan.given) this.#outputs.set(task, output);
    if (plan.timeout !== null)
      this.#runTimer = setTimeout(
        () => this.#guard(() => this.#runTimedOut()),
        timerMs(plan.timeout),
      );
    for (const [task, attempts] of earlier?.attempts ?? []) this.#attempts.set(task, attempts);
    this.#apply(this.#progress.begin());
    this.#wake();
  }

  // --- What becomes of a task -------------------------------------------------------------------

  /** Transitions cause more of themselves; they are worked off one by one, so that a long chain is no deep stack. */
  #apply(transitions: readonly Transition[]): void {
    this.#transitions.push(...transitions);
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let next = 0; next < this.#transitions.length; next++)
        this.#transit(this.#transitions[next]!);
    } finally {
      this.#transitions.length = 0;
      this.#pumping = false;
    }
  }

  #transit(transition: Transition): void {
    const { task: number, to } = transition;
    if (to === 'ready') {
      if (!this.#levels.holds(this.#tasks[number]!.level, number)) this.#ready(number);
      return;
    }
    const { because } = transition;
    if (to === 'skipped')
      this.#record(number, 'skipped', 'run.task.skipped', {
        reason: `${because.join(', ')} skipped`,
      });
    else this.#record(number, 'upstream_failed', 'run.task.upstream_failed', { because });
    this.#finished(number);
  }

  #ready(number: number): void {
    const task = this.#tasks[number]!;
    const { decision } = task;
    const before = this.#request.earlier?.outputs.get(task.name);
    if (before !== undefined) {
      this.#status[number] = 'succeeded';
      this.#outputs.set(task.name, before);
      this.#end(number, 'succeeded');
    } else if (decision.action === 'skip') {
      this.#record(number, 'skipped', 'run.task.skipped', { reason: decision.reason });
      this.#end(number, 'skipped');
    } else if (decision.action === 'cached') {
      this.#reuse(number, decision.output, decision.fromRun, task.key ?? '');
    } else if (
      task.mentions.length === 0 &&
      task.settings.cache === false &&
      task.map === undefined
    ) {
      this.#tryPreparing(number, () => this.#enqueue(number, this.#preparation.prepareNow(task)));
    } else {
      this.#preparing++;
      void this.#prepare(number).finally(() => {
        this.#preparing--;
        this.#wake();
      });
    }
  }

  /** The slow way: outputs are loaded for expressions, a stored result is looked for. Never rejects. */
  async #prepare(number: number): Promise<void> {
    const task = this.#tasks[number]!;
    try {
      const prepared = await this.#preparation.prepare(task);
      const hit = await this.#stored(task, prepared.key);
      if (this.#over || this.#cancelled !== undefined) return;
      this.#guard(() =>
        this.#tryPreparing(number, () => {
          if (!this.#preparation.holds(task, prepared.scope)) {
            this.#record(number, 'skipped', 'run.task.skipped', {
              reason: `when: ${task.when} is false`,
            });
            this.#end(number, 'skipped');
          } else if (hit !== undefined) this.#reuse(number, hit.output, hit.run, prepared.key);
          else this.#enqueue(number, prepared);
        }),
      );
    } catch (error) {
      this.#guard(() => this.#cannotPrepare(number, error));
    }
  }

  async #stored(task: PlannedTask, key: Digest): Promise<CacheEntry | undefined> {
    if (task.settings.cache === false || !this.#request.cache.read) return undefined;
    const entry = this.#ports.store.cached(key, this.#ports.now());
    return entry !== undefined && (await this.#ports.io.has(entry.output)) ? entry : undefined;
  }

  /** A `with` or `when` that cannot be evaluated is the task's failure, not dp's. */
  #tryPreparing(number: number, prepare: () => void): void {
    try {
      prepare();
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'DP1009') throw error;
      this.#cannotPrepare(number, error);
    }
  }

  #cannotPrepare(number: number, thrown: unknown): void {
    if (this.#over) return;
    this.#fail(number, { task: this.#tasks[number]!.name }, 'failed', describeError(thrown), 0);
    this.#wake();
  }

  #enqueue(number: number, prepared: Prepared): void {
    const task = this.#tasks[number]!;
    this.#prepared.set(number, prepared);
    this.#record(number, 'ready', 'run.task.ready', { key: prepared.key });
    if (task.map === undefined) {
      this.#queue.push(this.#laneOf(task), { task: number, element: undefined });
      return;
    }
    const elements = elementsFrom(
      this.#ports.expressions.evaluate(task.map.over, prepared.scope),
      task.map.over,
    );
    const mapped = new MappedTask(elements);
    this.#mapped.set(number, mapped);
    this.#record(number, 'running', 'run.task.expanded', { elements: elements.length });
    const lane = this.#laneOf(task);
    for (const element of elements.keys()) this.#queue.push(lane, { task: number, element });
    this.#collect(number, mapped, performance.now());
  }

  #reuse(number: number, output: ResultRef, fromRun: RunId, key: Digest): void {
    this.#record(number, 'cached', 'run.task.cached', { output, fromRun, key });
    this.#outputs.set(this.#tasks[number]!.name, output);
    this.#end(number, 'succeeded');
  }

  /** The task has its outcome; its dependents hear of it. */
  #end(number: number, ending: Ending): void {
    this.#finished(number);
    this.#apply(this.#progress.settle(number, ending));
  }

  #finished(number: number): void {
    this.#unsettled--;
    this.#prepared.delete(number);
    this.#mapped.delete(number);
    const { level } = this.#tasks[number]!;
    this.#beginLevel(level);
    if (!this.#levels.ends(level)) return;
    this.#journal.record('run.level.completed', { level });
    this.#apply(this.#levels.released().map((task) => ({ task, to: 'ready' })));
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
    if (this.#levels.begins(level)) {
      this.#journal.record('run.level.started', { level, tasks: this.#levels.size(level) });
    }
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
    this.#armRecall();
    if (this.#isDone()) void this.#finish();
  }

  #pickStarts(): (() => void)[] {
    const starts: (() => void)[] = [];
    if (this.#cancelled !== undefined || this.#runError !== undefined) return starts;
    while (this.#queue.size > 0) {
      const busy = this.#busySlots() + this.#commands;
      if (busy < this.#request.jobs) {
        const unit = this.#queue.take((lane) => this.#isOpen(lane));
        if (unit === undefined) break;
        starts.push(
          this.#isShell(unit)
            ? this.#startCommand(unit)
            : this.#startOn(this.#pool.idleSlot()!, unit),
        );
      } else {
        const slot = this.#meanMs < SHORT_MS ? this.#shortestLine() : undefined;
        if (slot === undefined) break;
        const unit = this.#queue.take((lane) => lane === '');
        if (unit === undefined) break;
        starts.push(this.#startOn(slot, unit));
      }
    }
    return starts;
  }

  #busySlots(): number {
    let busy = 0;
    for (const slot of this.#pool.slots) if (slot.held.length > 0) busy++;
    return busy;
  }

  #shortestLine(): WorkerSlot | undefined {
    let best: WorkerSlot | undefined;
    for (const slot of this.#pool.slots) {
      if (slot.held.length < AHEAD && (best === undefined || slot.held.length < best.held.length))
        best = slot;
    }
    return best;
  }

  /** The slot is taken at once; the message goes out with the turn, after its start is on record. */
  #startOn(slot: WorkerSlot, unit: Unit): () => void {
    const task = this.#tasks[unit.task]!;
    const live = this.#newLive(unit, { slot });
    const assignment = slot.hold(this.#assignmentFor(live, task));
    if (slot.held[0] === assignment) this.#begun(live);
    return () => slot.post(assignment);
  }

  #assignmentFor(
    { token, unit, attempt }: Live,
    task: PlannedTask,
  ): Omit<Assignment, 'is' | 'claim'> {
    const { runId, epoch } = this.#request;
    const { element } = unit;
    const work = task.work.is === 'function' ? task.work : { module: '', task: task.name };
    return {
      token,
      task: task.name,
      attempt,
      module: work.module,
      function: work.task,
      arguments: this.#argumentsOf(unit, task),
      streamOutput: task.settings.streamOutput,
      resultId: resultId(unit, attempt, epoch),
      key: element === undefined ? `${runId}/${task.name}` : `${runId}/${task.name}/${element}`,
      ...(element === undefined ? {} : { element }),
    };
  }

  #argumentsOf(unit: Unit, task: PlannedTask): Record<string, Argument> {
    const named = this.#preparation.argumentsOf(task, this.#prepared.get(unit.task)!);
    if (task.map !== undefined && unit.element !== undefined) {
      named[task.map.as] = {
        is: 'value',
        value: this.#mapped.get(unit.task)!.elements[unit.element],
      };
    }
    return named;
  }

  #startCommand(unit: Unit): () => void {
    const task = this.#tasks[unit.task]!;
    if (task.work.is !== 'shell') throw new Fault('DP9001', 'a function task in the shell lane');
    const { shell, cwd, command: template } = task.work;
    const { run, stateFolder } = {
      run: this.#request.runId,
      stateFolder: this.#ports.session.stateFolder,
    };
    const scope = this.#prepared.get(unit.task)!.scope;
    const { command, env } = this.#ports.expressions.shellCommand(template, scope);
    this.#commands++;
    const live = this.#newLive(unit, {});
    this.#begun(live);
    return () => {
      const log = new AttemptLog({ run, stateFolder }, { task: task.name, attempt: live.attempt });
      const process = new ShellProcess(
        {
          command,
          shell,
          cwd: resolve(this.#request.plan.folder, cwd),
          env: { ...this.#request.env, ...env },
        },
        log,
      );
      this.#live.set(live.token, { ...live, process });
      void this.#awaitCommand(live.token, process);
    };
  }

  async #awaitCommand(token: number, process: ShellProcess): Promise<void> {
    const outcome = await process.outcome;
    const live = this.#live.get(token);
    if (live === undefined || this.#over) return;
    const durationMs = performance.now() - (live.begunAt ?? 0);
    try {
      if (outcome.is === 'failed') {
        this.#guard(() =>
          this.#attemptFailed(
            live,
            { reason: 'failed', retryable: true },
            outcome.error,
            durationMs,
          ),
        );
      } else {
        const task = this.#tasks[live.unit.task]!.name;
        const id = resultId(live.unit, live.attempt, this.#request.epoch);
        const saved = await this.#ports.io.save(
          { run: this.#request.runId, task, id },
          outcome.output,
        );
        this.#guard(() => this.#attemptSucceeded(live, saved.ref, saved.inline, durationMs));
      }
    } catch (error) {
      this.#crash(error);
    } finally {
      this.#commands--;
      this.#wake();
    }
  }

  #newLive(unit: Unit, how: { readonly slot?: WorkerSlot }): Live {
    const live: Live = {
      token: ++this.#tokens,
      unit,
      attempt: this.#attemptsOf(unit) + 1,
      timers: [],
      ...how,
    };
    this.#live.set(live.token, live);
    this.#use(unit, +1);
    return live;
  }

  /** Its turn has come: from here on the attempt counts. */
  #begun(live: Live): void {
    const task = this.#tasks[live.unit.task]!;
    live.begunAt = performance.now();
    this.#attempts.set(this.#unitName(live.unit), live.attempt);
    this.#status[live.unit.task] = 'running';
    const token = `${this.#request.epoch}.${live.token}`;
    this.#journal.record(
      'run.task.started',
      { worker: live.slot?.number ?? 0, token },
      this.#subject(live),
    );
    const { timeout } = task.settings;
    if (timeout !== null) {
      live.timers.push(
        setTimeout(
          () => this.#guard(() => this.#stop(live.token, 'timed_out', 'timeout')),
          timerMs(timeout),
        ),
      );
    }
  }

  // --- Answers ----------------------------------------------------------------------------------

  #answered(slot: WorkerSlot, message: FromWorker): void {
    if (message.is === 'serving' || this.#over) return;
    const live = this.#live.get(message.token);
    if (live === undefined) return;
    if (message.is === 'progress') {
      this.#journal.record(
        'run.task.progress',
        { done: message.done, total: message.total },
        this.#subject(live),
      );
    } else if (message.is === 'published') {
      this.#journal.publish(message.topic, message.data, this.#subject(live));
    } else {
      this.#meanMs =
        this.#meanMs === Infinity
          ? message.durationMs
          : this.#meanMs * 0.9 + message.durationMs * 0.1;
      if (message.is === 'succeeded')
        this.#attemptSucceeded(live, message.output, message.inline, message.durationMs);
      else
        this.#attemptFailed(
          live,
          { ...message, reason: 'failed' },
          message.error,
          message.durationMs,
        );
      this.#nextOn(slot);
    }
    this.#wake();
  }

  /** What was sent ahead to the thread has its turn now. */
  #nextOn(slot: WorkerSlot): void {
    const next = slot.held[0];
    const live = next === undefined ? undefined : this.#live.get(next.token);
    if (live !== undefined && live.begunAt === undefined) this.#begun(live);
  }

  #died(running: Assignment | undefined, waiting: readonly Assignment[], death: ThreadDeath): void {
    if (this.#over) return;
    for (const assignment of waiting) this.#takeBack(assignment);
    const live = running === undefined ? undefined : this.#live.get(running.token);
    if (live !== undefined) {
      if (live.begunAt === undefined) this.#begun(live);
      const error = errorFromDeath(death);
      const durationMs = performance.now() - (live.begunAt ?? 0);
      this.#attemptFailed(live, { reason: 'crashed', retryable: true }, error, durationMs);
    } else if (running === undefined && waiting.length === 0 && death.is !== 'killed') {
      // A thread that dies with nothing to do would die again: dp itself cannot run here.
      throw new Fault('DP9001', `a worker thread could not serve: ${death.message}`, {
        cause: death.cause,
      });
    }
    this.#wake();
  }

  #takeBack({ token }: Assignment): void {
    const live = this.#live.get(token);
    if (live === undefined) return;
    this.#release(live);
    if (live.begunAt !== undefined) this.#status[live.unit.task] = 'ready';
    this.#queue.push(this.#laneOf(this.#tasks[live.unit.task]!), live.unit);
  }

  #attemptSucceeded(
    live: Live,
    output: ResultRef,
    inline: Uint8Array | undefined,
    durationMs: Milliseconds,
  ): void {
    if (live.stopping === 'timed_out') {
      // It ended within the grace, but too late to count: nothing of it is committed.
      this.#attemptFailed(
        live,
        { reason: 'timed_out', retryable: true },
        timeoutError(this.#tasks[live.unit.task]!),
        durationMs,
      );
      return;
    }
    this.#release(live);
    const { task: number, element } = live.unit;
    const task = this.#tasks[number]!;
    const key = this.#prepared.get(number)?.key ?? null;
    this.#journal.record('run.task.succeeded', { output, durationMs, key }, this.#subject(live));
    if (element !== undefined) {
      const mapped = this.#mapped.get(number)!;
      mapped.succeeded(element, output);
      this.#collect(number, mapped, live.begunAt ?? 0);
      return;
    }
    this.#status[number] = 'succeeded';
    this.#outputs.set(task.name, output, inline);
    this.#remember(task, key, output);
    this.#end(number, 'succeeded');
  }

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

  #attemptFailed(live: Live, failure: Failure, error: TaskError, durationMs: Milliseconds): void {
    this.#release(live);
    const { unit, attempt, stopping } = live;
    const task = this.#tasks[unit.task]!;
    if (stopping === 'cancelled') {
      this.#status[unit.task] = 'pending';
      return;
    }
    const reason = stopping ?? failure.reason;
    const told = stopping === undefined ? error : timeoutError(task);
    const seed = `${this.#request.runId}/${this.#unitName(unit)}/${attempt}`;
    const delayMs =
      this.#cancelled === undefined
        ? delayAfter(task.settings, attempt, { ...failure, reason }, seed)
        : undefined;
    if (delayMs === undefined) {
      this.#fail(unit.task, this.#subject(live), reason, told, durationMs);
      return;
    }
    const dueAt = this.#ports.now() + delayMs;
    this.#journal.record(
      'run.task.retrying',
      { reason, error: told, delayMs, dueAt },
      this.#subject(live),
    );
    this.#status[unit.task] = 'retrying';
    const timer = setTimeout(
      () => {
        this.#retries.delete(timer);
        this.#status[unit.task] = 'ready';
        this.#queue.push(this.#laneOf(task), unit);
        this.#wake();
      },
      Math.min(delayMs, LONGEST_TIMER_MS),
    );
    this.#retries.set(timer, unit);
  }

  /** No further attempt. */
  #fail(
    number: number,
    subject: Subject,
    reason: AttemptReason,
    error: TaskError,
    durationMs: Milliseconds,
  ): void {
    const task = this.#tasks[number]!;
    if (reason === 'timed_out')
      this.#journal.record('run.task.timed_out', { error, durationMs }, subject);
    else this.#journal.record('run.task.failed', { reason, error, durationMs }, subject);
    if (subject.element !== undefined) {
      const mapped = this.#mapped.get(number)!;
      mapped.failed(subject.element, error);
      this.#collect(number, mapped, performance.now() - durationMs);
      return;
    }
    this.#beginLevel(task.level);
    this.#status[number] = reason === 'timed_out' ? 'timed_out' : 'failed';
    if (!task.settings.failSafe && this.#request.onFailure === 'stop') this.#stopStarting();
    this.#end(number, task.settings.failSafe ? 'forgiven' : 'failed');
  }

  /** A mapped task ends with the last of its elements. */
  #collect(number: number, mapped: MappedTask, since: Milliseconds): void {
    const { outcome } = mapped;
    if (outcome === undefined) return;
    const task = this.#tasks[number]!;
    const durationMs = performance.now() - since;
    if (outcome.is === 'failed') {
      this.#fail(number, { task: task.name }, 'failed', outcome.error, durationMs);
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

  // --- Stopping ---------------------------------------------------------------------------------

  /** Asks an attempt to end; after the grace it is ended. */
  #stop(token: number, why: 'timed_out' | 'cancelled', reason: string): void {
    const live = this.#live.get(token);
    if (live === undefined || live.stopping !== undefined) return;
    live.stopping = why;
    const { graceMs } = this.#request;
    if (live.process !== undefined) live.process.stop(graceMs);
    else {
      live.slot?.abort(token, reason);
      live.timers.push(setTimeout(() => live.slot?.kill(), graceMs));
    }
  }

  #stopAll(how: 'drain' | 'kill'): void {
    this.#stopStarting();
    for (const live of this.#live.values()) {
      if (how === 'drain') this.#stop(live.token, 'cancelled', 'cancelled');
      else {
        live.stopping = 'cancelled';
        live.process?.kill();
        live.slot?.kill();
      }
    }
    this.#wake();
  }

  #stopStarting(): void {
    this.#cancelled ??= { reason: 'a task failed and --on-failure is stop', how: 'drain' };
    this.#queue.clear();
    for (const timer of this.#retries.keys()) clearTimeout(timer);
    this.#retries.clear();
    for (const slot of this.#pool.slots)
      for (const { token } of slot.recall()) this.#release(this.#live.get(token)!);
  }

  #runTimedOut(): void {
    const { timeout } = this.#request.plan;
    this.#runError = {
      name: 'RunTimeout',
      message: `the run did not end within ${timeout} s`,
      code: 'DP6005',
    };
    this.cancel(this.#runError.message, 'drain');
  }

  /** Gives a thread's line back when its first attempt turns out to be long. */
  #armRecall(): void {
    const ahead = [...this.#pool.slots].some((slot) => slot.held.length > 1);
    if (!ahead || this.#recallTimer !== undefined) return;
    this.#recallTimer = setTimeout(() => {
      this.#recallTimer = undefined;
      this.#guard(() => this.#recallStuck());
    }, RECALL_AFTER_MS);
  }

  #recallStuck(): void {
    for (const slot of this.#pool.slots) {
      if (slot.held.length < 2 || performance.now() - slot.turnBegan < RECALL_AFTER_MS) continue;
      this.#meanMs = Infinity;
      for (const assignment of slot.recall()) this.#takeBack(assignment);
    }
    this.#wake();
  }

  // --- The end ----------------------------------------------------------------------------------

  #isDone(): boolean {
    if (this.#unsettled === 0) return true;
    return this.#cancelled !== undefined && this.#live.size === 0 && this.#preparing === 0;
  }

  /** The results reach the disk, then the record says so, then that reaches the disk. */
  async #finish(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    try {
      const reason = this.#cancelled?.reason ?? '';
      for (const [number, status] of this.#status.entries()) {
        if (!isFinished(status))
          this.#record(number, 'cancelled', 'run.task.cancelled', { reason });
      }
      await this.#ports.io.flush(this.#request.runId);
      const ending = this.#ending();
      const totals = totalsOf(this.#status);
      if (ending.status === 'cancelled') this.#journal.record('run.cancelled', { totals, reason });
      else if (ending.status === 'succeeded') this.#journal.record('run.succeeded', { totals });
      else
        this.#journal.record('run.failed', {
          totals,
          ...(this.#runError === undefined ? {} : { error: this.#runError }),
        });
      this.#journal.commit();
      this.#ports.store.release(this.#request.runId);
      this.#ports.store.flush();
      await this.#tidy();
      await this.#journal.told();
      this.#settle.resolve(ending);
    } catch (error) {
      this.#settle.reject(error);
    }
  }

  #ending(): RunEnding {
    const timedOut = this.#runError !== undefined;
    if (timedOut || this.#hasFailed()) return { status: 'failed', timedOut };
    return { status: this.#unsettled > 0 ? 'cancelled' : 'succeeded', timedOut };
  }

  /** Any task that failed and is not `fail_safe`; leaves alone say nothing. */
  #hasFailed(): boolean {
    return this.#status.some(
      (status, number) =>
        (status === 'failed' || status === 'timed_out') && !this.#tasks[number]!.settings.failSafe,
    );
  }

  async #tidy(): Promise<void> {
    clearTimeout(this.#runTimer);
    clearTimeout(this.#recallTimer);
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    for (const timer of this.#retries.keys()) clearTimeout(timer);
    for (const live of this.#live.values()) {
      live.timers.forEach(clearTimeout);
      live.process?.kill();
    }
    await this.#pool.close();
  }

  /** The world failed under the run (disk, state), or dp has a bug: nothing more can be recorded. */
  #crash(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    void this.#tidy().finally(() => this.#settle.reject(error));
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#crash(error);
    }
  }

  // --- Small change -----------------------------------------------------------------------------

  #release(live: Live): void {
    live.timers.forEach(clearTimeout);
    if (this.#live.delete(live.token)) this.#use(live.unit, -1);
  }

  #use(unit: Unit, change: 1 | -1): void {
    for (const [name] of this.#limitsOf(this.#tasks[unit.task]!)) {
      this.#inUse.set(name, (this.#inUse.get(name) ?? 0) + change);
    }
  }

  /** Units that share a lane share their limits; shell commands never go to a thread's line. */
  #laneOf(task: PlannedTask): string {
    const limits = this.#limitsOf(task).map(([name, limit]) => `${name}=${limit}`);
    return task.work.is === 'shell' ? ['shell', ...limits].join(' ') : limits.join(' ');
  }

  #isOpen(lane: string): boolean {
    for (const word of lane.split(' ')) {
      const at = word.lastIndexOf('=');
      if (at !== -1 && (this.#inUse.get(word.slice(0, at)) ?? 0) >= Number(word.slice(at + 1)))
        return false;
    }
    return true;
  }

  #limitsOf(task: PlannedTask): (readonly [string, number])[] {
    const limits: (readonly [string, number])[] = [];
    const { pool } = task.settings;
    if (pool !== null) limits.push([`pool:${pool}`, this.#request.plan.pools.get(pool) ?? 1]);
    if (task.map !== undefined && task.map.maxParallel !== null)
      limits.push([`map:${task.name}`, task.map.maxParallel]);
    return limits;
  }

  #isShell = (unit: Unit): boolean => this.#tasks[unit.task]!.work.is === 'shell';
  #unitName = ({ task, element }: Unit): string =>
    element === undefined ? this.#tasks[task]!.name : `${this.#tasks[task]!.name}/${element}`;
  #attemptsOf = (unit: Unit): number => this.#attempts.get(this.#unitName(unit)) ?? 0;
  #subject = ({ unit, attempt }: Live): Subject => ({
    task: this.#tasks[unit.task]!.name,
    attempt,
    ...(unit.element === undefined ? {} : { element: unit.element }),
  });
}

/** Unique within run and task: no two attempts, elements or holders of the run share a result file. */
function resultId({ element }: Unit, attempt: number, epoch: number): string {
  return element === undefined ? `a${attempt}.${epoch}` : `e${element}.a${attempt}.${epoch}`;
}

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

function elementsFrom(value: unknown, over: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Fault('DP1009', `map.over: ${over} gives no list`, {
    hint: 'map runs the task once for each element of a list',
  });
}

function timeoutError(task: PlannedTask): TaskError {
  return {
    name: 'TimeoutError',
    message: `did not end within its timeout of ${task.settings.timeout} s`,
    code: 'DP6002',
  };
}

function errorFromDeath({ is, message, exitCode, cause }: ThreadDeath): TaskError {
  if (is === 'uncaught' && cause instanceof Error) return describeError(cause);
  const names = {
    exit: 'ProcessExit',
    out_of_memory: 'OutOfMemory',
    uncaught: 'Uncaught',
    killed: 'Killed',
  };
  return {
    name: names[is],
    message,
    code: 'DP6003',
    ...(exitCode === undefined ? {} : { exitCode }),
  };
}

const timerMs = (seconds: number): Milliseconds => Math.min(seconds * 1000, LONGEST_TIMER_MS);
