import { expect, test } from 'vitest';
import { isPosixShell, shellArguments } from '../../src/model/shell.ts';

test.each([
  ['sh', ['-e']],
  ['/bin/dash', ['-e']],
  ['bash', ['-e', '-o', 'pipefail']],
  ['/usr/local/bin/zsh', ['-e', '-o', 'pipefail']],
  ['python3', []],
])('%s is started with %j before the command', (shell, options) => {
  expect(shellArguments(shell, 'true')).toEqual([...options, '-c', 'true']);
});

test('a whole argument list is taken as it is', () => {
  expect(shellArguments(['bash', '-eu', '-c'], 'true')).toEqual(['-eu', '-c', 'true']);
});

test.each([
  ['sh', true],
  ['/bin/bash', true],
  ['zsh', true],
  ['C:\\bin\\bash.exe', true],
  ['pwsh', false],
  ['python', false],
  ['fish', false],
])('%s reads its commands as POSIX says: %s', (program, isPosix) => {
  expect(isPosixShell(program)).toBe(isPosix);
});
