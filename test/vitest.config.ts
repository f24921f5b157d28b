import { defineConfig } from 'vitest/config';

/** Where to leave the results as JSON, for whoever counts them. */
const report = process.env['TEST_REPORT'];

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  resolve: { alias: { dp: new URL('../src/index.ts', import.meta.url).pathname } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/cli/bundled-dp.ts'],
    sequence: { shuffle: { tests: true } },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: 'forks',
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
  },
});
