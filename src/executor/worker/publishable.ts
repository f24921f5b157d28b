/** Checks what a task publishes at the call, so that a mistake fails the task and not the run. */
import { types } from 'node:util';
import { checkTopic } from '../../events/topics.ts';
import { Fault } from '../../model/fault.ts';

/** Maximum nesting depth of lists and objects, as in results. */
const DEEPEST = 1_000;
/** Maximum size of an event's data as JSON. */
const EVENT_BYTES = 2 ** 20;
/** Maximum size of all that one attempt publishes, counted in characters: dp holds what is not on record yet, and each reader of the run gets it. */
const ATTEMPT_CHARACTERS = 2 ** 27;
/** Weight of an event beside its data. */
const EVENT_WEIGHT = 256;

/** Throws DP6101 when the topic is malformed, or one that only dp itself speaks on. */
export function checkPublicTopic(topic: string): void {
  checkTopic(topic);
  const [first] = topic.split('.', 1);
  if (first !== 'run' && first !== 'schedule') return;
  throw new Fault('DP6101', `topic ${JSON.stringify(topic)} is reserved: dp itself reports there`, {
    hint: 'begin with a word of your own, such as data.flights.arrived',
  });
}

/** Returns the same function, whose errors point to its caller and not into dp. */
export function blamingCaller<Given extends unknown[]>(
  act: (...given: Given) => void,
): (...given: Given) => void {
  const called = (...given: Given): void => {
    try {
      act(...given);
    } catch (error) {
      if (error instanceof Error) Error.captureStackTrace(error, called);
      throw error;
    }
  };
  return called;
}

/** Limits the events that one attempt publishes: each of them, and all of them together. */
export class Publications {
  #left = ATTEMPT_CHARACTERS;

  /** Returns the data as JSON carries it. Throws DP6108 for what JSON cannot hold, DP6109 for too much of it, and DP6111 for one event too many. */
  accept(data: unknown): unknown {
    const { plain, characters } = publishable(data);
    if (!this.#take(characters)) throw tooMany();
    return plain;
  }

  /** Returns whether one more report of progress may be told. */
  acceptProgress(): boolean {
    return this.#take(0);
  }

  #take(characters: number): boolean {
    this.#left -= characters + EVENT_WEIGHT;
    return this.#left >= 0;
  }
}

function publishable(data: unknown): { readonly plain: unknown; readonly characters: number } {
  const room = { left: EVENT_BYTES };
  const plain = asJson(data, 'data', { room, depth: 0 });
  // Far from the limit its exact size does not matter: no character takes more than six bytes.
  const mayExceed = EVENT_BYTES - room.left > EVENT_BYTES / 6;
  if (mayExceed && Buffer.byteLength(JSON.stringify(plain)) > EVENT_BYTES) throw tooMuch();
  return { plain, characters: EVENT_BYTES - room.left };
}

/** Throws DP6108 unless it is a number that JSON can hold. */
export function checkFigure(value: unknown, name: string): void {
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw notJson(
      `${name} is ${typeof value === 'number' ? value : kind(value)}, not a finite number`,
    );
}

interface Within {
  /** Number of characters that may still be read; larger data is not read to its end. */
  readonly room: { left: number };
  readonly depth: number;
}

const UNBOUNDED: Within = { room: { left: Infinity }, depth: 0 };

/** Returns the value as JSON carries it. Throws DP6108, which names the path of what JSON cannot hold. */
export function asJson(value: unknown, path: string, within = UNBOUNDED): unknown {
  const { room, depth } = within;
  if (depth > DEEPEST) throw notJson(`${path.slice(0, 80)}… is more than ${DEEPEST} levels deep`);
  take(room, typeof value === 'string' ? value.length : 1);
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      if (Number.isFinite(value)) return value;
      throw notJson(`${path} is ${value}, which JSON cannot hold`);
    case 'object':
      break;
    default:
      throw notJson(`${path} is ${kind(value)}, which JSON cannot hold`);
  }
  if (value === null) return null;
  const inner = (part: unknown, name: string): unknown =>
    asJson(part, name, { room, depth: depth + 1 });
  if (Array.isArray(value)) {
    take(room, value.length);
    return Array.from(value, (item: unknown, index) => inner(item, `${path}[${index}]`));
  }
  // JSON would hold null in its place.
  if (types.isDate(value) && Number.isNaN(value.getTime()))
    throw notJson(`${path} is an invalid Date, which JSON cannot hold`);
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return inner((value.toJSON as () => unknown).call(value), path);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw notJson(`${path} is a ${value.constructor.name}, which JSON cannot hold`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => {
      take(room, name.length);
      return [name, inner(member, `${path}.${name}`)];
    }),
  );
}

function take(room: Within['room'], characters: number): void {
  room.left -= characters;
  if (room.left < 0) throw tooMuch();
}

const tooMuch = (): Fault =>
  new Fault('DP6109', `the data of an event is larger than ${EVENT_BYTES / 2 ** 20} MiB`, {
    hint: 'return it as the result of the task, and publish where it is',
  });

const tooMany = (): Fault =>
  new Fault('DP6111', `an attempt publishes at most ${ATTEMPT_CHARACTERS / 2 ** 20} MiB in all`, {
    hint: 'return the data as the result of the task, or yield it as a stream',
  });

const notJson = (message: string): Fault => new Fault('DP6108', message);

function kind(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'bigint') return 'a BigInt';
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'object'
      ? 'an object'
      : `a ${typeof value}`;
}
