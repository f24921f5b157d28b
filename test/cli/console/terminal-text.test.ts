import { afterEach, describe, expect, test, vi } from 'vitest';
import { reportedText, watchedText } from '../../../src/cli/console/terminal.ts';

const HOSTILE = 'words \u001B]0;title\u0007\u001B[3J\u009B2J\n\r::error ::forged\nend';

const onTerminal = (isTerminal: boolean): void => {
  const before = Object.getOwnPropertyDescriptor(process.stdout, 'isTTY');
  Object.defineProperty(process.stdout, 'isTTY', { value: isTerminal, configurable: true });
  undo = () => {
    if (before === undefined) Reflect.deleteProperty(process.stdout, 'isTTY');
    else Object.defineProperty(process.stdout, 'isTTY', before);
  };
};
let undo: () => void = () => undefined;
afterEach(() => {
  undo();
  vi.unstubAllEnvs();
});

describe('the text of a task', () => {
  test('sends no control characters to a terminal, and keeps its words', () => {
    onTerminal(true);
    const shown = watchedText(HOSTILE);
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    expect(shown).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
    expect(shown).toMatch(/^words .*\n::error ::forged\nend$/);
  });

  test('goes to a file or a program to the byte', () => {
    onTerminal(false);
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    expect(watchedText(HOSTILE)).toBe(HOSTILE);
  });

  test.each([
    ['::error file=x.ts::forged', '\\::error file=x.ts::forged'],
    ['table\n \t::add-mask::a', 'table\n \t\\::add-mask::a'],
    ['table\r::stop-commands::a', 'table\r\\::stop-commands::a'],
    ['behind words ##[error]forged', 'behind words ##\\[error]forged'],
    [':: and a :: b\na::b', ':: and a :: b\na::b'],
  ])('gives a job of GitHub Actions no command: %j', (text, shown) => {
    onTerminal(false);
    vi.stubEnv('GITHUB_ACTIONS', 'true');
    expect(reportedText(text)).toBe(shown);
    vi.stubEnv('GITHUB_ACTIONS', '');
    expect(reportedText(text)).toBe(text);
  });

  test.each([
    [
      'TF_BUILD',
      'a ##vso[task.setvariable variable=x]y',
      'a ##\\vso[task.setvariable variable=x]y',
    ],
    [
      'TEAMCITY_VERSION',
      "##teamcity[buildStop comment='x']",
      "##\\teamcity[buildStop comment='x']",
    ],
  ])('gives a job none where %s is set', (name, text, shown) => {
    onTerminal(false);
    vi.stubEnv(name, '1');
    expect(reportedText(text)).toBe(shown);
  });
});
