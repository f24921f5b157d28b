/** What a task publishes, checked where it does so: the mistake is the task's, not the run's. */
import { checkTopic } from '../../events/topics.ts';
import { Fault } from '../../model/fault.ts';

/** Levels of lists and objects inside each other, as in results. */
const DEEPEST = 1_000;

/** Throws DP6101 when the topic is malformed, or one that only dp itself speaks on. */
export function checkPublicTopic(topic: string): void {
  checkTopic(topic);
  const [first] = topic.split('.', 1);
  if (first !== 'run' && first !== 'schedule') return;
  throw new Fault('DP6101', `topic ${JSON.stringify(topic)} is reserved: dp itself reports there`, {
    hint: 'begin with a word of your own, such as data.flights.arrived',
  });
}

/** The same function; its errors point to whoever called it and not into dp. */
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

/** The data as JSON carries it. Throws DP6108, which names the path of what JSON cannot hold. */
export function asJson(value: unknown, path = 'data', depth = 0): unknown {
  if (depth > DEEPEST) throw notJson(`${path.slice(0, 80)}… is more than ${DEEPEST} levels deep`);
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
  if (Array.isArray(value))
    return value.map((item, index) => asJson(item, `${path}[${index}]`, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const plain = (value.toJSON as () => unknown).call(value);
    return asJson(plain, path, depth + 1);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype)
    throw notJson(`${path} is a ${value.constructor.name}, which JSON cannot hold`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name, asJson(member, `${path}.${name}`, depth + 1)]),
  );
}

const notJson = (message: string): Fault => new Fault('DP6108', message);

const kind = (value: unknown): string =>
  value === undefined ? 'undefined' : typeof value === 'bigint' ? 'a BigInt' : `a ${typeof value}`;
