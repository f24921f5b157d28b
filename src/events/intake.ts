/**
 * The door for events from outside: the text that a server keeps comes in, an event that can be trusted goes out.
 * Refused events are counted and reported, never dropped silently.
 */
import type { Event } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { isInstant } from '../model/ids.ts';
import { hasShape, isCount, isName, isRun, isText, optional, type Shape } from '../model/shape.ts';
import { topicProblem } from '../model/topic.ts';
import type { PayloadSchemas } from './payload-schemas.ts';

/** An event as a server keeps it. */
export interface KeptEvent {
  readonly topic: string;
  readonly text: string;
  /** The position at which reading continues behind this event, as the option `from` takes it. */
  readonly position: string;
  /** The place of the event, as messages name it. */
  readonly place: string;
}

export class Intake {
  readonly #schemas: PayloadSchemas;
  readonly #report: (fault: Fault) => void;
  #refused = 0;

  /** `report` receives a fault for each refused event, and for what happens to the connection. It must not throw. */
  constructor(schemas: PayloadSchemas, report: (fault: Fault) => void) {
    this.#schemas = schemas;
    this.#report = report;
  }

  /** Number of events that were refused so far. */
  get refused(): number {
    return this.#refused;
  }

  report(fault: Fault): void {
    this.#report(fault);
  }

  /** Returns the event, with its data as the schemas of its topic give it; undefined when it was refused. */
  take({ topic, text, place }: KeptEvent): Event | undefined | Promise<Event | undefined> {
    try {
      const event = parsed(text);
      if (event.topic !== topic)
        throw new Fault('DP6122', 'it names another topic than the broker');
      if (!this.#schemas.concern(topic)) return event;
      return this.#schemas.checked(event).catch((error: unknown) => this.#refuse(error, place));
    } catch (error) {
      return this.#refuse(error, place);
    }
  }

  #refuse(error: unknown, place: string): undefined {
    if (!(error instanceof Fault)) throw error;
    this.#refused++;
    const why = `the event at ${place} was refused: ${error.message}`;
    this.#report(new Fault(error.code, why, { cause: error }));
    return undefined;
  }
}

/** Returns the text of an event on its way to a server. Throws DP6108 when its data are no JSON. */
export function textOf(event: Event): string {
  try {
    return JSON.stringify(event);
  } catch (cause) {
    throw new Fault(
      'DP6108',
      `the data of the event on ${JSON.stringify(event.topic)} are no JSON`,
      {
        cause,
      },
    );
  }
}

function parsed(text: string): Event {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Fault('DP6122', 'its text is no JSON', { cause });
  }
  if (!isEvent(value)) throw new Fault('DP6122', 'it lacks the shape of an event');
  const problem = topicProblem(value.topic);
  if (problem === undefined) return value;
  throw new Fault('DP6122', `its topic ${problem}`);
}

const EVENT: Shape<Event> = {
  v: (value) => value === 1,
  id: isText,
  topic: isText,
  time: isInstant,
  runId: optional(isRun),
  task: optional(isName),
  attempt: optional(isCount),
  element: optional(isCount),
  data: () => true,
};
const isEvent = hasShape(EVENT);
