/**
 * A broker whose events a server keeps: an event goes in once the server has it, and comes out at every process that subscribes.
 * The server never filters: dp's own matcher does, so that patterns mean the same with every broker.
 */
import type { Event } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Broker, SubscribeOptions, Subscription } from './broker.ts';
import { checkCapacity } from './capacity.ts';
import { type Intake, textOf } from './intake.ts';
import { MemoryBroker } from './memory.ts';
import { type EventSource, PulledSubscription } from './pulled-subscription.ts';
import { checkPattern, checkTopic } from './topics.ts';

/** The server as this room needs it; each adapter has one. */
export interface EventServer {
  /** Resolves when the server has the event. Rejects with a fault when it refuses, and with DP6102 when it was closed before. */
  append(topic: string, text: string): Promise<void>;
  /** Events that were appended after this call are behind the end. Throws DP6126 for a malformed position. */
  source(reading: SourceOptions): EventSource;
  /** Resolves with the position behind the newest event. */
  lastPosition(): Promise<string>;
  /** Resolves when what was appended is settled. */
  close(): Promise<void>;
}

export interface ServerOptions {
  readonly report: (fault: Fault) => void;
  /** Folder that file names in the address are relative to. */
  readonly folder: string;
}

export interface SourceOptions {
  readonly from: NonNullable<SubscribeOptions['from']>;
  readonly durable: string | undefined;
  /** Most events that are read at a time. */
  readonly count: number;
}

const READ_AT_A_TIME = 1_024;

export class ServerBroker implements Broker {
  readonly #server: EventServer;
  readonly #intake: Intake;
  /** Subscriptions that only want what comes from now on share one reader. */
  readonly #live = new MemoryBroker();
  #liveSource: EventSource | undefined;
  #liveReading: Promise<void> | undefined;
  readonly #pulled = new Set<PulledSubscription>();
  #closing: Promise<void> | undefined;

  constructor(server: EventServer, intake: Intake) {
    this.#server = server;
    this.#intake = intake;
  }

  publish(topic: string, event: Event): Promise<void> {
    this.#refuseWhenClosed(topic);
    checkTopic(topic);
    return this.#server.append(topic, textOf(event));
  }

  subscribe(pattern: string, options: SubscribeOptions = {}): Subscription {
    this.#refuseWhenClosed(pattern);
    checkPattern(pattern);
    const { durable, from = 'end', overflow, capacity = READ_AT_A_TIME } = options;
    if (durable === undefined && from === 'end' && overflow !== 'block') {
      this.#liveReading ??= this.#readLive();
      return this.#live.subscribe(pattern, options);
    }
    const source = this.#server.source({ from, durable, count: checkCapacity(capacity) });
    const subscription = new PulledSubscription(pattern, {
      source,
      intake: this.#intake,
      onEnd: () => this.#pulled.delete(subscription),
    });
    this.#pulled.add(subscription);
    subscription.endOn(options.signal);
    return subscription;
  }

  lastPosition(): Promise<string> {
    this.#refuseWhenClosed('lastPosition');
    return this.#server.lastPosition();
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#end());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#pulled].map((subscription) => subscription.stop()));
    await this.#liveSource?.stop();
    await this.#liveReading;
    await this.#live.close();
    await this.#server.close();
  }

  async #readLive(): Promise<void> {
    const source = this.#server.source({ from: 'end', durable: undefined, count: READ_AT_A_TIME });
    this.#liveSource = source;
    try {
      for (let lost = 0; ; lost = source.lost) {
        const stored = await source.read();
        if (stored.length === 0) return;
        if (source.lost > lost) this.#intake.report(removedUnread(source.lost - lost));
        for (const each of stored) {
          const taken = this.#intake.take(each);
          const event = taken instanceof Promise ? await taken : taken;
          // Nobody who waits for room is among these subscriptions, so there is nothing to wait for.
          if (event !== undefined) void this.#live.publish(each.topic, event);
        }
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#live.end(error);
    }
  }

  #refuseWhenClosed(where: string): void {
    if (this.#closing !== undefined)
      throw new Fault('DP6102', `the broker is closed, at ${JSON.stringify(where)}`);
  }
}

/** The fault of what was appended and had no answer when the connection was closed. */
export function closedBefore(shown: string, cause?: unknown): Fault {
  return new Fault('DP6102', `the broker ${shown} was closed before it had the event`, { cause });
}

function removedUnread(count: number): Fault {
  return new Fault('DP6127', `the broker removed ${count} events before they were read`, {
    hint: 'let the broker keep more events, or subscribe durably and read faster',
  });
}
