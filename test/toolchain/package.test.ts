/** The npm package as other projects get it: installed by npm, pnpm and Yarn, and used from tests, from the compiler and as a command. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sampleOf } from '../sample.ts';
import { testNeeding } from '../test-needing.ts';
import { Registry } from './registry.ts';

const root = join(import.meta.dirname, '../..');
const tool = (file: string) => join(root, 'node_modules', file);
const folder = mkdtempSync(join(tmpdir(), 'dp-package-test-'));
const archive = join(folder, 'dp-0.1.0.tgz');
let registry: Registry;

beforeAll(async () => {
  execFileSync(process.execPath, [join(root, 'bin/build-package.ts'), '--into', folder]);
  registry = await Registry.open();
}, 120_000);

afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const FILES = {
  'tasks.ts': `
    import { task } from 'dp';
    export const words = task({}, ({ text }: { text: string }): string[] => text.split(' '));
    export const count = task({}, ({ words }: { words: string[] }): number => words.length);
  `,
  'text.yaml': `
    name: text
    modules: [./tasks.ts]
    tasks:
      words: { with: { text: one two three } }
      count: { needs: [words] }
  `,
  'tasks.test.ts': `
    import assert from 'node:assert';
    import { test } from 'node:test';
    import { Fault, openBroker, openProject } from 'dp';
    import { runTask } from 'dp/testing';
    import { count } from './tasks.ts';
    test('a task counts', async () => {
      assert.equal((await runTask(count, { words: ['a', 'b'] })).output, 2);
    });
    test('a pipeline runs', async () => {
      await using project = await openProject();
      const run = await project.start('text.yaml');
      assert.equal((await run.ended).status, 'succeeded');
      assert.equal(await run.output<number>('count'), 3);
      await assert.rejects(project.plan('absent.yaml'), Fault);
    });
    test('the clients of brokers load', async () => {
      // Nothing listens at port 1.
      for (const url of ['redis://127.0.0.1:1', 'kafka://127.0.0.1:1'])
        await assert.rejects(openBroker(url), { code: 'DP6121' });
    });
  `,
  'tasks.spec.ts': `
    import { expect, test } from 'vitest';
    import { runTask } from 'dp/testing';
    import { count } from './tasks.ts';
    test('a task counts', async () => {
      expect((await runTask(count, { words: ['a', 'b'] })).output).toBe(2);
    });
  `,
  'wrong.ts': `
    import { task } from 'dp';
    export const wrong: string = task({}, () => 1);
  `,
};

interface Installer {
  readonly name: string;
  readonly install: (registry: string, folder: string) => readonly string[];
}

const NPM: Installer = {
  name: 'npm',
  install: (url, cache) => [
    join(root, '.toolchain/npm/bin/npm-cli.js'),
    'install',
    archive,
    '--no-audit',
    '--no-fund',
    '--registry',
    url,
    '--cache',
    cache,
  ],
};
const PNPM: Installer = {
  name: 'pnpm',
  install: (url, cache) => [
    tool('pnpm/bin/pnpm.cjs'),
    'add',
    archive,
    '--registry',
    url,
    '--store-dir',
    cache,
    '--cache-dir',
    cache,
  ],
};
const YARN: Installer = {
  name: 'Yarn 1',
  install: (url, cache) => [
    tool('yarn/bin/yarn.js'),
    'add',
    archive,
    '--registry',
    url,
    '--cache-folder',
    cache,
    '--non-interactive',
  ],
};

/** Each takes seconds, so `make test` tries each of the two with one installer. */
const RESOLUTION: Readonly<Record<string, string>> = { npm: 'nodenext', pnpm: 'bundler' };

const older = olderNode();

