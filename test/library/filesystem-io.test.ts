import { mkdtempDisposableSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesystemIo } from 'dp';
import { ioContract } from 'dp/testing';

describe('the filesystem as an IO manager', () => {
  const folder = mkdtempDisposableSync(join(tmpdir(), 'dp-library-io-'));
  let stores = 0;
  const open = async () => filesystemIo({ folder: join(folder.path, String(++stores)) });
  test.for(ioContract({ open }))('$title', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined();
  });

  test('leaves no file of a result that was replaced', async () => {
    const io = await open();
    const at = { run: 'run1', task: 'clean', id: 'result' };
    await io.save(at, 'text');
    await io.saveStream(at, [1, 2, 3]);
    await io.save(at, { now: 'a value' });
    const files = readdirSync(join(folder.path, String(stores), 'runs/run1/results/clean'));
    expect(files).toEqual(['result.val']);
  });
});
