import type { Reporter, TestModule } from 'vitest/node';

/** Prints at the end of a run how many tests were skipped for which reason, the most frequent first. */
export class SkippedTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const reasons = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => test.meta().needs),
    );
    for (const line of skippedByReason(reasons)) process.stdout.write(`${line}\n`);
  }
}

/** Each skipped test gives its reason, or undefined. */
export function skippedByReason(reasons: readonly (string | undefined)[]): string[] {
  const byReason = Map.groupBy(reasons, (needs) =>
    needs === undefined ? 'no reason given' : `needs ${needs}`,
  );
  return [...byReason]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([reason, tests]) => `${tests.length} skipped: ${reason}`);
}
