/** Inspects a value before it is stored: whether it can be kept, and whether JSON carries it exactly. */
import { EventEmitter } from 'node:events';
import { inspect, types } from 'node:util';
import { Fault } from '../model/fault.ts';

/**
 * `json`: JSON gives back an equal value. `clone`: only the structured-clone format does, because of
 * undefined, -0, NaN, bigint, holes, shared or circular references, or objects JSON has no word for.
 * Throws DP7001, naming the path inside the value, for what neither can keep.
 *
 * An instance of a class keeps its own enumerable data and loses its methods, as structured clone has it.
 * One without any own data (URL, Headers, Temporal…) would come back empty, and is refused. So are enumerable fields
 * that structured clone would drop silently: those under symbols, and those that somebody put on a built-in object.
 */
export function survey(value: unknown, root = '$'): Surveyed {
  const found = new Survey(root);
  try {
    found.visit(value, 0);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw found.unfit(`cannot be read: ${messageOf(error)}`, undefined, error);
  }
  return found;
}

export interface Surveyed {
  readonly fits: 'json' | 'clone';
  /** Number of characters of all texts in it, property names included. */
  readonly characters: number;
}

/** Levels of nesting that every thread's stack can write and read. */
export const DEEPEST = 1_000;

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Maximum number of holes in a list; readers visit each of them. */
const MOST_HOLES = 2 ** 24;

const REMEDY = 'return a plain object that holds both';

/** A step into a Map or a Set; steps into objects and arrays are their keys. */
class CollectionStep {
  readonly shown: string;
  constructor(shown: string) {
    this.shown = shown;
  }
}
type ValueStep = string | number | symbol | CollectionStep;

class Survey implements Surveyed {
  fits: 'json' | 'clone' = 'json';
  characters = 0;
  readonly #root: string;
  readonly #seen = new Set<object>();
  /** Keys on the way to the current value; entries beyond its depth are stale. */
  readonly #path: ValueStep[] = [];
  #depth = 0;

  constructor(root: string) {
    this.#root = root;
  }

  visit(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'string':
        this.characters += value.length;
        return;
      case 'boolean':
        return;
      case 'number':
        if (!Number.isFinite(value) || Object.is(value, -0)) this.fits = 'clone';
        return;
      case 'undefined':
      case 'bigint':
        this.fits = 'clone';
        return;
      case 'function':
      case 'symbol':
        this.#depth = depth;
        throw this.unfit(
          `is a ${typeof value}`,
          'return data only: text, numbers, bytes, plain objects',
        );
      case 'object':
        if (value !== null) this.#visitObject(value, depth);
    }
  }

  unfit(what: string, hint?: string, cause?: unknown): Fault {
    const path = this.#root + this.#path.slice(0, Math.min(this.#depth, 12)).map(showStep).join('');
    const shown = this.#depth > 12 ? `${path}…` : path;
    return new Fault('DP7001', `${shown} ${what}`, { hint, cause });
  }

  #visitObject(object: object, depth: number): void {
    this.#depth = depth;
    if (this.#seen.has(object)) {
      this.fits = 'clone';
      return;
    }
    this.#seen.add(object);
    if (depth > DEEPEST) {
      throw this.unfit(
        `is nested more than ${DEEPEST} levels deep`,
        'return a flatter value, such as a list of rows',
      );
    }
    if (types.isProxy(object)) throw this.unfit('is a Proxy', 'return a plain copy of it');
    if (Array.isArray(object)) this.#visitArray(object, depth);
    else if (isPlain(object)) this.#visitOwn(object, depth);
    else {
      this.fits = 'clone';
      this.#visitBuiltIn(object, depth);
    }
    this.#refuseSymbols(object, depth);
  }

  #refuseSymbols(object: object, depth: number): void {
    const symbols = Object.getOwnPropertySymbols(object);
    if (symbols.length === 0) return;
    const isEnumerable = (key: symbol): boolean =>
      Object.prototype.propertyIsEnumerable.call(object, key);
    const field = symbols.find(isEnumerable);
    if (field !== undefined) throw this.#lost(field, depth, 'a field under a symbol');
  }

  /** Refuses the first field of a built-in object that structured clone would drop. */
  #refuseFields(object: object, depth: number, fields: readonly string[]): void {
    const [field] = fields;
    if (field !== undefined)
      throw this.#lost(field, depth, `a field that was put on an instance of ${className(object)}`);
  }

  #lost(field: string | symbol, depth: number, what: string): Fault {
    this.#path[depth] = field;
    this.#depth = depth + 1;
    return this.unfit(`is ${what}, which would be lost`, REMEDY);
  }

  #visitArray(array: readonly unknown[], depth: number): void {
    if (Object.getPrototypeOf(array) !== Array.prototype) this.fits = 'clone';
    let holes = 0;
    for (let index = 0; index < array.length; index++) {
      this.#visitKey(array, index, depth);
      if (array[index] !== undefined || index in array || ++holes <= MOST_HOLES) continue;
      this.#depth = depth;
      throw this.unfit(
        `is a list of ${array.length} places, most of which are empty`,
        'return the items alone, or a Map from places to items',
      );
    }
    const keys = Object.keys(array);
    const last = keys.at(-1);
    if (last === undefined || isIndex(last)) return;
    // Named properties, such as those of a regular expression match, follow the elements.
    this.fits = 'clone';
    for (const key of keys) if (!isIndex(key)) this.#visitKey(array, key, depth);
  }

  #visitOwn(object: object, depth: number): void {
    for (const key of Object.keys(object)) {
      this.characters += key.length;
      this.#visitKey(object, key, depth);
    }
  }

  /** Records the step before reading the property, as reading may throw. */
  #visitKey(object: object, key: string | number, depth: number): void {
    this.#path[depth] = key;
    this.#depth = depth + 1;
    this.visit((object as Record<string | number, unknown>)[key], depth + 1);
  }

  #visitBuiltIn(object: object, depth: number): void {
    if (types.isMap(object)) this.#visitMap(object, depth);
    else if (types.isSet(object)) this.#visitSet(object, depth);
    else if (Error.isError(object)) {
      this.#visitError(object, depth);
      return;
    } else if (types.isSharedArrayBuffer(object)) {
      throw this.unfit('is a SharedArrayBuffer', 'return a copy of its bytes');
    } else if (!isCloneable(object)) {
      this.#visitInstance(object, depth);
      return;
    }
    if (isDetached(object))
      throw this.unfit('is bytes whose memory was handed away', 'return a copy of them');
    if (!isLongView(object)) {
      const fields = Object.keys(object).filter((key) => !isIndex(key));
      this.#refuseFields(object, depth, fields);
    } else if (hasFields(object))
      throw this.unfit('has fields that were put on it, which would be lost', REMEDY);
  }

  #visitError(error: Error, depth: number): void {
    if (Object.hasOwn(error, 'cause')) this.#visitKey(error, 'cause', depth);
    if (Object.hasOwn(error, 'errors')) throw this.#lost('errors', depth, 'a field of an error');
    // Structured clone keeps a message of the error itself; that of a DOMException is computed by its class.
    if (!Object.hasOwn(error, 'message') && error.message !== '')
      throw this.#lost('message', depth, 'computed by the class of the error');
    const fields = Object.keys(error).filter((key) => !CLONED_OF_ERRORS.has(key));
    this.#refuseFields(error, depth, fields);
  }

  #visitMap(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    let index = 0;
    for (const [key, value] of map) {
      this.#step(new CollectionStep(`<key ${index}>`), key, depth);
      const shown = typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `<value ${index}>`;
      this.#step(new CollectionStep(shown), value, depth);
      index++;
    }
  }

  #visitSet(set: ReadonlySet<unknown>, depth: number): void {
    let index = 0;
    for (const item of set) this.#step(new CollectionStep(`<item ${index++}>`), item, depth);
  }

  #visitInstance(object: object, depth: number): void {
    const name = className(object);
    if (types.isPromise(object)) throw this.unfit('is a promise', 'await it before returning it');
    if (types.isGeneratorObject(object)) {
      throw this.unfit(
        'is a generator',
        'collect its items, or let the task stream them (stream_output)',
      );
    }
    if (object instanceof EventEmitter || object instanceof EventTarget) {
      throw this.unfit(
        `is an instance of ${name}, a live object`,
        'return the data that came from it',
      );
    }
    if (Object.keys(object).length === 0 && !isPlainElsewhere(object)) {
      throw this.unfit(
        `is an instance of ${name}, whose data cannot be reached`,
        'return what it holds as text, bytes or a plain object',
      );
    }
    this.#visitOwn(object, depth);
  }

  #step(step: CollectionStep, value: unknown, depth: number): void {
    this.#path[depth] = step;
    this.visit(value, depth + 1);
  }
}

