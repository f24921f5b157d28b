import { describe, expect, test } from 'vitest';
import { explanationOf, hintText } from '../../../src/cli/text/hint.ts';
import { CATALOGUE, type DiagnosticCode } from '../../../src/model/fault.ts';
import type { Hint } from '../../../src/model/hint.ts';

test.each<[Hint, string]>([
  ['did you mean "clean"?', 'did you mean "clean"?'],
  [{ do: 'showRun', run: 'r1' }, '`dp show r1` shows it'],
  [{ do: 'listRuns' }, '`dp runs` lists the runs'],
  [{ do: 'listRuns', pipeline: 'etl' }, '`dp runs --pipeline etl` lists those of this one'],
  [
    ['wait until it ends', { do: 'cancelRun', run: 'r1' }],
    'wait until it ends, or stop it with `dp cancel r1`',
  ],
  [
    [{ do: 'giveParameter', name: 'year', example: 'INTEGER' }, 'declare a default in the file'],
    'give it with -p year=INTEGER, or declare a default in the file',
  ],
  [
    ['move it away', { do: 'chooseStateFolder' }],
    'move it away, or choose another folder with --state-dir',
  ],
  [
    { do: 'chooseStateFolder', folder: 'a folder on a local disk' },
    'choose a folder on a local disk with --state-dir',
  ],
])('the hint %j is worded as a command or an option', (hint, text) => {
  expect(hintText(hint)).toBe(text);
});

describe('the explanation of a code', () => {
  test('ends with its remedy, as a sentence', () => {
    expect(explanationOf('DP2007')).toBe(
      'The state directory has no run of that id. `dp runs` lists the runs.',
    );
    expect(explanationOf('DP8003')).toMatch(
      / Update dp, or choose another folder with --state-dir\.$/,
    );
    expect(explanationOf('DP6006')).toMatch(/ `dp resume RUN` resumes the run\.$/);
  });

  test('consists of whole sentences', () => {
    const codes = Object.keys(CATALOGUE) as DiagnosticCode[];
    expect(codes.filter((code) => !/^[A-Z].*[.)]$/.test(explanationOf(code)))).toEqual([]);
  });
});
