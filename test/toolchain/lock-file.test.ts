import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OXC_VERSION } from '../../src/registry/loader/compile.ts';
import { VERSION } from '../../src/version.ts';

const root = join(import.meta.dirname, '../..');

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly packageManager: string;
}
interface LockFile {
  readonly packages: Readonly<
    Record<string, { version?: string; optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile;

test('the lock file has the native packages of every platform, not only of the one it was written on', () => {
  const missing = Object.values(lock.packages)
    .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
    .filter((name) => lock.packages[`node_modules/${name}`] === undefined);
  expect(missing).toEqual([]);
});

test('every dependency is an exact version', () => {
  const versions = Object.values({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(versions.filter((version) => !/^(?:npm:\w+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

test('npm is pinned with its hash', () => {
  expect(manifest.packageManager).toMatch(/^npm@\d+\.\d+\.\d+\+sha512\.[0-9a-f]{128}$/);
});

test('what dp says of versions is what package.json says', () => {
  expect(VERSION).toBe(manifest.version);
  expect(OXC_VERSION).toBe(manifest.dependencies['oxc-transform']);
});
