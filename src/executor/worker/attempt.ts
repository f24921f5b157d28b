/** One attempt at a function task, on the worker's side: arguments in, the stored result or the error out. */
import { deserialize } from '../../io/codec.ts';
import type { IoManager, Saved, StreamOptions } from '../../io/io-manager.ts';
import { LiveReader, LiveWriter } from '../../io/live-stream.ts';
import { openResults } from '../../io/open-results.ts';
import { decodeInline } from '../../io/stored-value.ts';
import { Waiting } from '../../io/waiting.ts';
import type { TaskError } from '../../model/event.ts';
import type { SeenRead } from '../../model/input-note.ts';
import type { JsonObject } from '../../model/json.ts';
import type { ResultAddress } from '../../model/result.ts';
import { checkedArgument } from '../../registry/values/check-values.ts';
import { loadTask } from '../../registry/modules/load-task.ts';
import { installLoader, type Loader } from '../../registry/loader/loader.ts';
import { PlannedCode } from '../../registry/loader/planned-code.ts';
import { realPathOf } from '../../registry/loader/project-files.ts';
import type { TaskContext } from '../../registry/authoring/task-context.ts';
import {
  isNonRetryable,
  retryWish,
  type RetryWish,
} from '../../registry/authoring/error-wishes.ts';
import { attemptContext } from './attempt-context.ts';
import { AttemptLog, captureOutput, foldersFor, type LogPlace } from './attempt-log.ts';
import type { Assignment, FromWorker, SentArgument, Session } from '../ports/protocol.ts';
import { fieldsTellingReads, type Environment } from './environment.ts';
import type { Intrinsics } from './intrinsics.ts';
import type { Observer } from './observer.ts';
import type { StartedChildren } from './started-children.ts';
import type { Pulse } from '../ports/pulse.ts';
import { Redaction } from './redaction.ts';
import { holdsSecret } from './secret-in-result.ts';
import { eachHeard, isStreamed } from './streamed-output.ts';
import { AttemptScopes, type AttemptScope } from './attempt-scope.ts';
import { describeError } from './task-error.ts';

export class AttemptRunner {
  readonly #session: Session;
  readonly #logPlace: LogPlace;
  readonly #tell: (message: FromWorker) => void;
  readonly #pulse: Pulse;
  readonly #io: IoManager;
  readonly #redaction: Redaction;
  readonly #worker: WorkerState;
  readonly #planned: PlannedCode;
  readonly #loader: Loader;
  /** Modules from which tasks were loaded. */
  readonly #modules = new Set<string>();
  readonly #scopes = AttemptScopes.inThread((scope, error) => this.#crash(scope, error));
  #running: RunningAttempt | undefined;

  static async open(session: Session, parts: WorkerParts): Promise<AttemptRunner> {
    return new AttemptRunner({ ...parts, session, io: await openResults(session.results) });
  }

  private constructor({ session, tell, pulse, io, worker }: RunnerParts) {
    this.#worker = worker;
    worker.children.tell(tell);
    this.#session = session;
    this.#logPlace = { ...session, folders: foldersFor(session) };
    this.#tell = tell;
    this.#pulse = pulse;
    this.#io = io;
    this.#redaction = new Redaction(session.secrets);
    this.#planned = new PlannedCode(session.root, session.code);
    const recorder = worker.observer;
    this.#loader = installLoader({ ...session, planned: this.#planned, recorder });
    captureOutput((piece, source) =>
      (this.#scopes.current ?? this.#running)?.log.write(piece, source),
    );
  }

  abort(token: number, reason: string): void {
    if (this.#running?.token === token) this.#running.stop.abort(new Error(reason));
  }

  /** Returns false when the worker must not be reused, because the attempt changed its built-in objects. */
  async run(assignment: Assignment): Promise<boolean> {
    const { token } = assignment;
    this.#worker.environment.restore();
    const running: RunningAttempt = {
      token,
      stop: new AbortController(),
      waiting: new Waiting(assignment.waiting),
      log: new AttemptLog(this.#logPlace, assignment, this.#redaction, () => this.#beat(running)),
      isOver: false,
      isSpoiled: false,
      holdsSecret: false,
    };
    this.#running = running;
    this.#beat(running);
    const began = performance.now();
    try {
      const { ref: output, inline } = await this.#scopes.run(running, () =>
        this.#perform(assignment, running),
      );
      await this.#lookForChildren(running);
      running.log.close();
      if (running.log.failure !== undefined) throw running.log.failure;
      if (this.#planned.hasRefused) running.isSpoiled = true;
      const durationMs = performance.now() - began;
      this.#tell({
        is: 'succeeded',
        token,
        output,
        durationMs,
        ...(inline === undefined ? {} : { inline }),
        ...(running.holdsSecret ? { holdsSecret: true } : {}),
        ...(running.seen === undefined ? {} : { seen: running.seen }),
        ...(running.isSpoiled ? { isSpoiled: true } : {}),
      });
    } catch (error) {
      await this.#lookForChildren(running);
      const durationMs = performance.now() - began;
      const wish = retryWish(error, Date.now());
      // The thrown value is not read, as reading it may throw.
      const isRefused = this.#planned.hasRefused;
      if (isRefused) running.isSpoiled = true;
      this.#tell({
        is: 'failed',
        token,
        error: withWarning(this.#described(error), wish),
        retryable: !isRefused && !isNonRetryable(error),
        durationMs,
        ...(wish.is === 'wait' ? { retryAfterMs: wish.ms } : {}),
        ...(running.isSpoiled ? { isSpoiled: true } : {}),
      });
    } finally {
      running.isOver = true;
      running.waiting.end();
      this.#running = undefined;
      running.log.close();
    }
    return !running.isSpoiled;
  }

