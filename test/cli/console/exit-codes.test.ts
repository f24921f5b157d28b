import { expect, test } from 'vitest';
import { EXIT, exitCodeOf } from '../../../src/cli/console/exit-codes.ts';
import { Fault, type DiagnosticCode } from '../../../src/model/fault.ts';

test.each<[DiagnosticCode, number]>([
  ['DP2001', 2],
  ['DP2007', 2],
  ['DP6009', 2],
  ['DP1003', 3],
  ['DP4003', 4],
  ['DP4009', 0],
  ['DP6004', 6],
  ['DP6001', 1],
  ['DP6005', 124],
  ['DP6006', 130],
  ['DP8001', 74],
  ['DP9001', 70],
])('a fault with the code %s ends dp with exit code %i', (code, exit) => {
  expect(exitCodeOf(new Fault(code, 'it failed'))).toBe(exit);
});

test('an error that is no fault ends dp as a bug', () => {
  expect(exitCodeOf(new TypeError('x is undefined'))).toBe(EXIT.bug);
  const absent = Object.assign(new Error('no such file'), { code: 'ENOENT', syscall: 'open' });
  expect(exitCodeOf(absent)).toBe(EXIT.bug);
});

test('a refusal of the operating system that nothing expected is a failure of the disk', () => {
  const refused = Object.assign(new Error('EIO: i/o error, stat'), {
    code: 'EIO',
    syscall: 'stat',
  });
  expect(exitCodeOf(refused)).toBe(EXIT.io);
});
