import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ProgramPaths } from '../../../src/executor/workers/program-path.ts';

const folder = mkdtempSync(join(tmpdir(), 'dp-path-'));
const [first, second] = [join(folder, 'first'), join(folder, 'second')];
afterAll(() => rmSync(folder, { recursive: true, force: true }));
for (const path of [first, second]) mkdirSync(path);
for (const name of ['tool', 'folder-first', 'plain-first']) {
  writeFileSync(join(second, name), '#!/bin/sh\n');
  chmodSync(join(second, name), 0o700);
}
mkdirSync(join(first, 'folder-first'));
writeFileSync(join(first, 'plain-first'), 'nothing to execute');
chmodSync(join(first, 'plain-first'), 0o600);

const along = (...folders: readonly string[]): ProgramPaths =>
  new ProgramPaths(folders.join(delimiter));

test.each(['tool', 'folder-first', 'plain-first'])(
  '%s is the first file along PATH that can be executed',
  (name) => {
    expect(along(first, second).of(name)).toBe(join(second, name));
  },
);

test.each([
  ['a path', along(second), './tool'],
  ['a program that is nowhere', along(first, second), 'no-such-tool'],
  ['a program behind a folder that is relative', along('bin', second), 'tool'],
  ['a program behind an empty entry', along('', second), 'tool'],
  ['any program without a PATH', new ProgramPaths(undefined), 'tool'],
])('%s is left to the system', (_, paths, name) => {
  expect(paths.of(name)).toBe(name);
});
