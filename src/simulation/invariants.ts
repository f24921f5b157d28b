/**
 * The invariants of every history, whatever goes wrong in it. Pure: facts come in; each broken rule goes out as a sentence.
 * A rule looks at every fact in turn with what came before it, so that a later fact cannot hide a violation.
 */
import type { RunHistory } from './history.ts';
import { holdsOf } from './hold.ts';
import { OF_A_HOLDER } from './holder-rules.ts';
import { OF_A_RUN } from './run-rules.ts';

export interface Violation {
  readonly invariant: string;
  readonly message: string;
}

export function violationsOf(history: RunHistory): Violation[] {
  const holds = holdsOf(history);
  const violations: Violation[] = [];
  for (const [invariant, check] of Object.entries(OF_A_HOLDER)) {
    for (const hold of holds) {
      for (const message of check(hold)) violations.push({ invariant, message });
    }
  }
  for (const [invariant, check] of Object.entries(OF_A_RUN)) {
    for (const message of check(history)) violations.push({ invariant, message });
  }
  return violations;
}

/** The names of the invariants, each a sentence. */
export const INVARIANTS: readonly string[] = [
  ...Object.keys(OF_A_HOLDER),
  ...Object.keys(OF_A_RUN),
];
