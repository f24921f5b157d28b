import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { check, definition, placeOfStep, project } from './project.ts';
import { PAIRS, type Pair } from './pairs.ts';
import { testNeeding } from '../../test-needing.ts';

/** Names of the pairs that the check judges otherwise than they say: each pair is two tasks and an edge. */
async function misjudged(pairs: readonly Pair[]): Promise<readonly string[]> {
  using made = project({});
  const definitions = pairs.flatMap(({ prelude, source, target }, n) => {
    const module = made.write(
      `pair${n}.ts`,
      `import { task } from 'dp';
${prelude}
export const up${n} = task({}, async (): Promise<${source}> => { throw new Error(); });
export const down${n} = task({}, async ({ up }: { up: ${target} }) => { void up; });
`,
    );
    return [definition(module, `up${n}`), definition(module, `down${n}`)];
  });
  const list = pairs.flatMap((_, n) => [
    { name: `up${n}` },
    { name: `down${n}`, from: { up: `up${n}` } },
  ]);
  const diagnostics = await check(made, definitions, list);
  const refused = new Set(
    diagnostics
      .filter(({ code }) => code === 'DP5001')
      .map(({ at }) => (at!.line - placeOfStep(1).line) / 2),
  );
  return pairs.flatMap(({ id, assignable }, n) => (refused.has(n) === assignable ? [id] : []));
}

describe('an edge is right exactly when TypeScript says so', () => {
  test('in pairs of our own', async () => {
    expect(await misjudged(PAIRS)).toEqual([]);
  });

  const shared = join(import.meta.dirname, '../../../../shared/cases/types/pairs.json');
  testNeeding('the shared cases beside the checkout', existsSync(shared))(
    'in pairs taken from the compiler',
    async () => {
      const pairs = JSON.parse(readFileSync(shared, 'utf8')) as readonly Pair[];
      expect(pairs.length).toBeGreaterThan(0);
      expect(await misjudged(pairs)).toEqual([]);
    },
  );
});
