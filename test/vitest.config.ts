import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { JsonReporter } from 'vitest/node';
import { SkippedTests } from './skipped-tests.ts';

const root = join(import.meta.dirname, '..');
/** File for the results as JSON, for a program that counts them. */
const report = process.env['TEST_REPORT'];

/** Tests that start dp as users have it reach this file by their imports. */
const RIG = join(root, 'test/cli/rig.ts');
const tests = globSync('test/**/*.test.ts', { cwd: root });
const integration = tests.filter((test) => reaches(join(root, test), new Set()));

export default defineConfig({
  root,
  resolve: {
    alias: [
      { find: /^dp$/, replacement: join(root, 'src/index.ts') },
      { find: /^dp\/testing$/, replacement: join(root, 'src/testing/testing.ts') },
    ],
  },
  test: {
    sequence: { shuffle: { tests: true } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    // Processes and threads that tests start from the sources compile each file once, and not each for itself.
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/compiled') },
    reporters: [
      'default',
      new SkippedTests(),
      ...(report === undefined ? [] : [new JsonReporter({ outputFile: report })]),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['html', 'text-summary'],
      reportsDirectory: join(root, 'dist/coverage'),
    },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: integration,
          // From 1: with one worker, vitest puts the files of group 0 behind all others.
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: integration,
          // Runs only when one of these tests does.
          globalSetup: ['test/cli/bundled-dp.ts'],
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});

function reaches(file: string, seen: Set<string>): boolean {
  if (file === RIG) return true;
  // Projects in the text of a test import files of their own.
  if (seen.has(file) || !existsSync(file) || file.startsWith(join(root, 'src'))) return false;
  seen.add(file);
  const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|\} from)\b.*'(\.[^']+)';$/gm);
  return [...imports].some(([, target = '']) => reaches(join(dirname(file), target), seen));
}
