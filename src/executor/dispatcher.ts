/**
 * Dispatcher: units with their arguments come in, attempts go to threads and commands, outcomes go out.
 * It knows what runs where, stops what takes too long, and tells a crash from a failure.
 * It never decides what happens next, and records nothing.
 */
import { resolve } from 'node:path';
import type { IoManager } from '../io/io-manager.ts';
import type { TaskError } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Milliseconds, RunId } from '../model/ids.ts';
import { AttemptLog } from './attempt-log.ts';
import type { Redaction } from './redaction.ts';
import { WorkerPool, type ThreadDeath, type WorkerSlot } from './pool.ts';
import type { Argument, Assignment, FromWorker, Session } from './protocol.ts';
import type { Failure } from './retry.ts';
import { ShellProcess, type ShellOutcome } from './shell.ts';
import type { Threads } from './threads.ts';
import { setLongTimeout } from './timer.ts';
import type { Attempt, Outcome, Workforce, WorkforceListener } from './workforce.ts';

export interface DispatcherOptions {
  readonly jobs: number;
  readonly graceMs: Milliseconds;
  /** Which holder of the run this is: part of the names of its results. */
  readonly epoch: number;
  readonly threads: Threads;
  readonly session: Session;
  /** The whole environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  /** Where commands start. */
  readonly folder: string;
  readonly io: IoManager;
  readonly redaction: Redaction;
  readonly listener: WorkforceListener;
}

/** Assignments sent ahead to one thread, while attempts are shorter than the way to the main thread and back. */
const AHEAD = 32;
const SHORT_MS = 1;
/** Between SIGTERM and SIGKILL, for a command whose grace is over. */
const TERM_MS = 1_000;
/** A thread that sits longer on one attempt gives back what was sent ahead. */
const RECALL_AFTER_MS = 5;

interface Live extends Attempt {
  readonly token: number;
  readonly slot?: WorkerSlot;
  process?: ShellProcess;
  /** By `performance.now()`; undefined while it waits in a thread's line. */
  begunAt?: Milliseconds;
  /** What ended its thread. */
  lastWords?: TaskError;
  /** Why it is being stopped; its answer no longer counts as it is. */
  stopping?: 'timed_out' | 'cancelled';
  readonly timers: { clear(): void }[];
}

export class Dispatcher implements Workforce {
  readonly #options: DispatcherOptions;
  readonly #pool: WorkerPool;
  readonly #live = new Map<number, Live>();
  #commands = 0;
  #tokens = 0;
  /** Of the last attempts, the newer the weightier. */
  #meanMs = Infinity;
  #recallTimer: NodeJS.Timeout | undefined;

  constructor(options: DispatcherOptions) {
    const { jobs: size, threads, session, listener } = options;
    this.#options = options;
    const guard = (act: () => void): void => {
      try {
        act();
      } catch (error) {
        listener.failed(error);
      }
    };
    this.#pool = new WorkerPool({
      size,
      threads,
      session,
      listener: {
        answered: (slot, message) => guard(() => this.#answered(slot, message)),
        died: (running, waiting, death) => guard(() => this.#died(running, waiting, death)),
      },
    });
  }

  get isIdle(): boolean {
    return this.#live.size === 0;
  }