/** Returns whether its prototype is Object.prototype or none. */
function isPlain(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null;
}

/** Returns whether it is a plain object of another realm, such as a `vm` context, which has its own Object.prototype. */
function isPlainElsewhere(object: object): boolean {
  return Object.getPrototypeOf(Object.getPrototypeOf(object)) === null;
}

/** Returns whether structured clone keeps it whole, and it has no content to inspect. */
function isCloneable(object: object): boolean {
  return (
    types.isDate(object) ||
    types.isRegExp(object) ||
    types.isArrayBufferView(object) ||
    types.isArrayBuffer(object) ||
    (types.isBoxedPrimitive(object) && !types.isSymbolObject(object))
  );
}

/** Fields of errors that structured clone keeps. The name becomes that of the class, as methods are lost with it. */
const CLONED_OF_ERRORS = new Set(['name', 'message', 'stack', 'cause']);

function isDetached(object: object): boolean {
  if (types.isArrayBufferView(object)) return isDetached(object.buffer);
  return object instanceof ArrayBuffer && object.detached;
}

type ArrayView = ArrayBufferView & { readonly length: number; subarray(): ArrayBufferView };

/** Above this length elements are not listed one by one. */
const LONG = 256;

const isLongView = (object: object): object is ArrayView =>
  types.isTypedArray(object) && object.length > LONG;

/** Object.keys would list every element; the text shown for a fresh view of the same bytes differs only by the fields. */
const hasFields = (view: ArrayView): boolean => summary(view) !== summary(view.subarray());

const summary = (view: ArrayBufferView): string =>
  inspect(view, { customInspect: false, maxArrayLength: 0, depth: 0 });

function className(object: object): string {
  const { constructor } = object;
  return typeof constructor === 'function' && constructor.name !== ''
    ? constructor.name
    : 'class instance';
}

function isIndex(key: string): boolean {
  return String(Number(key) >>> 0) === key;
}

function showStep(step: ValueStep): string {
  if (typeof step === 'number') return `[${step}]`;
  if (step instanceof CollectionStep) return step.shown;
  if (typeof step === 'symbol') return `[${String(step)}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step)
    ? `.${step}`
    : `[${JSON.stringify(step)}]`;
}