describe.each([NPM, PNPM])('a project that $name installed dp into', ({ name, install }) => {
  const project = join(folder, name);
  beforeAll(() => setUp(project, install), 120_000);

  test('runs a pipeline by the command', async () => {
    expect(await runsPipeline(project)).toBe('3\n');
  });

  test('tests its tasks and runs with node --test', async () => {
    const out = await node(project, '--test', '--test-reporter=tap', 'tasks.test.ts');
    expect(out).toMatch(/^# pass 3$/m);
  });

  test('tests its tasks with vitest', async () => {
    symlinkSync(tool('vitest'), join(project, 'node_modules/vitest'));
    const out = await node(project, tool('vitest/vitest.mjs'), 'run', 'tasks.spec.ts');
    expect(out).toMatch(/1 passed/);
  });

  test.each(sampleOf(['nodenext', 'bundler'], (each) => RESOLUTION[name] === each))(
    'is type-checked with %s',
    async (resolution) => {
      const config = `tsconfig.${resolution}.json`;
      const check = (file: string) => {
        writeFileSync(join(project, config), tsconfig(resolution, file));
        return node(project, tool('@typescript/native/bin/tsc'), '-p', config);
      };
      expect(await check('tasks.test.ts')).toBe('');
      await expect(check('wrong.ts')).rejects.toThrow(/not assignable to type 'string'/);
    },
  );

  testNeeding('a Node before 26 on the PATH', older !== undefined)(
    'runs by the command on an older Node, and the library says which Node it needs',
    async () => {
      writeFileSync(join(project, 'old.mjs'), "import 'dp';");
      const run = (...args: readonly string[]) => started(older ?? '', args, project);
      await run('node_modules/dp/bin/dp.cjs', 'run', 'text.yaml');
      expect(await run('node_modules/dp/bin/dp.cjs', 'output', 'last', 'count')).toBe('3\n');
      await expect(run('old.mjs')).rejects.toThrow(/the library dp needs Node 26 or later/);
    },
  );
});

test('a project that Yarn 1 installed dp into runs a pipeline by the command', async () => {
  const project = join(folder, 'yarn');
  await setUp(project, YARN.install);
  expect(await runsPipeline(project)).toBe('3\n');
}, 120_000);

test('the package has neither sources nor maps of them, and is small', () => {
  const files = execFileSync('tar', ['-tzf', archive], { encoding: 'utf8' }).trim().split('\n');
  const kinds = files.map((file) => /(?:\.d)?\.\w+$/.exec(file)?.[0]);
  expect(new Set(kinds)).toEqual(new Set(['.json', '.md', '.cjs', '.mjs', '.d.ts']));
  expect(readFileSync(archive).byteLength).toBeLessThan(2_000_000);
});

async function setUp(project: string, install: Installer['install']): Promise<void> {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
  for (const [file, text] of Object.entries(FILES)) writeFileSync(join(project, file), text);
  await node(project, ...install(registry.url, `${project}-cache`));
  mkdirSync(join(project, 'node_modules/@types'), { recursive: true });
  symlinkSync(tool('@types/node'), join(project, 'node_modules/@types/node'));
}

async function runsPipeline(project: string): Promise<string> {
  const dp = join(project, 'node_modules/.bin/dp');
  await started(dp, ['run', 'text.yaml'], project);
  return started(dp, ['output', 'last', 'count'], project);
}

const tsconfig = (resolution: string, file: string): string =>
  JSON.stringify({
    compilerOptions: {
      target: 'esnext',
      module: resolution === 'bundler' ? 'esnext' : resolution,
      moduleResolution: resolution,
      strict: true,
      noEmit: true,
      allowImportingTsExtensions: true,
      types: ['node'],
    },
    files: [file],
  });

const node = (project: string, ...args: readonly string[]): Promise<string> =>
  started(process.execPath, args, project);

/** Resolves to standard output; rejects with what was printed when the program fails. */
function started(program: string, args: readonly string[], cwd: string): Promise<string> {
  const PATH = [dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter);
  const env = { PATH, HOME: folder, XDG_CACHE_HOME: folder, CI: 'true', NO_COLOR: '1' };
  return new Promise((resolve, reject) => {
    execFile(program, args, { cwd, env, maxBuffer: 1e7 }, (error, out, err) => {
      if (error === null) resolve(out);
      else reject(new Error(`${error.message}\n${out}${err}`));
    });
  });
}

/** Returns the Node on the PATH behind the checkout's own. */
function olderNode(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders
    .filter((each) => !each.includes('node_modules') && !each.includes('.toolchain'))
    .map((each) => join(each, 'node'))
    .find((file) => {
      try {
        return (
          Number.parseInt(
            execFileSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' }),
          ) < 26
        );
      } catch {
        return false;
      }
    });
}
