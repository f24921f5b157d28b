/** Writes the events of one run: first to the store, then to the broker. */
import type { Broker } from '../../events/broker.ts';
import type { LifecycleData, LifecycleTopic, RecordedEvent } from '../../model/event.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Clock } from '../../lib/clock.ts';
import type { CacheEntry } from '../../store/run-store.ts';
import type { RunRecords } from './ports.ts';
import type { Attempt } from '../ports/workforce.ts';
import type { Redaction } from '../worker/redaction.ts';

/** Subject of a task event. */
export interface EventSubject {
  readonly task: TaskName;
  readonly attempt?: number;
  readonly element?: number;
}

export class Journal {
  readonly #run: RunId;
  /** Number of the holder; it distinguishes its events from those of earlier holders. */
  readonly #epoch: number;
  readonly #store: RunRecords;
  readonly #broker: Pick<Broker, 'publish'>;
  readonly #clock: Clock;
  readonly #redaction: Redaction;
  #pending: RecordedEvent[] = [];
  #count = 0;
  #told: Promise<void> = Promise.resolve();

  constructor(
    run: RunId,
    epoch: number,
    ports: {
      readonly store: RunRecords;
      readonly broker: Pick<Broker, 'publish'>;
      readonly clock: Clock;
      readonly redaction: Redaction;
    },
  ) {
    this.#run = run;
    this.#epoch = epoch;
    this.#store = ports.store;
    this.#broker = ports.broker;
    this.#clock = ports.clock;
    this.#redaction = ports.redaction;
  }

  record<T extends LifecycleTopic>(topic: T, data: LifecycleData[T], subject?: EventSubject): void {
    const shown = withoutSecrets(data, this.#redaction);
    if (shown !== undefined) this.#push(topic, shown, subject);
  }

  /** Adds an event that a task publishes on its own topic. */
  publish(topic: string, data: unknown, subject: EventSubject): void {
    this.#push(topic, this.#redaction.data(data), subject);
  }

  #push(topic: string, data: unknown, subject?: EventSubject): void {
    const id = `${this.#run}-${this.#epoch}-${++this.#count}`;
    this.#pending.push({
      v: 1,
      id,
      topic,
      time: this.#clock.now(),
      runId: this.#run,
      ...subject,
      data,
    });
  }

  /** Stores all pending events durably, in one transaction with the results that may be reused, and publishes them only then. */
  commit(reusable: readonly CacheEntry[] = []): void {
    if (this.#pending.length === 0 && reusable.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    this.#store.append(this.#run, events, reusable);
    for (const event of events) {
      const delivered = this.#broker.publish(event.topic, event);
      if (delivered !== undefined) this.#told = this.#told.then(() => delivered);
    }
  }

  /** Resolves when all subscribers with back-pressure have taken the published events. */
  async told(): Promise<void> {
    await this.#told;
  }
}

/** Returns the redacted data of a lifecycle event; undefined when it is a progress number that is secret, as a number cannot be masked. */
function withoutSecrets(
  data: LifecycleData[LifecycleTopic],
  redaction: Redaction,
): LifecycleData[LifecycleTopic] | undefined {
  if ('done' in data) return redaction.hides(`${data.done} ${data.total}`) ? undefined : data;
  // The cast is safe: redaction keeps an object an object.
  if ('params' in data) return { ...data, params: redaction.data(data.params) as JsonObject };
  if ('error' in data && data.error !== undefined)
    return { ...data, error: redaction.error(data.error) };
  return data;
}

/** Returns the subject of the attempt's events. */
export function subjectOf({
  task: { name: task },
  unit: { element },
  number: attempt,
}: Attempt): EventSubject {
  return element === undefined ? { task, attempt } : { task, attempt, element };
}
