/** Functions in processes of their own. A process that has finished one attempt waits for the next with the same requirements. */
import { resolve } from 'node:path';
import type { Mebibytes } from '../../model/ids.ts';
import { assignmentFor } from '../ports/assignment.ts';
import {
  crashOf,
  outcomeOf,
  type Job,
  type Placement,
  type ProcessEntry,
  type WorkerListener,
  type WorkerPool,
} from '../ports/worker.ts';
import { ProcessWorker } from './process-worker.ts';
import type { FromWatchdog, FromWorker, Session } from '../ports/protocol.ts';
import type { Redaction } from '../worker/redaction.ts';
import type { Attempt } from '../ports/workforce.ts';

export interface ProcessPoolOptions {
  /** Most processes at once. */
  readonly size: number;
  readonly processEntry: () => ProcessEntry;
  readonly session: Session;
  /** The whole environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  /** Base folder for the relative folders of tasks. */
  readonly folder: string;
  readonly redaction: Redaction;
  /** Returns the number of the next worker. */
  readonly nextNumber: () => number;
  readonly listener: WorkerListener;
}

/** The requirements of an attempt on its process; another attempt with the same requirements may use it next. */
interface Needs {
  readonly cwd: string;
  readonly memoryMiB: Mebibytes | null;
}

interface Member {
  readonly worker: ProcessWorker;
  readonly needs: Needs;
  /** The running attempt; undefined while the process waits for one. */
  job: Job | undefined;
  /** True once the process was killed: no other attempt may use it. */
  isRetired: boolean;
}

export class ProcessPool implements WorkerPool {
  readonly #options: ProcessPoolOptions;
  /** Attempts that wait for a process; the one that waited longest comes first. */
  readonly #members = new Set<Member>();

  constructor(options: ProcessPoolOptions) {
    this.#options = options;
  }

  /** Number of processes with an attempt. */
  get busy(): number {
    let busy = 0;
    for (const { job } of this.#members) if (job !== undefined) busy++;
    return busy;
  }

  accepts({ input, attempt: { task } }: Job): boolean {
    return input.is === 'function' && task.settings.isolation === 'process';
  }

  place(job: Job): Placement {
    const needs = this.#needsOf(job.attempt);
    const member = this.#waitingFor(needs) ?? this.#start(needs);
    const assignment = assignmentFor(job, this.#options.session.run);
    const { worker } = member;
    member.job = job;
    worker.take(job);
    return { worker, begins: true, send: () => worker.carryOut(assignment) };
  }

  /** Kills every process, and waits until they are gone. */
  async close(): Promise<void> {
    const members = [...this.#members];
    for (const { worker } of members) worker.kill();
    await Promise.all(members.map(({ worker }) => worker.death));
  }

  #needsOf({ task: { work, settings } }: Attempt): Needs {
    const own = work.is === 'function' ? work.cwd : undefined;
    // A function that names no folder runs in dp's own folder, as on a thread.
    const cwd = own === undefined ? process.cwd() : resolve(this.#options.folder, own);
    return { cwd, memoryMiB: settings.memory };
  }

  #waitingFor({ cwd, memoryMiB }: Needs): Member | undefined {
    for (const member of this.#members) {
      const { job, needs, isRetired } = member;
      if (job === undefined && !isRetired && needs.cwd === cwd && needs.memoryMiB === memoryMiB)
        return member;
    }
    return undefined;
  }

  #start(needs: Needs): Member {
    if (this.#members.size >= this.#options.size) this.#dismissOne();
    const { processEntry, env, session, redaction, nextNumber } = this.#options;
    const worker = new ProcessWorker({
      ...needs,
      number: nextNumber(),
      entry: processEntry(),
      env,
      session,
      redaction,
      heard: (message) => this.#heard(member, message),
    });
    const member: Member = { worker, needs, job: undefined, isRetired: false };
    this.#members.add(member);
    void this.#follow(member);
    return member;
  }

  /** Ends an idle process to make room for one with other requirements. */
  #dismissOne(): void {
    for (const member of this.#members) {
      if (member.job !== undefined) continue;
      member.worker.kill();
      return;
    }
  }

  #retire(member: Member): void {
    member.isRetired = true;
    member.worker.kill();
  }

  #heard(member: Member, message: FromWorker | FromWatchdog): void {
    const { listener } = this.#options;
    switch (message.is) {
      case 'serving':
        if (member.job !== undefined) listener.served(member.job.token);
        return;
      case 'progress':
      case 'published':
        if (member.job?.token === message.token) listener.reported(message.token, message);
        return;
      case 'silent':
        // Whoever writes to the descriptors of a process speaks for its own attempt only.
        if (member.job?.token === message.token) listener.silent(message.token);
        return;
      case 'child_started':
      case 'child_ended':
      case 'crashed':
      case 'out_of_memory':
        return;
      case 'succeeded':
      case 'failed':
        if (member.job?.token !== message.token) return;
        member.job = undefined;
        if (message.isSpoiled === true) this.#retire(member);
        listener.ended(message.token, outcomeOf(message), message.durationMs);
    }
  }

  async #follow(member: Member): Promise<void> {
    const death = await member.worker.death;
    const { job } = member;
    this.#members.delete(member);
    // When no attempt is running, something that an earlier attempt left behind ended the process, and no task is affected.
    if (job !== undefined) this.#options.listener.ended(job.token, crashOf(death));
  }
}
