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

type ObjectFields = Record<PropertyKey, unknown>;

/** One object with the values that its fields had. */
interface Kept {
  readonly name: string;
  readonly holder: ObjectFields;
  readonly keys: readonly PropertyKey[];
  values: readonly unknown[];
  /** Number of all its fields; undefined where whoever adds one adds a name, as a variable of a module is one. */
  size: number | undefined;
  readonly isChanged: (
    holder: ObjectFields,
    keys: readonly PropertyKey[],
    values: readonly unknown[],
  ) => boolean;
}

export class Intrinsics {
  readonly #kept: readonly Kept[] = [
    keep('globalThis', globalThis, [...GLOBALS, ...Object.keys(BUILT_INS)]),
    ...Object.entries(BUILT_INS).flatMap(([name, holder]) => {
      const { prototype } = holder as { prototype?: object };
      const kept = keep(name, holder, Reflect.ownKeys(holder));
      if (prototype === undefined) return kept;
      const ofPrototype = keep(`${name}.prototype`, prototype, Reflect.ownKeys(prototype));
      const size = WIDESPREAD.has(holder) ? sizeOf(prototype) : undefined;
      return [kept, { ...ofPrototype, size }];
    }),
  ];

  /** Accepts the changes that a module made while it was imported as part of the thread's state. */
  accept(): void {
    for (const kept of this.#changed()) {
      kept.values = valuesOf(kept);
      if (kept.size !== undefined) kept.size = sizeOf(kept.holder);
    }
  }

  /** Restores changed fields and returns their names; added fields stay. */
  restore(): readonly string[] {
    const changed = this.#changed();
    if (changed.length === 0) return [];
    const names = changed.flatMap((kept) => [...putBack(kept), ...grown(kept)]);
    syncBuiltinESMExports();
    return names;
  }

  #changed(): readonly Kept[] {
    return this.#kept.filter(hasChanged);
  }
}

function keep(name: string, holder: object, among: readonly PropertyKey[]): Kept {
  const keys = among.filter((key) => {
    const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
    return descriptor !== undefined && 'value' in descriptor && descriptor.writable === true;
  });
  const fields = holder as ObjectFields; // Any key can be read of any object.
  const values = valuesOf({ holder: fields, keys });
  return { name, holder: fields, keys, values, size: undefined, isChanged: comparison(keys) };
}

const sizeOf = (holder: object): number => Reflect.ownKeys(holder).length;

const valuesOf = ({ holder, keys }: Pick<Kept, 'holder' | 'keys'>): readonly unknown[] =>
  keys.map((key) => holder[key]);

/**
 * Returns a function that compares field by field in code of its own. V8 then knows each place by its object: a loop over
 * all fields would take a hundred microseconds after every attempt, and this takes five.
 */
function comparison(keys: readonly PropertyKey[]): Kept['isChanged'] {
  const terms = keys.map((key, index) => {
    const field = typeof key === 'string' ? JSON.stringify(key) : `keys[${index}]`;
    return `holder[${field}] !== values[${index}]`;
  });
  // Made of the names of fields alone.
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function(
    'holder',
    'keys',
    'values',
    `return ${terms.join('||') || 'false'}`,
  ) as Kept['isChanged'];
}

const hasChanged = (kept: Kept): boolean =>
  kept.isChanged(kept.holder, kept.keys, kept.values) || isGrown(kept);

const isGrown = ({ holder, size }: Kept): boolean => size !== undefined && sizeOf(holder) !== size;

const grown = (kept: Kept): readonly string[] =>
  isGrown(kept) ? [`the fields of ${kept.name}`] : [];

function putBack({ name, holder, keys, values }: Kept): readonly string[] {
  return keys.flatMap((key, index) => {
    const value = values[index];
    if (holder[key] === value) return [];
    Reflect.defineProperty(holder, key, { value, writable: true });
    return [`${name}.${String(key)}`];
  });
}
