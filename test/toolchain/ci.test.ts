import { expect, test } from 'vitest';
import { Checkout } from './checkout.ts';

const GREEN = 'format-check lint type-check:\n\t@true\n';
const RED_LINT = 'format-check type-check:\n\t@true\nlint:\n\t@false\n';

/** A checkout whose checks end as the rules say, and whose tests leave this report. */
function checkoutThatGives(rules: string, report: object | undefined, testsExit = 0): Checkout {
  const leave = report === undefined ? '' : `cp report.json "$(TEST_REPORT)"; `;
  return new Checkout()
    .take('.ci/run')
    .program('test/servers/setup', '')
    .write('Makefile', `.PHONY: test\n${rules}test:\n\t@${leave}exit ${testsExit}\n`)
    .write('report.json', JSON.stringify(report ?? {}))
    .link('node_modules/.bin/node', process.execPath);
}

const passedFile = { status: 'passed', assertionResults: [{}] };

test('.ci/run counts every test and every check', () => {
  const report = { numPassedTests: 12, numFailedTests: 0, testResults: [passedFile] };
  using checkout = checkoutThatGives(GREEN, report);
  const { code, out } = checkout.run('.ci/run');
  expect(code).toBe(0);
  expect(out.trimEnd().split('\n').at(-1)).toBe('15 passed, 0 failed');
});

test('.ci/run continues after a failure and fails at the end', () => {
  const report = { numPassedTests: 12, numFailedTests: 2, testResults: [passedFile] };
  using checkout = checkoutThatGives(RED_LINT, report, 1);
  const { code, out } = checkout.run('.ci/run');
  expect(code).toBe(1);
  expect(out.trimEnd().split('\n').at(-1)).toBe('14 passed, 3 failed');
});

test('.ci/run counts a test file that could not be loaded', () => {
  const unloaded = { status: 'failed', assertionResults: [] };
  const report = { numPassedTests: 12, numFailedTests: 0, testResults: [passedFile, unloaded] };
  using checkout = checkoutThatGives(GREEN, report, 1);
  expect(checkout.run('.ci/run').out).toMatch(/\n15 passed, 1 failed\n$/);
});

test('.ci/run installs what tests need, and requires it', () => {
  const rules = `${GREEN}\t@echo "required: $$DP_REQUIRE_SERVERS"\n`;
  const report = { numPassedTests: 1, numFailedTests: 0, testResults: [passedFile] };
  using checkout = checkoutThatGives(rules, report);
  checkout.program('test/servers/setup', 'echo installing; exit 1');
  const { code, out } = checkout.run('.ci/run');
  expect(code).toBe(0);
  expect(out).toMatch(/^installing\n/);
  expect(out).toContain('required: 1');
  expect(out).toMatch(/\n4 passed, 0 failed\n$/);
});

test('.ci/run counts tests that left no report as one failure', () => {
  using checkout = checkoutThatGives(GREEN, undefined, 2);
  const { code, out } = checkout.run('.ci/run');
  expect(code).toBe(1);
  expect(out).toMatch(/\n3 passed, 1 failed\n$/);
});
