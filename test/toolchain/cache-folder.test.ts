import { execFile } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseCacheFolder } from '../../src/app/project/cache-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dp-cache-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('the cache folder', () => {
  /** Not a folder, so nothing can be made below it, by root neither. */
  const UNWRITABLE = '/dev/null';

  test('is $XDG_CACHE_HOME/dp, for this user alone', () => {
    const chosen = chooseCacheFolder({ XDG_CACHE_HOME: join(folder, 'xdg'), HOME: folder });
    expect(chosen).toBe(join(folder, 'xdg/dp'));
    expect(lstatSync(chosen).mode & 0o777).toBe(0o700);
  });

  test('is ~/.cache/dp without XDG_CACHE_HOME, or with a relative one', () => {
    expect(chooseCacheFolder({ HOME: folder })).toBe(join(folder, '.cache/dp'));
    expect(chooseCacheFolder({ XDG_CACHE_HOME: 'here', HOME: folder })).toBe(
      join(folder, '.cache/dp'),
    );
  });

  test('is a private folder under the temporary one when home cannot be written', () => {
    const chosen = chooseCacheFolder({ HOME: UNWRITABLE, TMPDIR: folder });
    expect(chosen).toBe(join(folder, `dp-cache-${process.getuid?.()}`));
    expect(lstatSync(chosen).mode & 0o777).toBe(0o700);
    expect(chooseCacheFolder({ HOME: UNWRITABLE, TMPDIR: folder })).toBe(chosen);
  });

  test('is not one that others may write to', () => {
    mkdirSync(join(folder, '.cache/dp'), { recursive: true });
    chmodSync(join(folder, '.cache/dp'), 0o777);
    const chosen = chooseCacheFolder({ HOME: folder, TMPDIR: folder });
    expect(chosen).toBe(join(folder, `dp-cache-${process.getuid?.()}`));
  });

  test('is a new one when somebody put a link in its place under the temporary folder', () => {
    mkdirSync(join(folder, 'trap'));
    symlinkSync(join(folder, 'trap'), join(folder, `dp-cache-${process.getuid?.()}`));
    const chosen = chooseCacheFolder({ HOME: UNWRITABLE, TMPDIR: folder });
    expect(chosen).toMatch(/dp-cache-[0-9a-f]{16}$/);
    expect(readdirSync(join(folder, 'trap'))).toEqual([]);
  });
});

describe('a cached file', () => {
  const CONTENTS = 'x'.repeat(1_000_000);
  const script = `
    import { cachedFile } from ${JSON.stringify(join(import.meta.dirname, '../../src/app/project/cache-folder.ts'))};
    const file = { name: 'dp-1/big.txt', bytes: 1_000_000 };
    process.stdout.write(cachedFile(file, () => Buffer.from('x'.repeat(1_000_000))));
  `;
  const write = async (): Promise<string> => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      { env: { XDG_CACHE_HOME: folder } },
    );
    return stdout;
  };

  test('is whole for each of many processes that write it at once, and leaves nothing else', async () => {
    const files = await Promise.all(Array.from({ length: 6 }, write));
    expect(new Set(files)).toEqual(new Set([join(folder, 'dp/dp-1/big.txt')]));
    expect(readFileSync(files[0] ?? '', 'utf8')).toBe(CONTENTS);
    expect(readdirSync(join(folder, 'dp/dp-1'))).toEqual(['big.txt']);
  });

  test('is written again when it is not whole', async () => {
    mkdirSync(join(folder, 'dp/dp-1'), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, 'dp/dp-1/big.txt'), '');
    expect(readFileSync(await write(), 'utf8')).toBe(CONTENTS);
  });
});