  get room(): 'now' | 'ahead' | 'none' {
    let busy = this.#commands;
    let hasLine = false;
    for (const slot of this.#pool.slots) {
      if (slot.held.length === 0) continue;
      busy++;
      if (hasLineFree(slot)) hasLine = true;
    }
    if (busy < this.#options.jobs) return 'now';
    return hasLine && this.#meanMs < SHORT_MS ? 'ahead' : 'none';
  }

  startFunction(attempt: Attempt, named: Readonly<Record<string, Argument>>): () => void {
    const slot = this.room === 'now' ? this.#pool.idleSlot() : this.#shortestLine();
    if (slot === undefined) throw new Fault('DP9001', 'an attempt was started without room');
    const live = this.#admit({ ...attempt, slot });
    const assignment = slot.hold(this.#assignmentFor(live, named));
    if (slot.held[0] === assignment) this.#begin(live);
    return () => {
      slot.post(assignment);
      this.#armRecall();
    };
  }

  startCommand(
    attempt: Attempt,
    command: string,
    env: Readonly<Record<string, string>>,
  ): () => void {
    const { work } = attempt.task;
    if (work.is !== 'shell') throw new Fault('DP9001', 'a function was started as a command');
    this.#commands++;
    const live = this.#admit(attempt);
    this.#begin(live);
    return () => {
      const { session, folder, redaction } = this.#options;
      const named = { task: attempt.task.name, attempt: attempt.number, ...elementOf(attempt) };
      const log = new AttemptLog(session, named, redaction);
      const cwd = resolve(folder, work.cwd);
      live.process = new ShellProcess(
        { command, shell: work.shell, cwd, env: { ...this.#options.env, ...env } },
        log,
        redaction,
      );
      this.#awaitCommand(live, live.process).catch((error: unknown) =>
        this.#options.listener.failed(error),
      );
    };
  }

  recallAll(): void {
    for (const slot of this.#pool.slots)
      for (const { token } of slot.recall()) this.#takeBack(token);
  }

  stopAll(how: 'drain' | 'kill'): void {
    for (const live of this.#live.values()) {
      if (how === 'drain') this.#stop(live, 'cancelled');
      else {
        live.stopping = 'cancelled';
        live.process?.kill();
        live.slot?.kill();
      }
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#recallTimer);
    for (const live of this.#live.values()) {
      live.timers.forEach((timer) => timer.clear());
      live.process?.kill();
    }
    this.#live.clear();
    await this.#pool.close();
  }

  #admit(attempt: Attempt & { readonly slot?: WorkerSlot }): Live {
    const live: Live = { ...attempt, token: ++this.#tokens, timers: [] };
    this.#live.set(live.token, live);
    return live;
  }

  #begin(live: Live): void {
    live.begunAt = performance.now();
    this.#options.listener.begun(live, live.token, live.slot?.number ?? 0);
    if (live.slot === undefined || live.slot.isServing) this.#limitTime(live);
  }

  /** A thread's start-up is not the task's time. */
  #limitTime(live: Live): void {
    const { timeout } = live.task.settings;
    if (timeout === null) return;
    live.timers.push(setLongTimeout(() => this.#stop(live, 'timed_out'), timeout * 1000));
  }

  #shortestLine(): WorkerSlot | undefined {
    let best: WorkerSlot | undefined;
    for (const slot of this.#pool.slots) {
      if (slot.held.length === 0 || !hasLineFree(slot)) continue;
      if (best === undefined || slot.held.length < best.held.length) best = slot;
    }
    return best;
  }

  #assignmentFor(
    live: Live,
    named: Readonly<Record<string, Argument>>,
  ): Omit<Assignment, 'is' | 'claim'> {
    const { task, token, number, unit } = live;
    const work = task.work.is === 'function' ? task.work : { module: '', task: task.name };
    const { run } = this.#options.session;
    return {
      token,
      task: task.name,
      ...elementOf(live),
      attempt: number,
      module: work.module,
      function: work.task,
      arguments: named,
      streamOutput: task.settings.streamOutput,
      resultId: this.#resultId(live),
      key: idempotencyKey(run, task.name, unit.element),
    };
  }

  /** No two attempts, elements or holders of the run share a result file. */
  #resultId({ unit, number }: Attempt): string {
    const attempt = `a${number}.${this.#options.epoch}`;
    return unit.element === undefined ? attempt : `e${unit.element}.${attempt}`;
  }

  // --- What threads and commands answer -----------------------------------------------------------

  #answered(slot: WorkerSlot, message: FromWorker): void {
    const token = message.is === 'serving' ? slot.held[0]?.token : message.token;
    const live = token === undefined ? undefined : this.#live.get(token);
    if (live === undefined) return;
    const { listener } = this.#options;
    switch (message.is) {
      case 'serving':
        this.#limitTime(live);
        return;
      case 'progress':
        listener.progressed(live, message.done, message.total);
        return;
      case 'published':
        listener.published(live, message.topic, message.data);
        return;
      case 'crashed':
        live.lastWords = message.error;
        return;
      case 'succeeded':
        this.#end(live, message, message.durationMs);
        break;
      case 'failed':
        this.#end(
          live,
          { is: 'failed', failure: { ...message, reason: 'failed' }, error: message.error },
          message.durationMs,
        );
        break;
    }
    this.#meanMs =
      this.#meanMs === Infinity
        ? message.durationMs
        : this.#meanMs * 0.9 + message.durationMs * 0.1;
    this.#nextOn(slot);
  }

