/**
 * A subscription with a reader of its own: it takes events from the server only as fast as its reader asks for them,
 * and says which were handled. What does not fit here stays on the server, so it holds up nobody.
 */
import type { Event } from '../model/event.ts';
import { topicMatches } from '../model/topic.ts';
import type { Subscription } from './broker.ts';
import type { Intake, KeptEvent } from './intake.ts';

/** Stored events in order, for one subscription. */
export interface EventSource {
  /** Returns the next events as soon as there are some; none at all once the source was stopped. */
  read(): Promise<readonly KeptEvent[]>;
  /** The event was handled, or does not concern this subscription. */
  handled(event: KeptEvent): void;
  /** Number of events that the server removed before they were read. */
  readonly lost: number;
  /** Ends a waiting read, and resolves when what was handled is on record. May be called again. */
  stop(): Promise<void>;
}

export class PulledSubscription implements Subscription, AsyncIterator<Event, undefined> {
  readonly #source: EventSource;
  readonly #events: AsyncGenerator<Event, undefined>;
  readonly #onEnd: () => void;
  #position: string | undefined;
  #forgetSignal: (() => void) | undefined;
  #stopped: Promise<void> | undefined;

  /** `onEnd` is called once, when no further event is wanted. */
  constructor(
    pattern: string,
    { source, intake, onEnd }: { source: EventSource; intake: Intake; onEnd: () => void },
  ) {
    this.#source = source;
    this.#onEnd = onEnd;
    this.#events = this.#read(pattern, intake);
  }

  get dropped(): number {
    return this.#source.lost;
  }

  get position(): string | undefined {
    return this.#position;
  }

  /** Asking for the next event says that the one before was handled. */
  next(): Promise<IteratorResult<Event, undefined>> {
    return this.#events.next();
  }

  /** The event that the reader leaves the loop at was not handled: a durable subscriber receives it again. */
  async return(): Promise<IteratorResult<Event, undefined>> {
    await this.stop();
    return this.#events.return(undefined);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.dispose](): void {
    void this.stop();
  }

  endOn(signal: AbortSignal | undefined): void {
    if (signal === undefined) return;
    const stop = (): void => void this.stop();
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    this.#forgetSignal = () => signal.removeEventListener('abort', stop);
  }

  /** Resolves when what was handled is on record at the server; never rejects. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#end());
  }

  async #end(): Promise<void> {
    this.#forgetSignal?.();
    await this.#source.stop();
    this.#onEnd();
  }

  async *#read(pattern: string, intake: Intake): AsyncGenerator<Event, undefined> {
    try {
      for (;;) {
        const stored = await this.#source.read();
        if (stored.length === 0) return;
        for (const each of stored) {
          const isWanted = topicMatches(pattern, each.topic);
          const taken = isWanted ? intake.take(each) : undefined;
          const event = taken instanceof Promise ? await taken : taken;
          // Whoever stopped it gave up what was read ahead.
          if (this.#stopped !== undefined) return;
          if (event !== undefined) {
            this.#position = each.position;
            yield event;
          }
          this.#source.handled(each);
        }
      }
    } finally {
      await this.stop();
    }
  }
}
