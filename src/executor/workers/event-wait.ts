/** One wait for an event: events come in as they are on the bus; the first that counts, or why there was none, goes out. */
import { type PlacedEvent, type ReceivedEvent, receivedEvent } from '../../model/event.ts';
import { Fault } from '../../model/fault.ts';
import type { Instant } from '../../model/ids.ts';
import { topicMatches } from '../../model/topic.ts';
import type { Wait } from '../ports/workforce.ts';
import type { Watcher } from './bus-watch.ts';

export type WaitEnding =
  | { readonly is: 'received'; readonly event: ReceivedEvent }
  /** `why` completes the sentence "no event came …" */
  | { readonly is: 'late'; readonly passedOver: string }
  | { readonly is: 'stopped' };

export class EventWait implements Watcher {
  readonly after: number;
  readonly until: Instant | null;
  readonly ended: Promise<WaitEnding>;
  readonly #wait: Wait;
  readonly #end: (ending: WaitEnding) => void;
  /** Number of events on its topics that did not end it. */
  #passedOver = 0;
  /** Why the condition could not be evaluated on the last event of that kind. */
  #problem: string | undefined;

  constructor(wait: Wait) {
    const { promise, resolve } = Promise.withResolvers<WaitEnding>();
    this.#wait = wait;
    this.after = wait.after;
    this.until = wait.until;
    this.ended = promise;
    this.#end = resolve;
  }

  offer({ event: stored, isReceived }: PlacedEvent): boolean {
    if (!topicMatches(this.#wait.event, stored.topic)) return false;
    // It comes from a broker only now, and was published before the wait began.
    if (isReceived && stored.time < this.#wait.since) return false;
    const event = receivedEvent(stored);
    if (!this.#meets(event)) {
      this.#passedOver++;
      return false;
    }
    this.#end({ is: 'received', event });
    return true;
  }

  late(): void {
    const problem = this.#problem === undefined ? '' : ` (${this.#problem})`;
    const passedOver =
      this.#passedOver === 0
        ? ''
        : `; ${this.#passedOver} did not meet the condition of \`when\`${problem}`;
    this.#end({ is: 'late', passedOver });
  }

  stop(): void {
    this.#end({ is: 'stopped' });
  }

  /** An event without what the condition reads was meant for others: it does not end the task. */
  #meets(event: ReceivedEvent): boolean {
    try {
      return this.#wait.meets(event);
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== 'DP1009') throw error;
      this.#problem = error.message;
      return false;
    }
  }
}
