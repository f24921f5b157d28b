/**
 * Threads and commands of a simulated machine, in place of `Dispatcher`: attempts come in, and do what is drawn for them;
 * attempts that are sent ahead wait in a line, threads die, answers come late.
 */
import type { TaskError } from '../model/event.ts';
import type { Milliseconds, RunId } from '../model/ids.ts';
import type { ResultRef } from '../model/result.ts';
import type { Clock, Timer } from '../lib/clock.ts';
import type {
  Attempt,
  FunctionInput,
  AttemptOutcome,
  Workforce,
  WorkforceListener,
} from '../executor/ports/workforce.ts';
import { behaviourOf, type Behaviour, type BehaviourPorts } from './behaviour.ts';
import type { RunSettings, What } from './history.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { SimulatedResults } from './simulated-results.ts';

export interface SimulatedWorkforceOptions extends BehaviourPorts {
  readonly runId: RunId;
  readonly epoch: number;
  readonly settings: RunSettings;
  readonly clock: Clock;
  readonly process: SimulatedProcess;
  readonly results: SimulatedResults;
  readonly listener: WorkforceListener;
  /** Whether attempts are sent to a thread before it is free. */
  readonly sendsAhead: boolean;
  readonly note: (what: What) => void;
}

/** Length of one thread's line, the running attempt included. */
const LINE = 4;
/** Time that a message takes between a thread and the main thread, either way. */
const MESSAGE_MS = 1;
const RECALL_AFTER_MS = 5;

interface Live {
  readonly attempt: Attempt;
  readonly token: number;
  readonly behaviour: Behaviour;
  /** The thread; undefined for commands. */
  readonly slot: ThreadLine | undefined;
  isPosted: boolean;
  /** A waiting attempt can still be taken back. An answering one has ended, and its answer is on the way. */
  state: 'waiting' | 'running' | 'answering';
  begunAt: Milliseconds | undefined;
  /** The reason why the attempt is being stopped; an error is that of a limit beyond the attempt, after which no other attempt follows. */
  stopping: 'timed_out' | 'cancelled' | TaskError | undefined;
  readonly timers: Timer[];
}

interface ThreadLine {
  readonly number: number;
  held: Live[];
  isDying: boolean;
}

export class SimulatedWorkforce implements Workforce {
  readonly #options: SimulatedWorkforceOptions;
  readonly #slots: ThreadLine[];
  readonly #live = new Set<Live>();
  #commands = 0;
  #tokens = 0;
  #recall: Timer | undefined;
  /** False after a long attempt, until the next one has answered. */
  #sendsAhead: boolean;

  constructor(options: SimulatedWorkforceOptions) {
    this.#options = options;
    this.#sendsAhead = options.sendsAhead;
    this.#slots = Array.from({ length: options.settings.jobs }, (_, number) => newSlot(number + 1));
  }

  get isIdle(): boolean {
    return this.#live.size === 0;
  }

