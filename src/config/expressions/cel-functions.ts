/** The functions that expressions have beyond those of CEL: dates as text, lists in order, JSON. */
import type { ASTNode, Environment } from '@marcbachmann/cel-js';
import type { Duration } from '@marcbachmann/cel-js/evaluator';
import type { Json } from '../../model/json.ts';
import { checkDatePattern, checkZone, DatePatternProblem, dateText } from './date-text.ts';
import { toCel, Unconvertible } from './cel-values.ts';

/** A range is a list in memory; a longer one is a mistake. */
const LONGEST_RANGE = 100_000;

export function registerFunctions(environment: Environment): void {
  const time = 'google.protobuf.Timestamp';
  const functions: Readonly<Record<string, (...given: never[]) => unknown>> = {
    [`date(${time}, string): string`]: (at: Date, pattern: string) => dateOf(at, pattern),
    [`date(${time}, string, string): string`]: dateOf,
    [`string(${time}): string`]: (at: Date) => at.toISOString().replace('.000Z', 'Z'),
    'string(google.protobuf.Duration): string': secondsOf,
    'string.replace(string, string): string': (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    'list.sort(): list': sorted,
    'list.flatten(): list': (list: unknown[]) => list.flat(),
    'range(int): list<int>': (end: bigint) => rangeOf(0n, end),
    'range(int, int): list<int>': rangeOf,
    'json(string): dyn': jsonOf,
  };
  for (const [signature, apply] of Object.entries(functions))
    environment.registerFunction(signature, apply as (...given: unknown[]) => unknown);
}

/** Throws DatePatternProblem for a written pattern or zone of a call that cannot be used, before anything is evaluated. */
export function checkCall(name: string, given: readonly ASTNode[]): void {
  if (name !== 'date') return;
  const [, pattern, zone] = given.map((node) => (node.op === 'value' ? node.args : undefined));
  if (typeof pattern === 'string') checkDatePattern(pattern);
  if (typeof zone === 'string') checkZone(zone);
}

function dateOf(at: Date, pattern: string, zone?: string): string {
  try {
    return dateText(at.getTime(), pattern, zone);
  } catch (error) {
    if (error instanceof DatePatternProblem) throw new Unconvertible(`date(…) ${error.message}`);
    throw error;
  }
}

/** Returns a duration as CEL writes it, in seconds. */
function secondsOf({ seconds, nanos }: Duration): string {
  return `${Number(seconds) + nanos / 1e9}s`;
}

function sorted(list: readonly unknown[]): unknown[] {
  const kinds = new Set(list.map(kindOf));
  const [kind] = kinds;
  if (kinds.size > 1 || kind === 'other')
    throw new Unconvertible(
      'sort() orders numbers, texts or times, and one kind of them at a time',
    );
  // The order of texts is that of their code units, as CEL compares them.
  return [...list].sort((a, b) => (lessThan(a, b) ? -1 : lessThan(b, a) ? 1 : 0));
}

function kindOf(value: unknown): 'number' | 'text' | 'time' | 'other' {
  if (typeof value === 'bigint' || typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'text';
  return value instanceof Date ? 'time' : 'other';
}

/** Both are numbers, texts or dates, which JavaScript orders. */
const lessThan = (a: unknown, b: unknown): boolean => (a as number) < (b as number);

function rangeOf(start: bigint, end: bigint): bigint[] {
  const length = Number(end - start);
  if (length > LONGEST_RANGE)
    throw new Unconvertible(`range(…) has ${length} numbers, and ${LONGEST_RANGE} are the most`);
  return Array.from({ length: Math.max(0, length) }, (_, i) => start + BigInt(i));
}

function jsonOf(text: string): unknown {
  try {
    return toCel().convert(JSON.parse(text) as Json);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Unconvertible(`json(…) got a text that is not JSON: ${error.message}`);
  }
}
