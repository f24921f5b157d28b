/** A worker thread that serves a run, on the main thread's side: its queue of assignments, and its end. */
import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import type { Piscina } from 'piscina';
import type { TaskError } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { Milliseconds } from '../../model/ids.ts';
import type { Timer } from '../../lib/clock.ts';
import type { Job, JobStopReason, Worker, WorkerDeath } from '../ports/worker.ts';
import {
  CLAIMS,
  RECALLED,
  type Assignment,
  type ClaimedAssignment,
  type FromWorker,
  type Session,
  type ToThread,
} from '../ports/protocol.ts';
import { Pulse } from '../ports/pulse.ts';
import type { OrphanReaper } from './orphan-reaper.ts';
import { ThreadChildren } from './thread-children.ts';
import { setLongTimeout } from '../../lib/timer.ts';

type PiscinaTaskOptions = NonNullable<Parameters<Piscina['run']>[1]>;

/** Calls `serve` when there is a thread for it. */
type Lend = (signal: AbortSignal, serve: (piscina: Piscina) => Promise<void>) => Promise<void>;

/** Limit of the time in which an idle thread returns to the supply; a thread that takes longer is kept busy by what a task left behind. */
const ENDING_MS: Milliseconds = 1_000;

/** Time between the end of a thread's children and its own. */
const REAPING_MS: Milliseconds = 50;

/** The first of `held` is running; the others were sent ahead. */
export class ThreadWorker implements Worker {
  readonly number: number;
  readonly held: ClaimedAssignment[] = [];
  /** The time at which the running assignment got its turn, by `performance.now()`. */
  turnBegan: Milliseconds = 0;
  readonly #port: MessagePort;
  readonly #far: MessagePort;
  readonly pulse = new Pulse();
  readonly #claims = new Int32Array(new SharedArrayBuffer(4 * CLAIMS));
  readonly #children: ThreadChildren;
  readonly #stop = new AbortController();
  readonly #answered: (message: FromWorker) => void;
  /** Assignments that were recalled when the thread was killed. */
  readonly #unbegun: ClaimedAssignment[] = [];
  /** Indexes of the free claims. */
  readonly #freeClaims = [...Array(CLAIMS).keys()];
  #finalError: TaskError | undefined;
  readonly #outgoing: ToThread[] = [];
  #isServing = false;
  #ended = false;
  #ending: Timer | undefined;

  constructor(number: number, reaper: OrphanReaper, answered: (message: FromWorker) => void) {
    this.number = number;
    this.#children = new ThreadChildren(reaper);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#far = port2;
    this.#port.on('message', (message: FromWorker) => this.#hear(message));
    this.#answered = answered;
  }

  /** False while the thread is starting up. */
  get isServing(): boolean {
    return this.#isServing;
  }

