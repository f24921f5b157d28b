import { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { expected } from '../../../src/cli/completion/expected.ts';

const dp = new Command('dp').option('-V, --version', 'print the version');
dp.command('run')
  .description('run a pipeline')
  .argument('[file]')
  .argument('[tasks...]')
  .option('-j, --jobs <count>', 'most tasks at once')
  .option('--only [tasks]', 'leave out others')
  .option('--strict', 'be strict')
  .addOption(new Option('--cache <mode>').choices(['rw', 'off']));
dp.command('cache').addArgument(new Argument('<what>').choices(['ls', 'gc']));
dp.command('secret', { hidden: true });

const next = (...words: readonly string[]) => {
  const found = expected(dp, words);
  return found.is === 'value'
    ? `${found.before}<${found.name}>`
    : found.candidates.map(({ word }) => word);
};

describe('what may stand for the last word', () => {
  test.each([
    { words: [], is: ['run', 'cache', 'help'] },
    { words: ['r'], is: ['run', 'cache', 'help'] },
    { words: ['help', ''], is: ['run', 'cache', 'help'] },
    { words: ['-'], is: ['--version', '--help'] },
    { words: ['unknown', ''], is: [] },
    { words: ['cache', ''], is: ['ls', 'gc'] },
    { words: ['cache', 'ls', ''], is: [] },
    { words: ['run', '--'], is: ['--jobs', '--only', '--strict', '--cache', '--help'] },
    { words: ['run', ''], is: '<file>' },
    { words: ['run', 'p.yaml', 'a', 'b', ''], is: '<tasks>' },
    { words: ['run', '--strict', ''], is: '<file>' },
    { words: ['run', '-j', ''], is: '<count>' },
    { words: ['run', '-j4', ''], is: '<file>' },
    { words: ['run', '--jobs=4', ''], is: '<file>' },
    { words: ['run', '--jobs', '4', ''], is: '<file>' },
    { words: ['run', '--jobs='], is: '--jobs=<count>' },
    { words: ['run', '--cache', ''], is: ['rw', 'off'] },
    { words: ['run', '--cache=r'], is: ['--cache=rw', '--cache=off'] },
    { words: ['run', '--only', ''], is: '<tasks>' },
    { words: ['run', '--only', '--strict', ''], is: '<file>' },
    { words: ['run', '-', ''], is: '<tasks>' },
    { words: ['run', '--', '--strict', ''], is: '<tasks>' },
  ])('$words', ({ words, is }) => {
    expect(next(...words)).toEqual(is);
  });

  test('follows from the words before it, by their roles', () => {
    const found = expected(dp, ['run', '-j', '4', 'p.yaml', '--cache=off', '']);
    expect(found.is === 'value' && found.given).toEqual({
      arguments: new Map([['file', 'p.yaml']]),
      options: new Map([
        ['--jobs', '4'],
        ['--cache', 'off'],
      ]),
    });
  });
});
