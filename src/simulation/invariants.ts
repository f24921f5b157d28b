/**
 * What holds in every history, whatever befalls it. Pure: facts come in, the first that breaks a rule goes out as a sentence.
 * Each rule looks at every fact in turn with what came before it, so that nothing passes for having been mended later.
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

/** Their names, each a sentence. */
export const INVARIANTS: readonly string[] = [
  ...Object.keys(OF_A_HOLDER),
  ...Object.keys(OF_A_RUN),
];
