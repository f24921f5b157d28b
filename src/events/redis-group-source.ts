/** A reader of the stream of a Redis broker that is a member of a durable subscriber. */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { every, systemClock } from '../lib/clock.ts';
import type { Fault } from '../model/fault.ts';
import type { KeptEvent } from './intake.ts';
import type { EventSource } from './pulled-subscription.ts';
import { commandFault } from './redis-faults.ts';
import {
  BLOCK_MS,
  entriesOf,
  type RawEntries,
  type StreamReading,
  keptEvents,
} from './redis-stream.ts';
import { settledInTime } from './settled-in-time.ts';
import { unlessStopped } from './unless-stopped.ts';

/** A member that was silent for so long and holds nothing is removed from its group. */
const FORGET_AFTER_MS = 86_400_000;

/** A durable subscriber: its name, where it begins when it is new, and the connection that its reads do not hold up. */
interface Membership {
  readonly name: string;
  readonly start: string;
  readonly writer: Redis;
  readonly claimAfterMs: number;
  readonly report: (fault: Fault) => void;
}

/**
 * Reads as one member of a consumer group, which the server keeps under the subscriber's name. The server remembers what each member
 * was given until it is acknowledged; what a member that died still held is taken over by another.
 */
export class GroupSource implements EventSource {
  readonly #reading: StreamReading;
  readonly #membership: Membership;
  readonly #member = randomUUID();
  /** Ids that were given to this member and are not handled. */
  readonly #held = new Set<string>();
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #heartbeat: Disposable;
  /** The group exists. */
  readonly #ready: Promise<void>;
  #nextClaim = 0;
  #lost = 0;
  readonly #stopping = new AbortController();

  constructor(reading: StreamReading, membership: Membership) {
    this.#reading = reading;
    this.#membership = membership;
    this.#ready = this.#makeGroup(membership.start);
    // The reader receives the fault.
    this.#ready.catch(() => {});
    this.#heartbeat = every(systemClock, membership.claimAfterMs / 3, () => this.#keepHeld(0));
  }

  get lost(): number {
    return this.#lost;
  }

  async read(): Promise<readonly KeptEvent[]> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const work = this.#next().catch((error: unknown) => this.#mend(error));
      const entries = (await unlessStopped(work, signal)) ?? [];
      for (const { position } of entries) this.#held.add(position);
      if (entries.length > 0) return entries;
    }
    return [];
  }

  handled({ position }: KeptEvent): void {
    this.#held.delete(position);
    const { writer, name } = this.#membership;
    this.#send(writer.xack(this.#reading.stream.key, name, position));
  }

  /** Makes the entries that this member still holds available to the others at once. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    this.#heartbeat[Symbol.dispose]();
    this.#reading.redis.disconnect();
    this.#keepHeld(FORGET_AFTER_MS);
    if (this.#membership.writer.status === 'ready')
      await settledInTime(Promise.all(this.#underWay));
  }

  async #next(): Promise<readonly KeptEvent[]> {
    await this.#ready;
    const claimed = performance.now() < this.#nextClaim ? [] : await this.#claim();
    if (claimed.length > 0) return claimed;
    this.#nextClaim = performance.now() + this.#membership.claimAfterMs / 3;
    const { redis, stream, count } = this.#reading;
    await this.#countLost();
    const blockMs = Math.ceil(Math.min(BLOCK_MS, this.#membership.claimAfterMs / 3));
    const group = ['GROUP', this.#membership.name, this.#member] as const;
    const rest = ['COUNT', count, 'BLOCK', blockMs, 'STREAMS', stream.key, '>'] as const;
    return entriesOf(await redis.xreadgroup(...group, ...rest), stream);
  }

  /** Makes the group again that went with its stream, or with what a server lost in a crash. */
  async #mend(error: unknown): Promise<readonly KeptEvent[]> {
    if (!(error instanceof Error) || !error.message.startsWith('NOGROUP'))
      throw commandFault(error, this.#reading.stream.shown);
    await this.#makeGroup('0-0');
    return [];
  }

  async #makeGroup(start: string): Promise<void> {
    const { stream } = this.#reading;
    const { writer, name } = this.#membership;
    try {
      await writer.xgroup('CREATE', stream.key, name, start, 'MKSTREAM');
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('BUSYGROUP')) throw error;
    }
    const members = (await writer.xinfo('CONSUMERS', stream.key, name)) as readonly InfoFields[];
    for (const member of members.map(fieldsOf)) {
      if (Number(member.get('pending')) > 0 || Number(member.get('idle')) < FORGET_AFTER_MS)
        continue;
      await writer.xgroup('DELCONSUMER', stream.key, name, String(member.get('name')));
    }
  }

  /** Takes over what other members were silent about for too long. */
  async #claim(): Promise<readonly KeptEvent[]> {
    const { redis, stream, count } = this.#reading;
    const { name, claimAfterMs } = this.#membership;
    const [, entries, removed = []] = (await redis.xautoclaim(
      ...([stream.key, name, this.#member, claimAfterMs, '0-0', 'COUNT', count] as const),
    )) as unknown as Claimed;
    this.#lost += removed.length;
    return keptEvents(entries, stream).filter(({ position }) => !this.#held.has(position));
  }

  /** Counts what the server removed before any member got it, and tells the group, so that nobody counts it again. */
  async #countLost(): Promise<void> {
    const { redis, stream } = this.#reading;
    const { name } = this.#membership;
    const replies = await redis
      .multi()
      .xinfo('STREAM', stream.key)
      .xinfo('GROUPS', stream.key)
      .exec();
    // A stream that was removed is noticed by the read that follows.
    const [info, groups] = (replies ?? []).map(([error, reply]) =>
      error === null ? (reply as InfoFields) : undefined,
    );
    const counts = fieldsOf(info ?? []);
    const group = ((groups ?? []) as readonly InfoFields[])
      .map(fieldsOf)
      .find((each) => each.get('name') === name);
    const read = group?.get('entries-read');
    const removed = Number(counts.get('entries-added')) - Number(counts.get('length'));
    if (typeof read !== 'number' || !(removed > read)) return;
    const delivered = String(group?.get('last-delivered-id'));
    await redis.call('XGROUP', 'SETID', stream.key, name, delivered, 'ENTRIESREAD', removed);
    this.#lost += removed - read;
  }

  /** Sets how long this member has been silent about what it holds. */
  #keepHeld(silentMs: number): void {
    if (this.#held.size === 0) return;
    const { writer, name } = this.#membership;
    const ids = [...this.#held];
    const claim = [this.#reading.stream.key, name, this.#member, 0] as const;
    this.#send(writer.xclaim(...claim, ...ids, 'IDLE', silentMs, 'JUSTID'));
  }

  /** An acknowledgement that does not arrive costs a repetition and nothing else. */
  #send(command: Promise<unknown>): void {
    const sent = command.catch((cause: unknown) => {
      if (!this.#stopping.signal.aborted)
        this.#membership.report(commandFault(cause, this.#reading.stream.shown));
    });
    this.#underWay.add(sent);
    void sent.then(() => this.#underWay.delete(sent));
  }
}

/** Names and values in turns, as XINFO answers. */
type InfoFields = readonly unknown[];

/** The answer of XAUTOCLAIM: the position at which to continue, the entries, and from Redis 7 the ids of those that the server has removed. */
type Claimed = readonly [cursor: string, entries: RawEntries, removed?: readonly string[]];

function fieldsOf(fields: InfoFields): ReadonlyMap<unknown, unknown> {
  return new Map(fields.flatMap((name, i) => (i % 2 === 0 ? [[name, fields[i + 1]]] : [])));
}
