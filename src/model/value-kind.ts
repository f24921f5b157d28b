/**
 * What a value may be, whatever its source: a kind reads plain data and describes itself, so that the pipeline file
 * and the options of `task()` follow the same rules. Texts are in the words of the pipeline file.
 */
import type { DiagnosticCode } from './catalogue.ts';
import type { JsonObject } from './json.ts';

export interface ValueKind<T, Written = T> {
  /** Completes "… must be". */
  readonly expected: string;
  readonly schema: JsonObject;
  /** TypeScript for `Written`: what code may write. */
  readonly type: string;
  /** Returns whether the value looks meant as this kind; decides between the members of a union. */
  accepts(value: unknown): boolean;
  /** Returns undefined after reporting at least one problem. */
  read(value: unknown, reading: Reading): T | undefined;
  /** Exists in types only. */
  readonly '~written'?: Written;
}
export type ReadBy<K> = K extends ValueKind<infer T, infer _> ? T : never;
export type WrittenFor<K> = K extends ValueKind<infer _, infer Written> ? Written : never;

/** The source of a value. The sources differ in the spelling of keys, and in what null means. */
export interface Reading {
  readonly from: 'file' | 'code';
  readonly path: ValuePath;
  readonly report: (problem: ValueProblem) => void;
}
/** Keys and indexes from the root of the value to the one that is meant. */
export type ValuePath = readonly (string | number)[];

export type ValueProblem =
  | {
      readonly is: 'wrong';
      readonly path: ValuePath;
      readonly expected: string;
      readonly value: unknown;
      readonly code?: DiagnosticCode;
      readonly hint?: string | undefined;
    }
  | {
      readonly is: 'unknown key';
      /** Path of the mapping that has the key. */
      readonly path: ValuePath;
      readonly key: string;
      readonly hint: string;
    };

/** Reports what the value must be. Returns undefined, as every `read` does then. */
export function wrong(
  value: unknown,
  { path, report }: Reading,
  why: {
    readonly expected: string;
    readonly code?: DiagnosticCode;
    readonly hint?: string | undefined;
  },
): undefined {
  report({ is: 'wrong', path, value, ...why });
}

/** Returns the reading of a part of the value. */
export function inside(reading: Reading, part: string | number): Reading {
  return { ...reading, path: [...reading.path, part] };
}
