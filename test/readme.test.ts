/** What the documentation says is so: its pipeline runs as shown, its tables leave nothing out, its links lead somewhere. */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { pipelineFormatSchema } from '../src/config/format/format.ts';
import { EXIT } from '../src/cli/console/exit-codes.ts';
import { defaultText, snakeCase } from '../src/model/fields.ts';
import { RETRY, type Setting, SETTINGS } from '../src/model/settings.ts';
import { TASK_STATES } from '../src/model/run.ts';
import { TRIGGER_RULES } from '../src/model/trigger-rule.ts';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const PAGES = ['README.md', ...globSync('{src/*,bench}/README.md', { cwd: root })];
/** The front door and the page of each room, one after the other. */
const documentation = PAGES.map((page) => readFileSync(join(root, page), 'utf8')).join('\n');

test('the README is a front door of at most 250 lines', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(251);
});

test('every page can be reached from the README, and every link leads to a file', () => {
  const links = PAGES.flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, link = '']) => join(dirname(page), link),
    ),
  );
  expect(links.filter((link) => !existsSync(join(root, link)))).toEqual([]);
  expect(PAGES.filter((page) => page !== 'README.md' && !links.includes(page))).toEqual([]);
});

test('the pipeline in twenty lines plans and runs as it says', () => {
  const [, planned = '', count = ''] =
    /\$ dp plan .*\n([\s\S]*?)\$ dp run [\s\S]*\$ dp output last count\n(.*\n)/.exec(readme) ?? [];
  const project = mkdtempSync(join(tmpdir(), 'dp-readme-'));
  try {
    for (const file of ['pipelines/hello.yaml', 'pipelines/hello.ts']) {
      mkdirSync(dirname(join(project, file)), { recursive: true });
      writeFileSync(join(project, file), blockNamed(file));
    }
    expect(dp(project, 'plan', 'pipelines/hello.yaml')).toBe(planned);
    dp(project, 'run', 'pipelines/hello.yaml');
    expect(dp(project, 'output', 'last', 'count')).toBe(count);
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
});

test('every key of the pipeline file is in a table', () => {
  const keys = keysOf(pipelineFormatSchema());
  expect([...keys].filter((key) => !isInTable(key))).toEqual([]);
});

test('the table of settings is what the model says', () => {
  const [, table = ''] =
    /\| key \| value \| default \| for \|.*\n.*\n((?:\|.*\n)*)/.exec(documentation) ?? [];
  const rows = table.split('\n').map((row) => row.split(' | ').slice(0, 4).join(' | '));
  const expected = Object.entries<Setting>(SETTINGS).flatMap(([name, setting]) =>
    name === 'retry'
      ? Object.entries<Setting>(RETRY).map(([part, said]) =>
          rowOf(`retry.${part}`, { ...setting, ...said }),
        )
      : [rowOf(name, setting)],
  );
  expect(rows.filter((row) => row !== '')).toEqual(expected);
});

test('every command is in a table', () => {
  const [, list = ''] = /\nRun:\n([\s\S]*?)\nExamples:/.exec(dp(root, '--help')) ?? [];
  const commands = [...list.matchAll(/^ {2}(\w+)/gm)].map(([, command]) => command);
  expect(commands).toEqual(expect.arrayContaining(['run', 'plan', 'show', 'gc', 'init']));
  const missing = commands.filter(
    (command) => command !== 'help' && !documentation.includes(`\n| \`dp ${command}`),
  );
  expect(missing).toEqual([]);
});

test('every exit code, state and trigger rule is in a table', () => {
  const rows = documentation.split('\n').filter((line) => line.startsWith('|'));
  const codes = rows.flatMap((row) => /^\| (\d+(?:, \d+)?) \|/.exec(row)?.[1] ?? []);
  expect(codes.flatMap((code) => code.split(', ')).map(Number)).toEqual(Object.values(EXIT));
  expect([...TASK_STATES, ...TRIGGER_RULES].filter((word) => !isInTable(word))).toEqual([]);
});

test('every example is in a table', () => {
  const files = readdirSync(join(root, 'pipelines/examples')).filter((file) =>
    file.endsWith('.yaml'),
  );
  expect(files.filter((file) => !isInTable(file))).toEqual([]);
});

/** The code block whose first line is a comment with the file's name. */
function blockNamed(file: string): string {
  const start = readme.indexOf(` ${file}\n`) + file.length + 2;
  return readme.slice(start, readme.indexOf('```', start));
}

/** Returns the first cells of the row of a setting. */
function rowOf(name: string, setting: Setting): string {
  const { kind, default: value, defaultText: said, work } = setting;
  const byDefault =
    said === undefined && typeof value === 'string' ? `\`${value}\`` : defaultText(setting);
  const users = work === undefined ? 'all' : work.map((each) => `${each}s`).join(', ');
  return `| \`${snakeCase(name)}\` | ${valueText(kind.schema)} | ${byDefault} | ${users}`;
}

/** The keywords of JSON Schema with which settings are described. */
interface Shape {
  readonly enum?: readonly string[];
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly anyOf?: readonly [Shape, Shape];
}

/** What a value may be, in the words of the table. */
function valueText(shape: Shape): string {
  const { enum: choices, type, minimum, maximum, items, properties, anyOf } = shape;
  if (choices !== undefined) return choices.map((choice) => `\`${choice}\``).join(' ');
  if (type === 'boolean') return 'true or false';
  if (type === 'integer' || type === 'number') return `${minimum} to ${maximum}`;
  if (items !== undefined) return `list of ${valueText(items)}`;
  if (properties !== undefined) {
    const members = Object.entries(properties);
    return `\`{ ${members.map(([key, member]) => `${key}: ${valueText(member)}`).join(', ')} }\``;
  }
  if (anyOf === undefined) return 'name';
  const [first, second] = anyOf;
  if (second.pattern?.includes('ms|s|m|h|d') === true) return 'duration';
  if (second.pattern?.includes('[MG]iB') === true) return '`512MiB`, `2GiB`, number of MiB';
  if (second.type === 'array') return valueText(second);
  return `${valueText(first)}${second.type === 'object' ? ',' : ''} or ${valueText(second)}`;
}

function isInTable(word: string): boolean {
  return documentation
    .split('\n')
    .some((line) => line.startsWith('|') && new RegExp(`[\`.{, ]${word}[\`:,.]`).test(line));
}

/** Of the mappings that the format describes, at every depth. */
function keysOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (typeof schema !== 'object' || schema === null) return found;
  if ('properties' in schema)
    for (const key of Object.keys(schema.properties as object)) found.add(key);
  for (const part of Object.values(schema)) keysOf(part, found);
  return found;
}

function dp(cwd: string, ...words: readonly string[]): string {
  const env = { ...process.env };
  delete env['DP_STATE_DIR'];
  return execFileSync(join(root, 'bin/dp'), words, {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
