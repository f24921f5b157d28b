import { relative } from 'node:path';
import type { DiagnosticCode } from './catalogue.ts';
import type { Hint } from './hint.ts';

/** A position in a user's file. Lines and columns count from 1; columns in UTF-16 units. */
export interface Place {
  /** Absolute path, or `<stdin>`. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** Position just past the last character, when the extent is known. */
  readonly end?: { readonly line: number; readonly column: number };
}

/** A value together with where the user wrote it. */
export interface Located<T> {
  readonly value: T;
  readonly at: Place;
}

/** One mistake of the user, reported with what is wrong, where, and how to fix it. */
export interface Diagnostic {
  readonly code: DiagnosticCode;
  readonly severity: 'error' | 'warning';
  /** One sentence that says what is wrong; no full stop needed, names in double quotes. */
  readonly message: string;
  readonly at?: Place;
  /** The remedy. */
  readonly hint?: Hint;
  /** Other places that take part, such as the far end of an edge. */
  readonly related?: readonly { readonly message: string; readonly at: Place }[];
}

/** Returns `file:line:column`, relative to `cwd` where the file is below it: editors and terminals open it. */
export function placeText({ file, line, column }: Place, cwd: string): string {
  const path = relative(cwd, file);
  const shown = file.startsWith('<') || path.startsWith('..') ? file : path;
  return `${shown}:${line}:${column}`;
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === 'error');
}

/** Returns the nearest of `known` to a misspelt `name`, or undefined when none is near (Damerau-Levenshtein, at most a third of the name). */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue;
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const candidate = nearest(name, known);
  return candidate === undefined ? undefined : `did you mean "${candidate}"?`;
}

/** Returns the optimal string alignment distance: insert, delete, replace, swap neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, replaced);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
