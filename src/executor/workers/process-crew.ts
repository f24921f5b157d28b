/** Functions in processes of their own. A process that has done with one attempt waits for the next that fits it. */
import { resolve } from 'node:path';
import type { Mebibytes } from '../../model/ids.ts';
import { assignmentFor } from '../ports/assignment.ts';
import {
  crashOf,
  outcomeOf,
  type CrewListener,
  type Order,
  type Placed,
  type ProcessEntry,
} from '../ports/crew.ts';
import { IsolatedProcess } from './isolated.ts';
import type { FromWatchdog, FromWorker, Session } from '../ports/protocol.ts';
import type { Redaction } from '../worker/redaction.ts';
import type { Attempt, Given } from '../ports/workforce.ts';

export interface ProcessCrewOptions {
  /** Most processes at once. */
  readonly size: number;
  readonly entry: () => ProcessEntry;
  readonly session: Session;
  /** The whole environment of the tasks. */
  readonly env: Readonly<Record<string, string>>;
  /** Where folders of tasks are named from. */
  readonly folder: string;
  readonly redaction: Redaction;
  /** Of the next worker. */
  readonly nextNumber: () => number;
  readonly listener: CrewListener;
}

/** What an attempt asks of its process; another attempt with the same needs may have it next. */
interface Needs {
  readonly cwd: string;
  readonly memoryMiB: Mebibytes | null;
}

interface Member {
  readonly process: IsolatedProcess;
  readonly needs: Needs;
  /** Its attempt; undefined while it waits for one. */
  order: Order | undefined;
}

export class ProcessCrew {
  readonly #options: ProcessCrewOptions;
  /** Those that waited longest come first. */
  readonly #members = new Set<Member>();

  constructor(options: ProcessCrewOptions) {
    this.#options = options;
  }

  /** Processes with something to do. */
  get busy(): number {
    let busy = 0;
    for (const { order } of this.#members) if (order !== undefined) busy++;
    return busy;
  }

  place(order: Order, given: Given): Placed {
    const needs = this.#needsOf(order.attempt);
    const member = this.#waitingFor(needs) ?? this.#open(needs);
    const assignment = assignmentFor(order, given, this.#options.session.run);
    member.order = order;
    member.process.take(order);
    const send = (): void => member.process.carryOut(assignment);
    return { station: member.process, begins: true, send };
  }

  /** Kills every process, and waits until they are gone. */
  async close(): Promise<void> {
    const members = [...this.#members];
    for (const { process } of members) process.kill();
    await Promise.all(members.map(({ process }) => process.death));
  }

  #needsOf({ task: { work, settings } }: Attempt): Needs {
    const own = work.is === 'function' ? work.cwd : undefined;
    // As on a thread, a function that names no folder is where dp is.
    const cwd = own === undefined ? process.cwd() : resolve(this.#options.folder, own);
    return { cwd, memoryMiB: settings.memory };
  }

  #waitingFor({ cwd, memoryMiB }: Needs): Member | undefined {
    for (const member of this.#members) {
      const { order, needs } = member;
      if (order === undefined && needs.cwd === cwd && needs.memoryMiB === memoryMiB) return member;
    }
    return undefined;
  }

  #open(needs: Needs): Member {
    if (this.#members.size >= this.#options.size) this.#dismissOne();
    const { entry, env, session, redaction, nextNumber } = this.#options;
    const process = new IsolatedProcess({
      ...needs,
      worker: nextNumber(),
      entry: entry(),
      env,
      session,
      redaction,
      heard: (message) => this.#heard(member, message),
    });
    const member: Member = { process, needs, order: undefined };
    this.#members.add(member);
    void this.#mourn(member);
    return member;
  }

  /** One that waits makes room for one with other needs. */
  #dismissOne(): void {
    for (const member of this.#members) {
      if (member.order !== undefined) continue;
      member.process.kill();
      return;
    }
  }

  #heard(member: Member, message: FromWorker | FromWatchdog): void {
    const { listener } = this.#options;
    switch (message.is) {
      case 'serving':
        if (member.order !== undefined) listener.served(member.order.token);
        return;
      case 'progress':
      case 'published':
        listener.said(message.token, message);
        return;
      case 'silent':
        listener.silent(message.token);
        return;
      case 'crashed':
      case 'out_of_memory':
        return;
      case 'succeeded':
      case 'failed':
        if (member.order?.token !== message.token) return;
        member.order = undefined;
        listener.ended(message.token, outcomeOf(message), message.durationMs);
    }
  }

  async #mourn(member: Member): Promise<void> {
    const death = await member.process.death;
    const { order } = member;
    this.#members.delete(member);
    // Without an attempt, what an earlier one left behind ended it: it hurts nobody.
    if (order !== undefined) this.#options.listener.ended(order.token, crashOf(death));
  }
}
