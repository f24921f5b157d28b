/** The types that the language and Node declare, and what a schema makes of them. */
import {
  ObjectFlags,
  SymbolFlags,
  type ObjectType,
  type Symbol as TypeSymbol,
  type Type,
} from '@typescript/native/unstable/sync';
import type { JsonObject } from '../../model/json.ts';
import { isLibrary } from './library.ts';
import { special } from './schema-parts.ts';

/** Returns true for a type that the language or Node declares, not the project. */
export function isOfPlatform(symbol: TypeSymbol | undefined): boolean {
  return (
    symbol?.declarations.some(
      ({ path }) =>
        isLibrary(path) || /\/node_modules\/(?:@types\/node|buffer|undici-types)\//.test(path),
    ) ?? false
  );
}

/** Classes and interfaces of the platform whose values survive a structured clone. The validator knows them by these names. */
const PLATFORM = new Set([
  'Date',
  'URL',
  'RegExp',
  'Error',
  'Map',
  'Set',
  'Buffer',
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
]);
export const STREAMS = new Set([
  'AsyncIterable',
  'AsyncIterableIterator',
  'AsyncIterator',
  'AsyncGenerator',
  'AsyncIteratorObject',
  'Generator',
  'ReadableStream',
]);
const ERRORS = new Set([
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
]);
const LISTS = new Set(['Array', 'ReadonlyArray']);
/** Shapes that texts, lists and sets share, which JSON Schema cannot express. */
const SHAPES = new Set(['Iterable', 'ArrayLike', 'ConcatArray', 'Iterator', 'IterableIterator']);

/** Returns undefined for interfaces of the platform that are plain data, as `Record` expands to: they are described by their members. */
export function platformSchema(
  type: ObjectType,
  name: string,
  argument: (index: number) => JsonObject,
): JsonObject | undefined {
  if (SHAPES.has(name)) return {};
  if (LISTS.has(name)) return { type: 'array', items: argument(0) };
  if (name === 'Map' || name === 'ReadonlyMap')
    return { ...special('Map'), 'x-dp-keys': argument(0), 'x-dp-values': argument(1) };
  if (name === 'Set' || name === 'ReadonlySet')
    return { ...special('Set'), 'x-dp-items': argument(0) };
  if (STREAMS.has(name)) return { ...special('AsyncIterable'), 'x-dp-items': argument(0) };
  if (name === 'Promise' || name === 'PromiseLike') return special('Promise');
  if (name === 'Function') return special('function');
  if (name === 'String') return { type: 'string' };
  if (name === 'Number') return { type: 'number' };
  if (name === 'Boolean') return { type: 'boolean' };
  if (name === 'Object') return {};
  if (ERRORS.has(name)) return special('Error');
  if (PLATFORM.has(name)) return special(name);
  return (type.objectFlags & ObjectFlags.Class) !== 0 || hasConstructor(type)
    ? { 'x-dp-class': name }
    : undefined;
}

/** The platform declares its classes as an interface and a variable of the same name. */
function hasConstructor(type: Type): boolean {
  return ((type.getSymbol()?.flags ?? 0) & SymbolFlags.Variable) !== 0;
}
