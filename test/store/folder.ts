import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of its own for one test; goes away with everything in it. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'dp-store-'));
  return {
    path,
    [Symbol.dispose]: () => {
      chmodSync(path, 0o755);
      rmSync(path, { recursive: true, force: true });
    },
  };
}