  get room(): 'now' | 'ahead' | 'none' {
    const busy = this.#slots.filter(({ held }) => held.length > 0);
    if (busy.length + this.#commands < this.#options.settings.jobs) return 'now';
    return this.#sendsAhead && busy.some(hasLineFree) ? 'ahead' : 'none';
  }

  startFunction(attempt: Attempt, { named }: FunctionInput): () => void {
    const { process, note } = this.#options;
    process.pass();
    const { room } = this;
    note({ is: 'placed', attempt, room, named });
    const slot = room === 'now' ? this.#idleSlot() : this.#shortestLine();
    const live = this.#admit(attempt, slot);
    slot.held.push(live);
    const isFirst = slot.held[0] === live;
    if (isFirst) this.#begin(live);
    return () => {
      process.pass();
      note({ is: 'sent', attempt, isFirst });
      live.isPosted = true;
      this.#workOn(slot);
      this.#armRecall();
    };
  }

  startCommand(attempt: Attempt): () => void {
    const { process, note } = this.#options;
    process.pass();
    note({ is: 'placed', attempt, room: this.room, named: {} });
    if (takesPlace(attempt)) this.#commands++;
    const live = this.#admit(attempt, undefined);
    this.#begin(live);
    return () => {
      process.pass();
      note({ is: 'sent', attempt, isFirst: true });
      live.isPosted = true;
      this.#perform(live);
    };
  }

  /** The run of a pipeline is not simulated: it takes its time like a command, and no place. */
  startPipeline(attempt: Attempt): () => void {
    return this.startCommand(attempt);
  }

  /** Neither is the bus: the event that is waited for comes after a while. */
  startWait(attempt: Attempt): () => void {
    return this.startCommand(attempt);
  }

  recallAll(): void {
    for (const slot of this.#slots) this.#recallFrom(slot);
  }

  expire(attempt: Attempt, error: TaskError): void {
    for (const live of this.#live) if (live.attempt === attempt) this.#stop(live, error);
  }

  stop(attempt: Attempt): void {
    for (const live of this.#live) if (live.attempt === attempt) this.#stop(live, 'cancelled');
  }

  stopAll(how: 'drain' | 'kill'): void {
    for (const live of this.#live) {
      if (how === 'drain') this.#stop(live, 'cancelled');
      else {
        live.stopping = 'cancelled';
        this.#end(live);
      }
    }
  }

  async close(): Promise<void> {
    this.#recall?.clear();
    for (const { timers } of this.#live) timers.forEach((timer) => timer.clear());
    this.#live.clear();
    return Promise.resolve();
  }

  // --- Taking places ------------------------------------------------------------------------------

  #admit(attempt: Attempt, slot: ThreadLine | undefined): Live {
    const live: Live = {
      attempt,
      token: ++this.#tokens,
      behaviour: behaviourOf(attempt, this.#options.epoch, this.#options),
      slot,
      isPosted: false,
      state: 'waiting',
      begunAt: undefined,
      stopping: undefined,
      timers: [],
    };
    this.#live.add(live);
    return live;
  }

  #begin(live: Live): void {
    const { clock, listener } = this.#options;
    live.begunAt = clock.elapsed();
    listener.begun(live.attempt, live.token, live.slot?.number ?? 0);
    const { timeout } = live.attempt.task.settings;
    if (timeout === null) return;
    live.timers.push(clock.after(timeout * 1000, () => this.#stop(live, 'timed_out')));
  }

  /** Returns a thread even where there is no room: the fact on record shows the violation. */
  #idleSlot(): ThreadLine {
    return this.#slots.find(({ held }) => held.length === 0) ?? this.#slots[0]!;
  }

  #shortestLine(): ThreadLine {
    const lines = this.#slots.filter((slot) => slot.held.length > 0 && hasLineFree(slot));
    lines.sort((a, b) => a.held.length - b.held.length);
    return lines[0] ?? this.#slots[0]!;
  }

  // --- What threads and commands do ---------------------------------------------------------------

  /** Starts the next attempt of the line as soon as the thread has finished the one before. */
  #workOn(slot: ThreadLine): void {
    if (slot.isDying || slot.held.some(({ state }) => state === 'running')) return;
    const next = slot.held.find(({ state }) => state === 'waiting');
    if (next?.isPosted === true) this.#perform(next);
  }

  #perform(live: Live): void {
    const { clock, listener } = this.#options;
    const { takesMs, tells } = live.behaviour;
    live.state = 'running';
    if (takesMs === undefined) return;
    if (tells !== undefined && live.slot !== undefined)
      this.#later(live, takesMs / 2, () => {
        if (!this.#live.has(live)) return;
        if (tells === 'progress') listener.progressed(live.attempt, 1, 2);
        else
          listener.published(live.attempt, `simulated.${live.attempt.task.name}`, {
            at: clock.now(),
          });
      });
    this.#later(live, takesMs, () => this.#hasEnded(live));
  }

  #hasEnded(live: Live): void {
    if (live.state !== 'running') return;
    const { slot, behaviour } = live;
    if (behaviour.ends === 'crashing' && slot !== undefined) {
      this.#die(slot);
      return;
    }
    live.state = 'answering';
    const answer = this.#answerOf(live);
    this.#later(live, MESSAGE_MS, () => this.#hear(live, answer));
    if (slot !== undefined) this.#workOn(slot);
  }

  #answerOf(live: Live): AttemptOutcome {
    const { ends, retryAfterMs } = live.behaviour;
    if (ends === 'succeeding') return { is: 'succeeded', output: this.#save(live), seen: [] };
    const retryable = ends !== 'failing_for_good';
    const wish = retryAfterMs === undefined ? {} : { retryAfterMs };
    return failed(ends === 'crashing' ? 'crashed' : 'failed', { retryable, ...wish });
  }

