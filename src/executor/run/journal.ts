/** The events of one run on their way out: kept by the store first, told to the broker after. */
import type { Broker } from '../../events/broker.ts';
import type { LifecycleData, LifecycleTopic, RecordedEvent } from '../../model/event.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Clock } from '../../lib/clock.ts';
import type { RunRecords } from './ports.ts';
import type { Attempt } from '../ports/workforce.ts';
import type { Redaction } from '../worker/redaction.ts';

/** What a task event is about. */
export interface EventSubject {
  readonly task: TaskName;
  readonly attempt?: number;
  readonly element?: number;
}

export class Journal {
  readonly #run: RunId;
  /** Tells this holder's events from those of an earlier one. */
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

  /** What a task publishes, on a topic of its own. */
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

  /** What happened so far is on record when this returns; only then does anyone hear of it. */
  commit(): void {
    if (this.#pending.length === 0) return;
    const events = this.#pending;
    this.#pending = [];
    this.#store.append(this.#run, events);
    for (const event of events) {
      const delivered = this.#broker.publish(event.topic, event);
      if (delivered !== undefined) this.#told = this.#told.then(() => delivered);
    }
  }

  /** Settles when every subscriber that makes publishers wait has taken what was told. */
  async told(): Promise<void> {
    await this.#told;
  }
}

/** The data of a lifecycle event; undefined for a progress that is a secret, as it has no room for a mask. */
function withoutSecrets(
  data: LifecycleData[LifecycleTopic],
  redaction: Redaction,
): LifecycleData[LifecycleTopic] | undefined {
  if ('done' in data) return redaction.hides(`${data.done} ${data.total}`) ? undefined : data;
  // A cast: an object stays one.
  if ('params' in data) return { ...data, params: redaction.data(data.params) as JsonObject };
  if ('error' in data && data.error !== undefined)
    return { ...data, error: redaction.error(data.error) };
  return data;
}

/** What events of the attempt are about. */
export function subjectOf({
  task: { name: task },
  unit: { element },
  number: attempt,
}: Attempt): EventSubject {
  return element === undefined ? { task, attempt } : { task, attempt, element };
}
