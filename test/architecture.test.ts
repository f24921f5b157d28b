/** Holds the sources against the table of rooms, so that the picture cannot rot. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import {
  commandLineWords,
  cyclesBetweenFiles,
  cyclesBetweenFolders,
  forbiddenImports,
  importersOf,
  MAY_IMPORT,
  readSources,
  roomOf,
  roomsWithoutSign,
  sharedTypeNames,
  type Sources,
  writersToTheTerminal,
} from './architecture/house.ts';

const root = join(import.meta.dirname, '..');
const readme = join(root, 'README.md');

const TOP_LEVEL = [
  'src',
  'bin',
  'pipelines',
  'test',
  'bench',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'esbuild.config.mjs',
  'Makefile',
  'README.md',
];

/** Catches what tasks print, so it has to name the streams. */
const CAPTURES_TASK_OUTPUT = 'executor/worker/attempt-log.ts';

describe('the sources', () => {
  const sources = readSources(join(root, 'src'));

  test('every folder is a room of the table', () => {
    expect([...sources.keys()].map(roomOf).filter((room) => !(room in MAY_IMPORT))).toEqual([]);
  });

  test('a room imports only what the table lets it, types included', () => {
    expect(forbiddenImports(sources)).toEqual([]);
  });

  test('no two folders import each other, by whatever way round', () => {
    expect(cyclesBetweenFolders(sources)).toEqual([]);
  });

  test('no two files import each other, by whatever way round', () => {
    expect(cyclesBetweenFiles(sources)).toEqual([]);
  });

  test("every room's main file says what comes in, what goes out and what it never does", () => {
    expect(roomsWithoutSign(sources)).toEqual([]);
  });

  test('only the command line writes to the terminal', () => {
    expect(writersToTheTerminal(sources)).toEqual([CAPTURES_TASK_OUTPUT]);
  });

  test('only the command line names its commands and options', () => {
    expect(commandLineWords(sources)).toEqual([]);
  });

  test('no two files declare a type of the same name', () => {
    expect(sharedTypeNames(sources)).toEqual([]);
  });

  test('only the engine begins and executes runs, and the simulation, which makes up the machine', () => {
    const [tests, benches] = ['test', 'bench'].map((folder) => readSources(join(root, folder)));
    const all = new Map(
      Object.entries({ src: sources, test: tests, bench: benches }).flatMap(([folder, files]) =>
        [...(files ?? [])].map(([file, text]) => [`${folder}/${file}`, text] as const),
      ),
    );
    expect(importersOf(all, 'beginRun', 'src/executor/hold.ts')).toEqual([
      'src/app/running/begin.ts',
      'src/simulation/holder.ts',
    ]);
    expect(importersOf(all, 'beginPrepared', 'src/app/running/begin.ts')).toEqual([
      'src/app/engine.ts',
      'src/app/running/child-runs.ts',
    ]);
    expect(importersOf(all, 'execute', 'src/executor/executor.ts')).toEqual([
      'src/app/running/run.ts',
    ]);
  });
});

test('the top level holds what it is meant to hold, and dotfiles', () => {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' });
  const entries = new Set(tracked.split('\0').map((file) => file.split('/')[0] ?? ''));
  const strangers = [...entries].filter((entry) => entry !== '' && !entry.startsWith('.'));
  expect(strangers.filter((entry) => !TOP_LEVEL.includes(entry))).toEqual([]);
});