  /** What was sent ahead to the thread has its turn now. */
  #nextOn({ held: [next] }: WorkerSlot): void {
    const live = next === undefined ? undefined : this.#live.get(next.token);
    if (live !== undefined && live.begunAt === undefined) this.#begin(live);
  }

  #died(running: Assignment | undefined, waiting: readonly Assignment[], death: ThreadDeath): void {
    if (death.atStart && death.is !== 'killed') {
      throw new Fault('DP9001', `a worker thread could not serve: ${death.message}`, {
        cause: death.cause,
      });
    }
    for (const { token } of waiting) this.#takeBack(token);
    const live = running === undefined ? undefined : this.#live.get(running.token);
    // Without a running attempt, what an earlier one left behind ended the thread: it hurts nobody.
    if (live === undefined) return;
    if (live.begunAt === undefined) this.#begin(live);
    const failure: Failure = { reason: 'crashed', retryable: true };
    this.#end(
      live,
      { is: 'failed', failure, error: errorFrom(death, live.lastWords) },
      sinceBegin(live),
    );
  }

  async #awaitCommand(live: Live, process: ShellProcess): Promise<void> {
    const outcome = await process.outcome;
    this.#commands--;
    if (!this.#live.has(live.token)) return;
    this.#end(live, await this.#commandOutcome(live, outcome), sinceBegin(live));
  }

  async #commandOutcome(live: Live, outcome: ShellOutcome): Promise<Outcome> {
    if (outcome.is === 'failed') {
      return { is: 'failed', failure: { reason: 'failed', retryable: true }, error: outcome.error };
    }
    const { io, session } = this.#options;
    const address = { run: session.run, task: live.task.name, id: this.#resultId(live) };
    const { ref: output, inline } = await io.save(address, outcome.output);
    return { is: 'succeeded', output, ...(inline === undefined ? {} : { inline }) };
  }

  /** What was asked to stop counts as stopped, whatever it answers; only a success before a cancel still counts. */
  #end(live: Live, answer: Outcome, durationMs: Milliseconds): void {
    live.timers.forEach((timer) => timer.clear());
    this.#live.delete(live.token);
    this.#options.listener.answered(live, this.#verdict(live, answer), durationMs);
  }

  #verdict({ stopping, task }: Live, answer: Outcome): Outcome {
    if (stopping === undefined) return answer;
    if (stopping === 'cancelled') return answer.is === 'succeeded' ? answer : { is: 'cancelled' };
    const message = `did not end within its timeout of ${task.settings.timeout} s`;
    return {
      is: 'failed',
      failure: { reason: 'timed_out', retryable: true },
      error: { name: 'TimeoutError', message, code: 'DP6002' },
    };
  }

  #takeBack(token: number): void {
    const live = this.#live.get(token);
    if (live === undefined) return;
    live.timers.forEach((timer) => timer.clear());
    this.#live.delete(token);
    this.#options.listener.takenBack(live, live.begunAt !== undefined);
  }

  // --- Stopping -----------------------------------------------------------------------------------

  /** Asks an attempt to end; after the grace it is ended. */
  #stop(live: Live, why: 'timed_out' | 'cancelled'): void {
    if (live.stopping !== undefined) return;
    live.stopping = why;
    const { graceMs } = this.#options;
    const { process } = live;
    if (process !== undefined && why === 'timed_out') process.stop(graceMs);
    // A command cannot be told without being ended: its grace comes first.
    else if (process !== undefined) {
      live.timers.push(setLongTimeout(() => process.stop(TERM_MS), graceMs));
    } else {
      live.slot?.abort(live.token, why === 'timed_out' ? 'timed out' : 'cancelled');
      live.timers.push(setLongTimeout(() => live.slot?.kill(), graceMs));
    }
  }

  /** Gives a thread's line back when its first attempt turns out to be long. */
  #armRecall(): void {
    if (this.#recallTimer !== undefined) return;
    if (![...this.#pool.slots].some((slot) => slot.held.length > 1)) return;
    this.#recallTimer = setTimeout(() => {
      this.#recallTimer = undefined;
      this.#recallStuck();
      this.#armRecall();
    }, RECALL_AFTER_MS);
  }

  #recallStuck(): void {
    for (const slot of this.#pool.slots) {
      if (slot.held.length < 2 || performance.now() - slot.turnBegan < RECALL_AFTER_MS) continue;
      this.#meanMs = Infinity;
      for (const { token } of slot.recall()) this.#takeBack(token);
    }
  }
}

/** A thread that is starting up would keep what others could have done. */
const hasLineFree = ({ held, isServing }: WorkerSlot): boolean => isServing && held.length < AHEAD;

/** Stable across attempts: what a task hands to services that take an idempotency key. */
function idempotencyKey(run: RunId, task: string, element: number | undefined): string {
  return element === undefined ? `${run}/${task}` : `${run}/${task}/${element}`;
}

const elementOf = ({ unit: { element } }: Attempt): { element?: number } =>
  element === undefined ? {} : { element };

const sinceBegin = ({ begunAt }: Live): Milliseconds =>
  performance.now() - (begunAt ?? performance.now());

function errorFrom({ is, message, exitCode }: ThreadDeath, lastWords?: TaskError): TaskError {
  if (lastWords !== undefined) return { ...lastWords, code: 'DP6003' };
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
