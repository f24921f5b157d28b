/** Builds dp once for all tests of its command line, as users have it: started from sources, each process takes twice as long. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundle } from '../../esbuild.config.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    /** Like a checkout, with the bundle in `dist`; the processes share the `cache` in it. */
    readonly dpFolder: string;
  }
}

const checkout = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'dp-under-test-'));

export async function setup(project: TestProject): Promise<void> {
  await bundle(join(folder, 'dist'));
  // What the bundle looks for beside it.
  for (const beside of ['package.json', 'package-lock.json', 'node_modules'])
    symlinkSync(join(checkout, beside), join(folder, beside));
  project.provide('dpFolder', folder);
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
