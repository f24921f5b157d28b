import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeFolders } from '../../src/lib/make-folders.ts';
import { testNeeding } from '../test-needing.ts';

test('all missing folders are made, and the first of them is returned', () => {
  const top = mkdtempSync(join(tmpdir(), 'dp-folders-'));
  try {
    expect(makeFolders(join(top, 'a', 'b', 'c'))).toBe(join(top, 'a'));
    expect(existsSync(join(top, 'a', 'b', 'c'))).toBe(true);
    expect(makeFolders(join(top, 'a', 'b'))).toBeUndefined();
  } finally {
    rmSync(top, { recursive: true });
  }
});

testNeeding('Linux', process.platform === 'linux')(
  'where nothing can be made it ends with an error',
  () => {
    expect(() => makeFolders('/proc/nobody/.cache')).toThrow('ENOENT');
  },
);
