/** Checks of plain data of unknown origin, made of smaller ones. */
import { isRunId, isTaskName } from './ids.ts';
import { isJsonObject } from './json.ts';

export type Check = (value: unknown) => boolean;
/** Has a check for every member of T; the data may have other members, too. */
export type Shape<T> = { readonly [Key in keyof T]-?: Check };

export const isText = (value: unknown): value is string => typeof value === 'string';
export const isNumber: Check = (value) => Number.isFinite(value);
export const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
export const isName: Check = (value) => isText(value) && isTaskName(value);
export const isRun: Check = (value) => isText(value) && isRunId(value);

export function optional(check: Check): Check {
  return (value) => value === undefined || check(value);
}

export function orNull(check: Check): Check {
  return (value) => value === null || check(value);
}

export function oneOf(words: readonly unknown[]): Check {
  return (value) => words.includes(value);
}

export function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every((item) => check(item));
}

export function mapOf(key: (name: string) => boolean, check: Check): Check {
  return (value) =>
    isJsonObject(value) && Object.entries(value).every(([name, each]) => key(name) && check(each));
}

/** Returns a guard; the compiler relies on the checks to say what the members are. */
export function hasShape<T>(shape: Shape<T>): (value: unknown) => value is T {
  const members = Object.entries<Check>(shape);
  return (value): value is T =>
    isJsonObject(value) && members.every(([key, check]) => check(value[key]));
}