test.runIf(existsSync(readme))("the README's table has a row for every room", () => {
  const rows = readFileSync(readme, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const missing = Object.keys(MAY_IMPORT).filter(
    (room) => !rows.some((row) => new RegExp(`^\\| *\`${room}(?:/|\\.ts)\``).test(row)),
  );
  expect(missing).toEqual([]);
});

describe('a house that is not in order', () => {
  test('whoever begins a run beside the engine is named, from whatever folder', () => {
    const sources = tree({
      'src/executor/hold.ts': 'export function beginRun() {}\nexport function takeUpRun() {}',
      'src/app/engine.ts': `import { beginRun } from '../executor/hold.ts';`,
      'src/app/resume.ts': `import { takeUpRun } from '../executor/hold.ts';`,
      'test/executor/rig.ts': `import {\n  beginRun,\n} from '../../src/executor/hold.ts';`,
    });
    expect(importersOf(sources, 'beginRun', 'src/executor/hold.ts')).toEqual([
      'src/app/engine.ts',
      'test/executor/rig.ts',
    ]);
  });

  test('an import against the table is named, even of a type, even a late one', () => {
    expect(
      forbiddenImports(
        tree({
          'model/plan.ts': `import type { Run } from '../executor/executor.ts';`,
          'planner/planner.ts': `import {\n  a,\n  b,\n} from '../io/io-manager.ts';`,
          'io/io-manager.ts': `type Late = import('../cli/main.ts').Main;`,
          'events/broker.ts': `const store = await import('../store/run-store.ts');`,
          'store/run-store.ts': `export { digestOf } from '../config/parse.ts';`,
          'cli/main.ts': `import '../app/engine.ts';`,
          'app/engine.ts': `import { main } from '../cli/main.ts';`,
          'lib/clock.ts': `import '../model/ids.ts';`,
          'config/parse.ts': `import '../lib/clock.ts';`,
        }),
      ),
    ).toEqual([
      'model/plan.ts imports executor/executor.ts, and model may not import executor',
      'planner/planner.ts imports io/io-manager.ts, and planner may not import io',
      'io/io-manager.ts imports cli/main.ts, and io may not import cli',
      'events/broker.ts imports store/run-store.ts, and events may not import store',
      'store/run-store.ts imports config/parse.ts, and store may not import config',
      'app/engine.ts imports cli/main.ts, and app may not import cli',
      'lib/clock.ts imports model/ids.ts, and lib may not import model',
    ]);
  });

  test('a type name that two files declare is named, exported or not', () => {
    expect(
      sharedTypeNames(
        tree({
          'io/a.ts': 'export interface Place {}\ntype Own = 1;',
          'model/b.ts': 'type Place = 1;\nconst text = `\ntype Own = 2;\n`;',
          'model/c.ts': 'export class Other {}\ninterface Other {}\n// \n/*\nclass Own {}\n*/',
        }),
      ),
    ).toEqual(['Place: io/a.ts, model/b.ts']);
  });

  test('an import that only a comment mentions does not count', () => {
    const sources = tree({
      'model/plan.ts': `/**\nimport { run } from '../app/engine.ts';\n */\n// import('../app/engine.ts')`,
    });
    expect(forbiddenImports(sources)).toEqual([]);
  });

  test('a ring of files is shown as a ring', () => {
    const sources = tree({
      'io/a.ts': `import './b.ts';`,
      'io/b.ts': `import type { C } from './c.ts';`,
      'io/c.ts': `import { b } from './b.ts';`,
    });
    expect(cyclesBetweenFiles(sources)).toEqual(['io/b.ts → io/c.ts → io/b.ts']);
  });

  test('two folders in a ring are found where no two files are', () => {
    const sources = tree({
      'io/a.ts': `import '../store/b.ts';`,
      'store/b.ts': '',
      'store/c.ts': `import '../io/d.ts';`,
      'io/d.ts': '',
    });
    expect(cyclesBetweenFiles(sources)).toEqual([]);
    expect(cyclesBetweenFolders(sources)).toEqual(['io → store → io']);
  });

  test('a room without its sign is named', () => {
    const sign = '/**\n * Values come in, references go out.\n * It never runs what it reads.\n */';
    const sources = tree({
      'io/io-manager.ts': `${sign}\n`,
      'store/run-store.ts': '/** Remembers runs. */',
      'events/memory.ts': sign,
    });
    expect(roomsWithoutSign(sources)).toEqual([
      'events/broker.ts, the main file of events, does not open with its sign',
      'store/run-store.ts, the main file of store, does not open with its sign',
    ]);
  });

  test('whoever writes to the terminal is named', () => {
    const sources = tree({
      'planner/why.ts': `console.log('because');`,
      'store/sqlite.ts': `process.stderr.write('oh');`,
      'io/codec.ts': `// console.log('no more')`,
      'cli/main.ts': `process.stdout.write('dp');`,
    });
    expect(writersToTheTerminal(sources)).toEqual(['planner/why.ts', 'store/sqlite.ts']);
  });

  test('a string that names a command or an option is named, in whatever quotes', () => {
    const sources = tree({
      'cli/commands/runs.ts': "export const example = 'dp runs --json';",
      'store/held.ts': "// `dp runs` lists them\nexport const hint = 'dp runs lists them';",
      'io/disk.ts': 'let i = 2;\nif (--i > 0) throw new Error(`${i} times; see "--state-dir"`);',
      'planner/shard.ts': 'export const hint = "raise -j";',
      'model/catalogue.ts': "export const title = 'dp knows no such run: a well-made name';",
      'registry/compile.ts': "export const hint = 'npm install --save-dev esbuild';",
    });
    expect(commandLineWords(sources)).toEqual([
      'store/held.ts: dp runs lists them',
      'io/disk.ts:  times; see "--state-dir"',
      'planner/shard.ts: raise -j',
    ]);
  });
});

function tree(files: Readonly<Record<string, string>>): Sources {
  return new Map(Object.entries(files));
}