  #save({ attempt: { task, unit, number } }: Live): ResultRef {
    const { runId: run, epoch, results } = this.#options;
    const element = unit.element === undefined ? '' : `e${unit.element}.`;
    const id = `${element}a${number}.${epoch}`;
    const stored = { run, task: task.name, id, bytes: 1, digest: task.id };
    const output: ResultRef = task.settings.streamOutput
      ? { is: 'stream', items: 1, ...stored }
      : { is: 'value', ...stored };
    results.save(output);
    return output;
  }

  #hear(live: Live, answer: AttemptOutcome): void {
    const { slot } = live;
    if (slot !== undefined) slot.held = slot.held.filter((one) => one !== live);
    else if (takesPlace(live.attempt)) this.#commands--;
    if (!this.#live.has(live)) return;
    this.#tell(live, answer);
    // Attempts have been short enough again to send others ahead.
    this.#sendsAhead = this.#options.sendsAhead;
    if (slot !== undefined) this.#nextOn(slot);
  }

  #tell(live: Live, answer: AttemptOutcome): void {
    const { clock, listener, note } = this.#options;
    live.timers.forEach((timer) => timer.clear());
    this.#live.delete(live);
    const outcome = verdict(live, answer);
    note({ is: 'answered', attempt: live.attempt, outcome });
    listener.answered(live.attempt, outcome, clock.elapsed() - (live.begunAt ?? clock.elapsed()));
  }

  #nextOn({ held: [next] }: ThreadLine): void {
    if (next !== undefined && this.#live.has(next) && next.begunAt === undefined) this.#begin(next);
  }

  /** The thread dies: its earlier messages arrive, then the news that it is gone. */
  #die(slot: ThreadLine): void {
    if (slot.isDying) return;
    slot.isDying = true;
    const { clock } = this.#options;
    clock.after(MESSAGE_MS, () => this.#buried(slot));
  }

  #buried(slot: ThreadLine): void {
    this.#slots[this.#slots.indexOf(slot)] = newSlot(slot.number);
    const running = slot.held.find(({ state }) => state === 'running');
    for (const live of slot.held) if (live.state === 'waiting') this.#takeBack(live);
    slot.held = [];
    if (running === undefined || !this.#live.has(running)) return;
    if (running.begunAt === undefined) this.#begin(running);
    this.#tell(running, failed('crashed', { retryable: true }));
  }

  // --- Taking back and stopping -------------------------------------------------------------------

  #takeBack(live: Live): void {
    if (!this.#live.delete(live)) return;
    live.timers.forEach((timer) => timer.clear());
    this.#options.note({ is: 'taken_back', attempt: live.attempt });
    this.#options.listener.takenBack(live.attempt, live.begunAt !== undefined);
  }

  /** Takes back all attempts of the line but the first, which is running. */
  #recallFrom(slot: ThreadLine): void {
    for (const live of slot.held.slice(1)) {
      if (live.state !== 'waiting') continue;
      slot.held = slot.held.filter((one) => one !== live);
      this.#takeBack(live);
    }
  }

  #armRecall(): void {
    if (this.#recall !== undefined || !this.#slots.some(({ held }) => held.length > 1)) return;
    this.#recall = this.#options.clock.after(RECALL_AFTER_MS, () => {
      this.#recall = undefined;
      this.#sendsAhead = false;
      this.recallAll();
    });
  }

  #stop(live: Live, why: NonNullable<Live['stopping']>): void {
    if (live.stopping !== undefined) return;
    live.stopping = why;
    const { clock, settings } = this.#options;
    const { stopsAfterMs } = live.behaviour;
    if (stopsAfterMs !== undefined)
      this.#later(live, MESSAGE_MS + stopsAfterMs, () => this.#hasEnded(live));
    live.timers.push(clock.after(settings.graceMs, () => this.#end(live)));
  }

  /** Ends an attempt by force. */
  #end(live: Live): void {
    if (live.slot !== undefined) this.#die(live.slot);
    else if (live.state === 'running') {
      live.state = 'answering';
      this.#later(live, MESSAGE_MS, () => this.#hear(live, failed('failed', { retryable: true })));
    }
  }

  #later(live: Live, delayMs: Milliseconds, act: () => void): void {
    const { clock } = this.#options;
    clock.after(delayMs, () => {
      // A dead thread does nothing more; messages that it sent before still arrive.
      if (live.slot?.isDying !== true || live.state === 'answering') act();
    });
  }
}

const newSlot = (number: number): ThreadLine => ({ number, held: [], isDying: false });

const hasLineFree = ({ held, isDying }: ThreadLine): boolean => !isDying && held.length < LINE;

function failed(
  reason: 'failed' | 'crashed',
  how: { readonly retryable: boolean; readonly retryAfterMs?: Milliseconds },
): AttemptOutcome {
  const error = { name: 'SimulatedError', message: `the attempt ${reason}` };
  return { is: 'failed', failure: { reason, ...how }, error };
}

/** An attempt that was asked to stop counts as stopped; only a success before a cancel still counts. */
function verdict({ stopping }: Live, answer: AttemptOutcome): AttemptOutcome {
  if (stopping === undefined) return answer;
  if (stopping === 'cancelled') return answer.is === 'succeeded' ? answer : { is: 'cancelled' };
  const isLate = stopping === 'timed_out';
  const error = isLate
    ? { name: 'TimeoutError', message: 'did not end in time', code: 'DP6002' }
    : stopping;
  return { is: 'failed', failure: { reason: 'timed_out', retryable: isLate }, error };
}

const takesPlace = ({ task: { work } }: Attempt): boolean =>
  work.is !== 'pipeline' && work.is !== 'wait';
