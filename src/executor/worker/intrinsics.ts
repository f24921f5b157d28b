/**
 * The built-in objects of a worker, as they were before a task's function ran: what a function replaces is found, and put
 * back before dp's own code goes on. A function can reach them all, and so can whoever works in the same thread after it.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

/** The objects whose functions are watched, by their names. */
const BUILT_INS: Readonly<Record<string, object>> = {
  JSON, Math, Reflect, Atomics, console, fs, Object, Array, String, Number, Boolean, BigInt, Function, Symbol,
  Promise, Map, Set, WeakMap, Date, RegExp, Error, ArrayBuffer, Uint8Array, Buffer,
  TypedArray: Object.getPrototypeOf(Uint8Array) as object,
  Iterator: Object.getPrototypeOf([][Symbol.iterator]()) as object,
}; // prettier-ignore

/** Further globals that are watched. Reading all of them would load modules that Node loads lazily. */
const GLOBALS =
  `globalThis setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask
  structuredClone fetch process parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI
  TypeError RangeError AggregateError Proxy WeakRef WeakSet DataView URL URLSearchParams TextEncoder TextDecoder Event
  EventTarget AbortController AbortSignal`.split(/\s+/);

/** Objects whose prototypes affect nearly every value when a field is added. */
const WIDESPREAD = new Set<object>([
  Object,
  Array,
  String,
  Number,
  BigInt,
  Function,
  Error,
  Date,
  Map,
  Set,
]);

/** Functions that can add a field which no enumeration shows. Assignments, class fields and the like cannot. */
const DEFINERS = [
  [Object, 'defineProperty'],
  [Object, 'defineProperties'],
  [Reflect, 'defineProperty'],
] as const;

/** Attempts after which a thread is worth a comparison in code of its own, which takes as long to make as hundreds of loops. */
const COMPILED_AFTER = 100;

const { apply, defineProperty } = Reflect;

type ObjectFields = Record<PropertyKey, unknown>;

/** One object with the values that its fields had. */
interface Kept {
  readonly name: string;
  readonly holder: ObjectFields;
  readonly keys: readonly PropertyKey[];
  values: readonly unknown[];
  /** Number of all its fields; undefined where whoever adds one adds a name, as a variable of a module is one. */
  size: FieldCount | undefined;
}

interface FieldCount {
  readonly all: number;
  /** Number of those that are enumerable or have a symbol, which is quickly counted. */
  readonly visible: number;
}

/** A function may have replaced what a loop or a text is made with: until all is restored, only indexes and operators are used. */
export class Intrinsics {
  readonly #kept: readonly Kept[];
  readonly #widespread: readonly Kept[];
  #attempts = 0;
  #comparison: (() => boolean) | undefined;
  /** True once code has defined a field of a kept object, whatever it was. */
  #isDefined = false;

