import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXIT } from '../../../src/cli/console/exit-codes.ts';
import { EXIT_MEANINGS, VARIABLES } from '../../../src/cli/manual/tables.ts';
import { testWith } from '../../servers/parts.ts';
import { Project } from '../rig.ts';

testWith('groff')('the manual has every command, and groff finds no fault in it', async (groff) => {
  using project = new Project();
  const { out: page } = await project.ok('man');
  const formatted = await project.shell(
    { input: page },
    'exec "$@"',
    groff,
    '-man',
    '-ww',
    '-Tutf8',
    '-P-c',
    '-P-b',
    '-P-u',
    '-rLL=200n',
  ).ended;
  expect(formatted.err).toBe('');
  expect(formatted.code).toBe(0);
  const { out: help } = await project.ok('--help');
  const list = help.slice(help.indexOf('\nRun:'), help.indexOf('\nExamples:'));
  const commands = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
  expect(commands).toContain('man');
  const described = [...formatted.out.matchAll(/^ {3}dp (\w+)/gm)].map(([, name]) => name);
  expect(described).toEqual(commands.filter((name) => name !== 'help'));
  expect(formatted.out).toContain("dp events last --topic 'run.task.*' --json\n");
});

test('the tables of the command line’s page say what the manual says', () => {
  const readme = readFileSync(
    join(import.meta.dirname, '../../../src/cli/README.md'),
    'utf8',
  ).replaceAll('`', '');
  const codes = Object.entries(EXIT_MEANINGS).map(
    ([name, meaning]) => `| ${EXIT[name as keyof typeof EXIT]} | ${meaning} |`,
  );
  const rows = [
    ...codes,
    ...Object.entries(VARIABLES).map(([name, meaning]) => `| ${name} | ${meaning} |`),
  ];
  expect(rows.filter((row) => !readme.includes(row))).toEqual([]);
});