  /** Spoils the worker when child processes are still running: they must end with the attempt, before a retry or the next task. */
  async #lookForChildren(running: RunningAttempt): Promise<void> {
    const left = await this.#worker.children.left();
    if (left.length === 0) return;
    running.isSpoiled = true;
    running.log.write(
      `dp: the task left processes running, which dp ended: ${left.map((pid) => `process ${pid}`).join(', ')}\n`,
      'stderr',
    );
  }

  /** Restores the built-in objects that the attempt changed, before dp's own code continues. */
  #restore(running: RunningAttempt): void {
    const changed = this.#worker.intrinsics.restore();
    if (changed.length === 0) return;
    running.isSpoiled = true;
    running.log.write(
      `dp: the task changed ${changed.join(', ')}; its worker is not used again\n`,
      'stderr',
    );
  }

  /** Records a sign of life, unless the attempt is over. */
  #beat({ isOver }: RunningAttempt): void {
    if (!isOver) this.#pulse.beat();
  }

  /** Reports the uncaught error that ends the worker. */
  #crash(scope: AttemptScope | undefined, error: unknown): void {
    const running = scope ?? this.#running;
    if (running === undefined) return;
    running.log.close();
    this.#tell({ is: 'crashed', token: running.token, error: this.#described(error) });
  }

  #described(error: unknown): TaskError {
    return describeError(error, (text) => this.#redaction.text(text));
  }

  async #perform(assignment: Assignment, running: RunningAttempt): Promise<Saved> {
    const task = await this.#load(assignment);
    const values: Record<string, unknown> = {};
    const checks = this.#session.checks.get(assignment.task);
    for (const [parameter, argument] of Object.entries(assignment.arguments)) {
      const value = await this.#valueOf(argument, running);
      const check = checks?.get(parameter);
      values[parameter] =
        check === undefined ? value : await checkedArgument(check, parameter, value);
    }
    const beginning = await this.#beginning(assignment);
    const { run, params } = this.#session;
    const context = attemptContext({
      assignment,
      run,
      params,
      env: this.#worker.environment.variables,
      resumeFrom: beginning?.items ?? 0,
      scope: running,
      stop: running.stop,
      redaction: this.#redaction,
      tell: this.#tell,
      beat: () => this.#beat(running),
    });
    const parts = { running, beginning };
    if (assignment.isObserved !== true)
      return this.#keep(
        assignment,
        await this.#call(() => task.fn(values, context), running),
        parts,
      );
    const observed = { ...context, ...this.#observed(context) };
    try {
      const output = await this.#call(() => task.fn(values, observed), running);
      // The items of a stream are still to be made.
      if (!isStreamed(assignment, output)) this.#endObservation(assignment, running);
      return await this.#keep(assignment, output, parts);
    } finally {
      this.#endObservation(assignment, running);
    }
  }

  /** Begins to observe what the attempt reads, and returns what tells of the reads in its context. */
  #observed({ params }: TaskContext): Pick<TaskContext, 'params' | 'env'> {
    const { logs, cacheFolder } = this.#session;
    const leftOut = [logs.stateFolder, ...(cacheFolder === undefined ? [] : [cacheFolder])];
    const { observer, environment } = this.#worker;
    const seen = observer.begin(leftOut);
    const told = fieldsTellingReads(params, (name) => seen.readsParam(name));
    return {
      params: told as JsonObject, // it has the fields of the parameters
      env: environment.observed((name) => seen.readsVariable(name)),
    };
  }

  #endObservation({ module }: Assignment, running: RunningAttempt): void {
    const { observer } = this.#worker;
    if (!observer.isObserving) return;
    running.seen = observer.end(realPathOf(module) ?? module, this.#planned.filesOf(module));
    if (observer.isStale) running.isSpoiled = true;
  }

  async #call(act: () => unknown, running: RunningAttempt): Promise<unknown> {
    try {
      return await act();
    } finally {
      this.#restore(running);
    }
  }

  async #load({ module, function: name }: Assignment): ReturnType<typeof loadTask> {
    if (this.#modules.has(module)) return loadTask(module, name);
    const imported = this.#worker.observer.importing();
    const task = await loadTask(module, name).finally(imported);
    this.#worker.intrinsics.accept();
    this.#planned.checkModule(module, (file) => JSON.stringify(this.#loader.optionsOf(file)));
    this.#modules.add(module);
    return task;
  }

  async #valueOf(argument: SentArgument, { waiting, stop }: RunningAttempt): Promise<unknown> {
    if (argument.is === 'value') return argument.value;
    if (argument.is === 'serialized') return deserialize(argument.bytes);
    if (argument.is === 'live')
      return this.#io.loadLive(argument.at, new LiveReader(argument, waiting, stop.signal));
    return argument.inline === undefined
      ? this.#io.load(argument.ref)
      : decodeInline(argument.ref, argument.inline);
  }

  /** Returns the beginning of the stream from the latest attempt that stored any of it. */
  async #beginning({ task, earlier = [] }: Assignment): Promise<StreamOptions['goesOn']> {
    for (const id of earlier) {
      const from = { run: this.#session.run, task, id };
      const items = await this.#io.beginningOf(from);
      if (items > 0) return { from, items };
    }
    return undefined;
  }

  async #keep(
    assignment: Assignment,
    output: unknown,
    { running, beginning }: { running: RunningAttempt; beginning: StreamOptions['goesOn'] },
  ): Promise<Saved> {
    if (output === undefined) return { ref: { is: 'void' } };
    const address: ResultAddress = {
      run: this.#session.run,
      task: assignment.task,
      id: assignment.resultId,
    };
    if (isStreamed(assignment, output)) {
      const { signal } = running.stop;
      const { stream, isResumable, heartbeatMs } = assignment;
      const hasListener = heartbeatMs !== undefined || this.#redaction.hidesAnything;
      const items = hasListener ? eachHeard(output, (item) => this.#hear(item, running)) : output;
      try {
        return await this.#io.saveStream(address, items, {
          signal,
          isResumable,
          ...(stream === undefined ? {} : { live: new LiveWriter(stream, running.waiting) }),
          ...(beginning === undefined ? {} : { goesOn: beginning }),
        });
      } finally {
        this.#restore(running);
      }
    }
    const saved = await this.#io.save(address, output);
    running.holdsSecret = holdsSecret(output, this.#redaction);
    return saved;
  }

  /** Notes an item of a stream. */
  #hear(item: unknown, running: RunningAttempt): void {
    this.#beat(running);
    running.holdsSecret ||= holdsSecret(item, this.#redaction);
  }
}

