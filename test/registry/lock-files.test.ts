/** Which lock files say what packages a project has. */
import { expect, test } from 'vitest';
import { LOCK_FILES, lockFileDigest } from '../../src/registry/loader/lock-files.ts';
import { digestOfBytes } from '../../src/registry/loader/project-files.ts';

/** The digest for the project in `/home/shop/etl`, in a world of these files only. */
function digestIn(files: Readonly<Record<string, string>>): string | undefined {
  const isFile = (path: string): boolean => Object.hasOwn(files, path);
  const read = (path: string) => (isFile(path) ? Buffer.from(files[path] ?? '') : undefined);
  return lockFileDigest('/home/shop/etl', { isFile, read });
}

test.each(LOCK_FILES)('%s is a lock file', (name) => {
  expect(digestIn({ [`/home/shop/etl/${name}`]: 'dep@1' })).toBe(
    digestOfBytes(Buffer.from('dep@1')),
  );
});

const two = (npm: string, pnpm: string) =>
  digestIn({ '/home/shop/etl/package-lock.json': npm, '/home/shop/etl/pnpm-lock.yaml': pnpm });

test('each of several lock files counts, whichever the package manager writes', () => {
  expect(two('1', '2')).not.toBe(two('1', '1'));
  expect(two('2', '1')).not.toBe(two('1', '1'));
  expect(two('1', '2')).not.toBe(two('2', '1'));
});

test('a project without a lock file has that of the nearest folder above', () => {
  const above = { '/home/shop/yarn.lock': '1', '/home/package-lock.json': '2' };
  expect(digestIn(above)).toBe(digestOfBytes(Buffer.from('1')));
  expect(digestIn({})).toBeUndefined();
});

const leftOver = (above: string, others: Readonly<Record<string, string>>) =>
  digestIn({
    '/home/shop/etl/package-lock.json': '{}',
    '/home/shop/pnpm-lock.yaml': above,
    ...others,
  });

test.each([
  ['pnpm-workspace.yaml', 'packages: [etl]'],
  ['package.json', '{ "workspaces": ["etl"] }'],
  ['deno.json', '{ "workspace": ["etl"] }'],
])('a lock file left over in a package does not hide that of its workspace: %s', (name, text) => {
  const workspace = { [`/home/shop/${name}`]: text };
  expect(leftOver('1', workspace)).not.toBe(leftOver('2', workspace));
  expect(leftOver('1', {})).toBe(leftOver('2', {}));
});
