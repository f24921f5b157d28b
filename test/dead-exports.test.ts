/** Every export of the sources has a reader in the sources, so that what nothing needs any more is found. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deadExports, readSources } from './architecture/house.ts';

/** Exports without a reader in the sources, and why they stand. */
const STAND: Readonly<Record<string, readonly string[]>> = {
  'the bundle calls it, or Piscina by its name': [
    'app/project/installation.ts: bundledFile',
    'executor/worker/worker.ts: serve',
  ],
  'the decision that its file is about, which its tests ask without the world around': [
    'app/project/cache-folder.ts: chooseCacheFolder',
    'app/running/cancel.ts: cancelListener',
    'executor/run/readiness.ts: turnOf',
    'executor/run/retry.ts: retryDelay',
    'executor/workers/thread-children.ts: withDescendants',
    'planner/shard.ts: deal',
    'planner/shard.ts: partsOf',
    'simulation/oracle.ts: verdict',
    'store/process-identity.ts: thisMachine',
  ],
  'a limit or default that its tests go up to': [
    'cli/text/markdown.ts: LONGEST_PAGE_BYTES',
    'io/plain-data.ts: DEEPEST',
    'model/settings.ts: DEFAULT_RETRY',
    'store/lock-wait.ts: PATIENCE_LIMIT_MS',
    'store/retention.ts: DEFAULT_RETENTION',
    'store/state-folder.ts: LONGEST_FOLDER_BYTES',
  ],
};

test('every export has a reader in the sources, or a reason', () => {
  const sources = readSources(join(import.meta.dirname, '../src'));
  expect(deadExports(sources).toSorted()).toEqual(Object.values(STAND).flat().toSorted());
});

test('an export without a reader is named: a value that only its file uses, a type that nothing mentions', () => {
  const sources = new Map([
    ['io/a.ts', `export const used = 1;\nexport function own() {\n  return own;\n}\n`],
    [
      'io/b.ts',
      `import { used } from './a.ts';\nexport interface Shape {}\nexport interface Lost {}\n`,
    ],
    [
      'io/c.ts',
      `// own\nexport const late = (shape: Shape) => import('./d.ts').then(({ loaded }) => loaded);`,
    ],
    ['io/d.ts', 'export const loaded = `\nexport const text = 1;\n`;'],
    ['io/e.ts', `import { late } from './c.ts';\nconst own = late;\n`],
  ]);
  expect(deadExports(sources)).toEqual(['io/a.ts: own', 'io/b.ts: Shape', 'io/b.ts: Lost']);
});