/** State of a worker before it serves a run, which is restored before each attempt. */
export interface WorkerState {
  readonly environment: Environment;
  readonly intrinsics: Intrinsics;
  readonly observer: Observer;
  readonly children: StartedChildren;
}

interface WorkerParts {
  /** Sends messages to dp. */
  readonly tell: (message: FromWorker) => void;
  /** Records the signs of life. */
  readonly pulse: Pulse;
  readonly worker: WorkerState;
}

interface RunnerParts extends WorkerParts {
  readonly session: Session;
  readonly io: IoManager;
}

interface RunningAttempt extends AttemptScope {
  /** True once the attempt has changed built-in objects. */
  isSpoiled: boolean;
  /** True once its result, or an item of it, was seen to hold the value of a secret. */
  holdsSecret: boolean;
  /** What it was seen to read, once it has ended. */
  seen?: readonly SeenRead[] | undefined;
  readonly stop: AbortController;
  readonly waiting: Waiting;
}

/** Adds a warning about a retry wish that dp does not understand and ignores. */
function withWarning(error: TaskError, wish: RetryWish): TaskError {
  if (wish.is !== 'not_understood') return error;
  const warning = `retryAfter is ${wish.asked}, neither seconds nor a date: the retry policy decides`;
  return {
    ...error,
    details: error.details === undefined ? warning : `${warning}\n${error.details}`,
  };
}