  /** Settles when the thread no longer serves: undefined after `end`, else with the reason. */
  async run(session: Session, lend: Lend): Promise<WorkerDeath | undefined> {
    const { signal } = this.#stop;
    const task = { session, port: this.#far, claims: this.#claims, pulse: this.pulse.shared };
    // Piscina derives the type of a transfer list from an overload that takes none.
    const transferList = [this.#far] as unknown as NonNullable<PiscinaTaskOptions['transferList']>;
    let error: unknown;
    try {
      await lend(signal, (piscina) => piscina.run(task, { transferList, signal }));
    } catch (reason) {
      error = reason;
    }
    this.#ending?.clear();
    this.#hearTheRest();
    this.#children.kill();
    this.#port.close();
    if (error === undefined || this.#ended) return undefined;
    const death = deathFrom(error, this.#stop.signal.aborted);
    const finalError = this.#finalError === undefined ? {} : { finalError: this.#finalError };
    return { ...death, ...finalError, atStart: !this.#isServing };
  }

  /** Messages that the thread sent before it died are still in the port. */
  #hearTheRest(): void {
    for (let left; (left = receiveMessageOnPort(this.#port)) !== undefined;)
      this.#hear(left.message as FromWorker);
  }

  /** Puts an assignment into the queue. It is sent by `post`, so that its start can be recorded in between. */
  hold(assignment: Assignment): ClaimedAssignment {
    const claim = this.#freeClaims.shift();
    if (claim === undefined) throw new Fault('DP9001', 'a thread holds too many assignments');
    Atomics.store(this.#claims, claim, assignment.token);
    const held: ClaimedAssignment = { ...assignment, claim };
    if (this.held.push(held) === 1) this.turnBegan = performance.now();
    return held;
  }

  /** Recalls the assignments that were sent ahead and have not begun. The first counts as running, even before the thread begins it. */
  recall(): ClaimedAssignment[] {
    return this.#takeBack(this.held.slice(1));
  }

  #takeBack(assignments: readonly ClaimedAssignment[]): ClaimedAssignment[] {
    const recalled = assignments.filter(
      ({ claim, token }) => Atomics.compareExchange(this.#claims, claim, token, RECALLED) === token,
    );
    for (const assignment of recalled) this.#letGo(this.held.indexOf(assignment));
    return recalled;
  }

  stop({ token }: Job, why: JobStopReason, graceMs: Milliseconds): Timer {
    this.post({ is: 'abort', token, reason: why === 'timed_out' ? 'timed out' : 'cancelled' });
    return setLongTimeout(() => this.kill(), graceMs);
  }

  /** Terminates the thread, whatever it does: nothing begins in it while it still dies. */
  kill(): void {
    this.#unbegun.push(...this.#takeBack(this.held));
    this.#terminate();
  }

  /** Children are ended while their thread still lives, as only that thread can take note of their end. */
  #terminate(): void {
    if (!this.#children.kill()) this.#stop.abort();
    else setLongTimeout(() => this.#stop.abort(), REAPING_MS);
  }

  /** Ends the thread, whether it is running an attempt or not, and returns the assignments that had not begun. */
  retire(): ClaimedAssignment[] {
    const waiting = this.#takeBack(this.held);
    this.#ended = true;
    this.#terminate();
    return waiting;
  }

  end(): void {
    this.#ended = true;
    if (this.held.length > 0) return this.kill();
    this.post({ is: 'end' });
    this.#ending = setLongTimeout(() => this.kill(), ENDING_MS);
  }

  /** Returns the assignment that was running in the thread that died, and those that had not begun. */
  leftBehind(): [Assignment | undefined, Assignment[]] {
    const waiting = [...this.#unbegun, ...this.#takeBack(this.held)];
    return [this.held[0], waiting];
  }

  #hear(message: FromWorker): void {
    if (message.is === 'child_started') this.#children.started(message.pid);
    if (message.is === 'child_ended') this.#children.ended(message.pid);
    if (message.is === 'serving') this.#isServing = true;
    if (message.is === 'crashed') this.#finalError = message.error;
    if (message.is === 'succeeded' || message.is === 'failed') {
      const place = this.held.findIndex((assignment) => assignment.token === message.token);
      if (place === -1) return;
      this.#letGo(place);
      this.turnBegan = performance.now();
    }
    this.#answered(message);
  }

  #letGo(place: number): void {
    for (const { claim } of this.held.splice(place, 1)) this.#freeClaims.push(claim);
  }

  /** Sends messages of the same turn together, as most of the cost is per transfer. */
  post(message: ToThread): void {
    if (this.#outgoing.push(message) === 1) queueMicrotask(() => this.#send());
  }

  #send(): void {
    this.#port.postMessage(this.#outgoing.splice(0));
  }
}

function deathFrom(error: unknown, killed: boolean): Omit<WorkerDeath, 'atStart'> {
  if (killed) return { is: 'killed', message: 'stopped by dp' };
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return { is: 'out_of_memory', message, cause: error };
  const exit = /^worker exited with code: (\d+)$/.exec(message);
  if (exit !== null)
    return {
      is: 'exit',
      message: `the task ended its thread with exit code ${exit[1]}`,
      exitCode: Number(exit[1]),
    };
  return { is: 'uncaught', message, cause: error };
}
