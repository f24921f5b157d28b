/** Expressions of a simulated run: those that read results, which do not exist, get a random value; the others are evaluated. */
import type { Expressions } from '../model/expression.ts';
import { Fault } from '../model/fault.ts';
import type { Plan } from '../model/plan.ts';
import type { Chance } from './chance.ts';

const READS_RESULTS = /\btasks\b/;
const MOST_ELEMENTS = 5;

/** The same source has the same value throughout a history. */
export function simulatedExpressions(
  plan: Plan,
  real: Pick<Expressions, 'evaluate'>,
  chance: Chance,
): Expressions {
  const lists = new Set(plan.tasks.map(({ map }) => map?.over));
  const drawn = (source: string): unknown => {
    const fate = chance.draw(`${source} fate`);
    if (fate < 0.05) throw new Fault('DP1009', `${source} cannot be evaluated`);
    if (!lists.has(source)) return fate < 0.75;
    if (fate < 0.08) return 'no list';
    return Array.from({ length: chance.between(0, MOST_ELEMENTS, source) }, (_, i) => i);
  };
  return {
    evaluate: (source, scope) =>
      READS_RESULTS.test(source) ? drawn(source) : real.evaluate(source, scope),
    render: (value) => value,
    shellCommand: (command) => ({ command, env: {} }),
  };
}
