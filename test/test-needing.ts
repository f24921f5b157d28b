import * as vitest from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** What the machine must have for the test; where it has not, the test is skipped and this is the reason. */
    readonly needs?: string;
  }
}

/** Returns `test` for what needs something that not every machine has. Each run ends with a list of what was skipped and why. */
export function testNeeding(needs: string, isHere: boolean) {
  return (title: string, run: () => void | Promise<void>, timeout = 30_000): void =>
    vitest.test.skipIf(!isHere)(title, { meta: { needs }, timeout }, run);
}
