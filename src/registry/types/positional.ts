import { TypeFlags, type Checker, type Type } from '@typescript/native/unstable/sync';
import { isOfPlatform } from './platform-types.ts';

/** Returns true when no value of the type can be an object of named arguments, as for a text, number, list or function. */
export function isPositional(type: Type, checker: Checker): boolean {
  if (type.isUnionType()) {
    const values = type.getTypes().filter(({ flags }) => !(flags & NOTHING));
    return values.length > 0 && values.every((value) => isPositional(value, checker));
  }
  const symbol = type.getSymbol();
  return (
    (type.flags & PRIMITIVE) !== 0 ||
    checker.isArrayLikeType(type) ||
    (symbol !== undefined && CLASSES.has(symbol.name) && isOfPlatform(symbol))
  );
}

const NOTHING = TypeFlags.Undefined | TypeFlags.Null | TypeFlags.Void;
const PRIMITIVE =
  TypeFlags.StringLike | TypeFlags.NumberLike | TypeFlags.BooleanLike | TypeFlags.BigIntLike;
const CLASSES = new Set(['Map', 'Set', 'Date', 'Function']);
