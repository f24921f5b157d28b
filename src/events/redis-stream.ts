/** The stream that holds the events of a Redis broker: its commands come in as calls, entries go out. It decides nothing. */
import type { Redis } from 'ioredis';
import type { KeptEvent } from './intake.ts';

/** One stream of a server, and how long it may become. */
export interface RedisStream {
  readonly key: string;
  /** The server removes the oldest events beyond about this number; 0 keeps all. */
  readonly maxLength: number;
  /** For people. */
  readonly shown: string;
}

/** A connection of its own, because a blocking read holds up whatever else is sent on it. */
export interface StreamReading {
  readonly redis: Redis;
  readonly stream: RedisStream;
  /** Most events that are read at a time. */
  readonly count: number;
}

/** Time that the server holds a read that finds nothing. */
export const BLOCK_MS = 5_000;

/** Entries, and what was counted in the same moment. */
export interface StreamSnapshot {
  readonly entries: readonly KeptEvent[];
  /** Number of entries that were ever added, and of those the server still has; undefined before Redis 7. */
  readonly counts: { readonly added: number; readonly length: number } | undefined;
}

export function append(
  redis: Redis,
  { key, maxLength }: RedisStream,
  [topic, text]: readonly [topic: string, text: string],
): Promise<unknown> {
  return maxLength === 0
    ? redis.xadd(key, '*', 'topic', topic, 'event', text)
    : redis.xadd(key, 'MAXLEN', '~', maxLength, '*', 'topic', topic, 'event', text);
}

/** Returns the id of the last entry; `0-0` when there was none yet. */
export async function lastId(redis: Redis, { key }: RedisStream): Promise<string> {
  const [last] = await redis.xrevrange(key, '+', '-', 'COUNT', 1);
  return last?.[0] ?? '0-0';
}

/** Returns at most `count` entries behind an id, at once. */
export async function readBehind(
  redis: Redis,
  stream: RedisStream,
  { id, count }: { readonly id: string; readonly count: number },
): Promise<StreamSnapshot> {
  const replies = await redis
    .multi()
    .xinfo('STREAM', stream.key)
    .xread('COUNT', count, 'STREAMS', stream.key, id)
    .exec();
  const [info, entries] = replies ?? [];
  if (entries?.[0]) throw entries[0];
  return {
    entries: entriesOf(entries?.[1], stream),
    // A stream to which nothing was added yet does not exist, and so has no information.
    counts: info?.[0] ? undefined : countsOf(info?.[1]),
  };
}

/** Waits up to `blockMs` for entries behind an id. */
export async function waitBehind(
  redis: Redis,
  stream: RedisStream,
  { id, count, blockMs }: { readonly id: string; readonly count: number; readonly blockMs: number },
): Promise<readonly KeptEvent[]> {
  const reply = await redis.xread('COUNT', count, 'BLOCK', blockMs, 'STREAMS', stream.key, id);
  return entriesOf(reply, stream);
}

/** Takes the answer to XREAD or XREADGROUP: entries under the name of their stream, or null when there are none. */
export function entriesOf(reply: unknown, stream: RedisStream): readonly KeptEvent[] {
  // Redis answers as its protocol says; entries from other programs may have any fields.
  const [[, entries] = ['', []]] = (reply ?? []) as readonly (readonly [string, RawEntries])[];
  return keptEvents(entries, stream);
}

/** An entry that was removed has null for its fields. */
export type RawEntries = readonly (readonly [id: string, fields: readonly string[] | null])[];

export function keptEvents(entries: RawEntries, { shown }: RedisStream): readonly KeptEvent[] {
  return entries.flatMap(([position, fields]) =>
    fields === null
      ? []
      : {
          topic: fieldOf(fields, 'topic'),
          text: fieldOf(fields, 'event'),
          position,
          place: `${position} in ${shown}`,
        },
  );
}

function fieldOf(fields: readonly string[], name: string): string {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === name) return fields[i + 1] ?? '';
  return '';
}

/** Takes the flat list of names and values that XINFO STREAM answers. */
function countsOf(info: unknown): StreamSnapshot['counts'] {
  if (!Array.isArray(info)) return undefined;
  const valueOf = (name: string): unknown => info[info.indexOf(name) + 1];
  const added = info.includes('entries-added') ? Number(valueOf('entries-added')) : undefined;
  return added === undefined ? undefined : { added, length: Number(valueOf('length')) };
}