  constructor() {
    const holders = new Set<unknown>();
    // The methods that watch are watched like all others.
    watchDefiners(holders.has.bind(holders), () => (this.#isDefined = true));
    this.#kept = keptObjects();
    this.#widespread = this.#kept.filter(({ size }) => size !== undefined);
    for (const { holder } of this.#kept) holders.add(holder);
  }

  /** Accepts the changes that a module made while it was imported as part of the thread's state. */
  accept(): void {
    for (const kept of this.#kept) {
      if (isReplaced(kept)) kept.values = valuesOf(kept);
      if (isGrown(kept)) kept.size = countFields(kept.holder);
    }
    this.#isDefined = false;
    this.#attempts = 0;
    this.#comparison = undefined;
  }

  /** Restores changed fields and returns their names; added fields stay. */
  restore(): readonly string[] {
    if (++this.#attempts === COMPILED_AFTER) this.#comparison = comparison(this.#kept);
    if (!this.#isDefined && !this.#isReplaced() && !this.#isVisiblyGrown()) return [];
    this.#isDefined = false;
    const changed = putAllBack(this.#kept);
    for (const { name } of this.#kept.filter(isGrown)) changed.push(`the fields of ${name}`);
    if (changed.length > 0) syncBuiltinESMExports();
    return changed;
  }

  #isReplaced(): boolean {
    if (this.#comparison !== undefined) return this.#comparison();
    for (let index = 0; index < this.#kept.length; index++)
      if (isReplaced(this.#kept[index] as Kept)) return true;
    return false;
  }

  #isVisiblyGrown(): boolean {
    for (let index = 0; index < this.#widespread.length; index++) {
      const { holder, size } = this.#widespread[index] as Kept;
      if (countVisible(holder) !== size?.visible) return true;
    }
    return false;
  }
}

/**
 * Calls `defined` when a function that can hide a field is applied to a kept object. Counting all fields of the
 * widespread prototypes after every attempt would take longer than a short attempt.
 */
function watchDefiners(isKept: (holder: unknown) => boolean, defined: () => void): void {
  for (const [holder, name] of DEFINERS) {
    const { value: definer } = Reflect.getOwnPropertyDescriptor(holder, name) as { value: Definer };
    const value = new Proxy(definer, {
      apply: (_, self, given: Parameters<Definer>) => {
        if (isKept(given[0])) defined();
        return apply(definer, self, given);
      },
    });
    defineProperty(holder, name, { value });
  }
}

type Definer = (holder: object, ...what: readonly unknown[]) => unknown;

function keptObjects(): Kept[] {
  return [
    keep('globalThis', globalThis, [...GLOBALS, ...Object.keys(BUILT_INS)]),
    ...Object.entries(BUILT_INS).flatMap(([name, holder]) => {
      const { prototype } = holder as { prototype?: object };
      const kept = keep(name, holder, Reflect.ownKeys(holder));
      if (prototype === undefined) return kept;
      const ofPrototype = keep(`${name}.prototype`, prototype, Reflect.ownKeys(prototype));
      const size = WIDESPREAD.has(holder) ? countFields(prototype) : undefined;
      return [kept, { ...ofPrototype, size }];
    }),
  ];
}

function keep(name: string, holder: object, among: readonly PropertyKey[]): Kept {
  const keys = among.filter((key) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
    return descriptor !== undefined && 'value' in descriptor && descriptor.writable === true;
  });
  const fields = holder as ObjectFields; // Any key can be read of any object.
  return {
    name,
    holder: fields,
    keys,
    values: valuesOf({ holder: fields, keys }),
    size: undefined,
  };
}

const countFields = (holder: object): FieldCount => ({
  all: Reflect.ownKeys(holder).length,
  visible: countVisible(holder),
});

const countVisible = (holder: object): number =>
  Object.keys(holder).length + Object.getOwnPropertySymbols(holder).length;

const valuesOf = ({ holder, keys }: Pick<Kept, 'holder' | 'keys'>): readonly unknown[] =>
  keys.map((key) => holder[key]);

function isReplaced({ holder, keys, values }: Kept): boolean {
  for (let index = 0; index < keys.length; index++)
    if (holder[keys[index] as PropertyKey] !== values[index]) return true;
  return false;
}

/**
 * Returns a function that compares field by field in code of its own. V8 notes in it which fields are constant, and
 * forgets what it compiled when one is written: most comparisons take no time at all.
 */
function comparison(kept: readonly Kept[]): () => boolean {
  const fields = kept.flatMap(({ keys }, holder) =>
    keys.map((key, index) => ({ key, value: `kept[${holder}].values[${index}]`, holder, index })),
  );
  const constants = [
    ...kept.map((_, holder) => `h${holder}=kept[${holder}].holder`),
    ...fields.map(({ holder, index, value }) => `v${holder}_${index}=${value}`),
    ...fields.map(({ holder, index }) => `k${holder}_${index}=kept[${holder}].keys[${index}]`),
  ];
  const terms = fields.map(({ key, holder, index }) => {
    const field = typeof key === 'string' ? JSON.stringify(key) : `k${holder}_${index}`;
    return `h${holder}[${field}]!==v${holder}_${index}`;
  });
  // The code consists of the names of fields alone.
  // oxlint-disable-next-line typescript/no-implied-eval
  const make = new Function('kept', `const ${constants.join()};return()=>${terms.join('||')}`);
  return (make as (kept: readonly Kept[]) => () => boolean)(kept);
}

const isGrown = ({ holder, size }: Kept): boolean =>
  size !== undefined && Reflect.ownKeys(holder).length !== size.all;

/** Returns the changed fields, by their holders' names. */
function putAllBack(kept: readonly Kept[]): string[] {
  const fields: [string, PropertyKey][] = [];
  for (let holder = 0; holder < kept.length; holder++) putBack(kept[holder] as Kept, fields);
  return fields.map(([name, key]) => `${name}.${String(key)}`);
}

function putBack({ name, holder, keys, values }: Kept, changed: [string, PropertyKey][]): void {
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as PropertyKey;
    const value = values[index];
    if (holder[key] === value) continue;
    changed[changed.length] = [name, key];
    defineProperty(holder, key, { value, writable: true });
  }
}
