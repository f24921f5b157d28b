import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isStaged, keepFile, StagedFile, writeWholeFile } from '../../src/lib/whole-file.ts';
import { temporaryFolder } from '../io/samples.ts';

test('a file is there as it was until all of the new one is', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'report');
  fs.writeFileSync(file, 'before');
  const staged = new StagedFile(file);
  staged.write(Buffer.from('half, '));
  expect(fs.readFileSync(file, 'utf8')).toBe('before');
  expect(fs.readdirSync(folder).filter(isStaged)).toHaveLength(1);
  staged.write(Buffer.from('and whole'));
  staged.commit();
  expect(fs.readFileSync(file, 'utf8')).toBe('half, and whole');
  expect(fs.readdirSync(folder)).toEqual(['report']);
});

test('what is discarded leaves nothing behind', () => {
  const folder = temporaryFolder();
  const staged = new StagedFile(join(folder, 'report'));
  staged.write(Buffer.from('half'));
  staged.discard();
  expect(fs.readdirSync(folder)).toEqual([]);
});

test('many that are written at once do not meet, and a name that is taken is left alone', () => {
  const folder = temporaryFolder();
  const file = join(folder, 'report');
  const [first, second] = [new StagedFile(file), new StagedFile(file)];
  const [, taken = ''] = fs.readdirSync(folder).toSorted();
  second.write(Buffer.from('second'));
  first.write(Buffer.from('first'));
  // The name that the next one would have, left there by a process of another machine.
  const next = taken.replace(/\d+(?=\.tmp$)/, (n) => String(Number(n) + 1));
  fs.writeFileSync(join(folder, next), 'of another');
  writeWholeFile(file, 'third');
  expect(fs.readFileSync(file, 'utf8')).toBe('third');
  first.commit();
  second.commit();
  expect(fs.readFileSync(file, 'utf8')).toBe('second');
  expect(fs.readFileSync(join(folder, next), 'utf8')).toBe('of another');
});

test('a new file has the mode of any other, or one of its own', () => {
  const folder = temporaryFolder();
  const modeOf = (name: string): number => fs.statSync(join(folder, name)).mode & 0o777;
  fs.writeFileSync(join(folder, 'any other'), 'text');
  writeWholeFile(join(folder, 'usual'), 'text');
  writeWholeFile(join(folder, 'private'), 'text', { mode: 0o600, isDurable: true });
  expect(modeOf('usual')).toBe(modeOf('any other'));
  expect(modeOf('private')).toBe(0o600);
});

test.each(['writeSync', 'closeSync', 'renameSync'] as const)(
  'a disk that refuses %s is heard, and the file is as it was',
  (call) => {
    const folder = temporaryFolder();
    const file = join(folder, 'report');
    fs.writeFileSync(file, 'before');
    let closed = 0;
    const disk = {
      ...fs,
      closeSync: (fd: number) => (closed++, fs.closeSync(fd)),
      [call]: (fd: number) => {
        if (call === 'closeSync') fs.closeSync(fd);
        throw new Error('no room');
      },
    };
    expect(() => writeWholeFile(file, 'after', { disk })).toThrow('no room');
    expect(fs.readFileSync(file, 'utf8')).toBe('before');
    expect(fs.readdirSync(folder)).toEqual(['report']);
    expect(closed).toBe(call === 'closeSync' ? 0 : 1);
  },
);

test('what can be made again is kept in a private folder, or not at all', () => {
  const folder = temporaryFolder();
  keepFile(join(folder, 'kept', 'answer'), '42');
  expect(fs.readFileSync(join(folder, 'kept', 'answer'), 'utf8')).toBe('42');
  expect(fs.statSync(join(folder, 'kept')).mode & 0o077).toBe(0);
  fs.writeFileSync(join(folder, 'file'), '');
  keepFile(join(folder, 'file', 'answer'), '42');
  expect(fs.readdirSync(folder).toSorted()).toEqual(['file', 'kept']);
});
