/**
 * A Redis server that keeps events: an event goes in as an entry of one stream, and comes out of it.
 * Every reader has a connection of its own; commands that do not wait share one. It sets nothing on the server beside its stream.
 */
import type { Redis, RedisOptions as AllOptions } from 'ioredis';
import { Fault } from '../model/fault.ts';
import {
  type BrokerUrl,
  claimAfterOf,
  countParameter,
  parseBrokerUrl,
  TLS_FILES,
  tlsFiles,
  type UrlGrammar,
} from './broker-url.ts';
import type { EventSource } from './pulled-subscription.ts';
import { reconnectDelay } from './reconnect-delay.ts';
import { commandFault, connectionFault } from './redis-faults.ts';
import { GroupSource } from './redis-group-source.ts';
import { PositionSource } from './redis-position-source.ts';
import { append, lastId, type RedisStream } from './redis-stream.ts';
import { settledInTime } from './settled-in-time.ts';
import {
  closedBefore,
  type EventServer,
  type ServerOptions,
  type SourceOptions,
} from './server-broker.ts';

const REDIS: UrlGrammar = {
  schemes: ['redis', 'rediss'],
  example: 'redis://USER:PASSWORD@HOST:6379/0?prefix=dp:, with rediss: for TLS',
  defaultPort: 6379,
  parameters: ['prefix', 'max_length', 'claim_after', ...TLS_FILES],
};

type RedisOptions = Omit<AllOptions, 'replyMapping'>;

/** Number of events that the server keeps unless told otherwise; each takes some hundred bytes of its memory. */
const MAX_LENGTH = 100_000;

/** Throws DP6120 for a malformed address, and DP6121 when the server cannot be used. */
export async function openRedisServer(text: string, options: ServerOptions): Promise<EventServer> {
  const url = parseRedisUrl(text);
  const stream = {
    key: `${url.parameters.get('prefix') ?? 'dp:'}events`,
    maxLength: countParameter(url, 'max_length', { least: 0, otherwise: MAX_LENGTH }),
    shown: url.shown,
  };
  const claimAfterMs = claimAfterOf(url);
  const connection = connectionOptions(url, options.folder);
  const { Redis: Client } = await import('ioredis');
  const connect = (more: RedisOptions): Redis => new Client({ ...connection, ...more });
  const writer = await connectedWriter(connect, url, options.report);
  await writer.xlen(stream.key).catch(async (error: unknown) => {
    writer.disconnect();
    throw commandFault(error, stream.shown);
  });
  return new RedisServer(stream, { writer, connect, claimAfterMs, report: options.report });
}

interface Connections {
  readonly writer: Redis;
  readonly connect: (more: RedisOptions) => Redis;
  readonly claimAfterMs: number;
  readonly report: (fault: Fault) => void;
}

class RedisServer implements EventServer {
  readonly #stream: RedisStream;
  readonly #connections: Connections;
  /** Rejects what was appended and has no answer. */
  readonly #underWay = new Set<(error: unknown) => void>();
  #isClosing = false;

  constructor(stream: RedisStream, connections: Connections) {
    this.#stream = stream;
    this.#connections = connections;
  }

  /** Takes few promises, because programs publish a hundred thousand events at a time. */
  append(topic: string, text: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#underWay.add(reject);
    const settled = (settle: () => void): void => {
      this.#underWay.delete(reject);
      settle();
    };
    append(this.#connections.writer, this.#stream, [topic, text]).then(
      () => settled(resolve),
      (error: unknown) => settled(() => reject(this.#refusal(error))),
    );
    return promise;
  }

  source({ from, durable, count }: SourceOptions): EventSource {
    const { writer, connect, claimAfterMs, report } = this.#connections;
    const start = from === 'start' ? '0-0' : from;
    if (start !== 'end' && !/^\d{1,20}-\d{1,20}$/.test(start))
      throw new Fault('DP6126', `${JSON.stringify(from)} is no position in ${this.#stream.shown}`, {
        hint: 'give the position of a subscription of this broker, or "start" or "end"',
      });
    const redis = connect({ retryStrategy });
    // The shared connection reports what happens to the server.
    redis.on('error', () => {});
    const reading = { redis, stream: this.#stream, count };
    if (durable === undefined)
      return new PositionSource(reading, start === 'end' ? lastId(writer, this.#stream) : start);
    const membership = { name: durable, start: start === 'end' ? '$' : start };
    return new GroupSource(reading, { ...membership, writer, claimAfterMs, report });
  }

  async lastPosition(): Promise<string> {
    const { shown } = this.#stream;
    return await lastId(this.#connections.writer, this.#stream).catch((error: unknown) => {
      throw this.#isClosing ? closedBefore(shown, error) : commandFault(error, shown);
    });
  }

  /** A server that is away, or does not answer, is not waited for: what was appended is rejected. */
  async close(): Promise<void> {
    const { writer } = this.#connections;
    this.#isClosing = true;
    // QUIT is answered behind everything that was sent before it.
    if (writer.status === 'ready') await settledInTime(writer.quit());
    writer.disconnect();
    // The client forgets what it would have sent again.
    for (const abandon of this.#underWay) abandon(closedBefore(this.#stream.shown));
  }

  #refusal(error: unknown): Fault {
    const { shown } = this.#stream;
    return this.#isClosing ? closedBefore(shown, error) : commandFault(error, shown);
  }
}

/** Throws DP6120. */
export function parseRedisUrl(text: string): BrokerUrl {
  const url = parseBrokerUrl(text, REDIS);
  if (url.hosts.length === 1 && /^\d{0,5}$/.test(url.path)) return url;
  throw new Fault('DP6120', `the broker address ${url.shown} names no single server and database`, {
    hint: `write it as ${REDIS.example}`,
  });
}

function connectionOptions(url: BrokerUrl, folder: string): RedisOptions {
  const [server] = url.hosts;
  const files = tlsFiles(url, folder);
  return {
    ...server,
    db: Number(url.path),
    ...(url.user === undefined ? {} : { username: url.user }),
    ...(url.password === undefined ? {} : { password: url.password }),
    ...(url.scheme === 'rediss' ? { tls: files } : {}),
    connectionName: 'dp',
    // The older protocol needs no HELLO, which a user may lack.
    protocol: 2,
    maxRetriesPerRequest: null,
    // After a fail-over the address may lead to what is now a replica: connect again, and send the command again.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  };
}

const retryStrategy = (attempt: number): number => reconnectDelay(attempt, Math.random());

/** The first attempt has to succeed; later the connection is renewed for ever, and each loss of it is reported once. */
async function connectedWriter(
  connect: Connections['connect'],
  url: BrokerUrl,
  report: (fault: Fault) => void,
): Promise<Redis> {
  let state: 'opening' | 'open' | 'lost' = 'opening';
  let failure: unknown;
  const writer = connect({
    lazyConnect: true,
    retryStrategy: (attempt) => (state === 'opening' ? null : retryStrategy(attempt)),
  });
  writer.on('error', (error) => (failure = error));
  writer.on('reconnecting', () => {
    if (state !== 'open') return;
    state = 'lost';
    report(connectionFault(url, failure ?? new Error('the connection was lost')));
  });
  try {
    await writer.connect();
  } catch (error) {
    writer.disconnect();
    throw connectionFault(url, failure ?? error);
  }
  state = 'open';
  failure = undefined;
  writer.on('ready', () => {
    state = 'open';
    failure = undefined;
  });
  return writer;
}
