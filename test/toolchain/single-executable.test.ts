import { execFileSync, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { constants, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testNeeding } from '../test-needing.ts';

const root = join(import.meta.dirname, '../..');
let folder: string;
let dp: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dp-executable-'));
  execFileSync(process.execPath, [join(root, 'bin/build-binary.ts'), '--into', folder]);
  dp = join(folder, 'dp');
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** An empty project, with nothing on the PATH, and a home where nothing can be written, by root neither. */
function project(name: string, files: Readonly<Record<string, string>>): Project {
  const place = join(folder, name);
  const temporary = join(folder, `${name}-tmp`);
  mkdirSync(place);
  mkdirSync(temporary);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(place, file), text);
  const env = { HOME: '/dev/null', TMPDIR: temporary, PATH: '/nowhere' };
  return {
    place,
    temporary,
    dp: (...args) => {
      const { status, stdout, stderr } = spawnSync(dp, args, { cwd: place, env, encoding: 'utf8' });
      return { code: status, out: stdout, err: stderr };
    },
  };
}

interface Project {
  readonly place: string;
  readonly temporary: string;
  readonly dp: (...args: readonly string[]) => { code: number | null; out: string; err: string };
}

test('the single executable runs TypeScript tasks where nothing is installed and home is not writable', () => {
  const { temporary, dp: run } = project('greeting', {
    'greeting.yaml': `
      name: greeting
      modules: [./greeting.ts]
      params:
        name: { type: string, default: world }
      tasks:
        greet: { with: { name: "\${params.name}" } }
        shout: { needs: [greet] }
        apart: { isolation: process }
    `,
    'greeting.ts': `
      import { task } from 'dp';
      import { Mood, type Greeting } from './mood';
      import { louder } from './old.cjs';

      export const greet = task({}, async ({ name }: { name: string }): Promise<Greeting> => ({
        text: 'hello ' + name,
        mood: Mood.glad,
      }));
      export const apart = () => process.argv.includes('task-process');
      export const shout = ({ greet }: { greet: Greeting }) => greet.text.toUpperCase() + louder('!'.repeat(greet.mood));
    `,
    'old.cjs': `
      module.exports.louder = (text) => require('./older').twice(text);
    `,
    'older.cjs': `
      exports.twice = (text) => text + text;
    `,
    'mood.ts': `
      export enum Mood { calm, glad = 2 }
      export interface Greeting { text: string; mood: Mood }
    `,
  });

  const { code, out, err } = run('run', 'greeting.yaml', '-p', 'name=moon', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const { runId, status } = JSON.parse(out) as { runId: string; status: string };
  expect(status).toBe('succeeded');
  expect(JSON.parse(run('output', runId, 'shout', '--json').out)).toBe('HELLO MOON!!!!');
  expect(JSON.parse(run('output', runId, 'apart', '--json').out)).toBe(true);
  expect(readdirSync(temporary)).toEqual([`dp-cache-${process.getuid?.()}`]);
});

test('the single executable says which dp it is without unpacking anything', () => {
  const { temporary, dp: run } = project('version', {});
  expect(run('--version')).toEqual({ code: 0, out: '0.1.0\n', err: '' });
  expect(readdirSync(temporary)).toEqual([]);
});

const ONE_TASK = {
  'one.yaml': 'name: one\nmodules: [./one.ts]\ntasks:\n  a: {}\n',
  'one.ts': 'export const a = (): number => 1;\n',
};

test('a file that was unpacked and is not whole is unpacked again', () => {
  const { temporary, dp: run } = project('torn', ONE_TASK);
  expect(run('run', 'one.yaml').code).toBe(0);
  const file = unpackedFile(temporary, 'worker.mjs');
  const whole = readFileSync(file);
  writeFileSync(file, '');
  expect(run('run', 'one.yaml').code).toBe(0);
  expect(readFileSync(file).equals(whole)).toBe(true);
});

test('a damaged executable says which file it cannot unpack', () => {
  const { temporary, dp: run, place } = project('damaged', ONE_TASK);
  expect(run('run', 'one.yaml').code).toBe(0);
  const file = unpackedFile(temporary, 'worker.mjs');
  const bytes = readFileSync(dp);
  const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag } = constants;
  const params = { [ZSTD_c_compressionLevel]: 12, [ZSTD_c_checksumFlag]: 1 };
  const packed = zstdCompressSync(readFileSync(file), { params });
  const at = bytes.indexOf(packed);
  expect(at).toBeGreaterThan(0);
  bytes.fill(0, at + 50_000, at + 50_004);
  const damaged = join(place, 'damaged-dp');
  writeFileSync(damaged, bytes, { mode: 0o700 });
  rmSync(file);
  const { status, stderr } = spawnSync(damaged, ['run', 'one.yaml'], {
    cwd: place,
    env: { HOME: '/dev/null', TMPDIR: temporary, PATH: '/nowhere' },
    encoding: 'utf8',
  });
  expect(stderr).toContain('error DP8002: cannot unpack worker.mjs of dp');
  expect(status).toBe(74);
  expect(existsSync(file)).toBe(false);
});

const canStrip = ['llvm-strip', 'strip'].some(
  (program) => spawnSync(program, ['--version']).status === 0,
);
testNeeding('strip', canStrip)('the single executable has at most 135 MB', () => {
  expect(statSync(dp).size).toBeLessThan(135e6);
});

test('checksums and a bill of materials are beside the executable', () => {
  const sums = readFileSync(join(folder, 'SHA256SUMS'), 'utf8').trimEnd().split('\n');
  const files = ['dp', 'dp.cdx.json'];
  expect(sums).toEqual(
    files.map((file) => `${hash('sha256', readFileSync(join(folder, file)))}  ${file}`),
  );
  const { components } = JSON.parse(readFileSync(join(folder, 'dp.cdx.json'), 'utf8')) as {
    readonly components: readonly { readonly name: string }[];
  };
  const names = components.map(({ name }) => name);
  // What is bundled, what bundled packages use, and the native parts; nothing that only builds and tests use.
  const some = ['yaml', 'fast-uri', 'ioredis', '@ioredis/commands', 'commander'];
  expect(names).toEqual(expect.arrayContaining(some));
  expect(names.filter((name) => /^(?:node-|@oxc|@typescript)/.test(name))).toHaveLength(3);
  expect(names.filter((name) => /vitest|esbuild|oxlint/.test(name))).toEqual([]);
});

const libraries = spawnSync('ldd', [process.execPath], { encoding: 'utf8' }).stdout;
testNeeding('root and ldd', process.getuid?.() === 0 && libraries !== '')(
  'the single executable runs TypeScript tasks in a file tree with nothing but libraries of the system',
  () => {
    const tree = join(folder, 'tree');
    const put = (file: string) => {
      mkdirSync(join(tree, dirname(file)), { recursive: true });
      cpSync(realpathSync(file), join(tree, file));
    };
    const named = libraries.match(/\/\S+\.so\S*/g) ?? [];
    for (const file of named) put(file);
    // Rust's standard library, in the part that compiles TypeScript, names another one of glibc.
    const libc = named.find((file) => file.includes('/libc.so')) ?? '';
    put(join(dirname(libc), 'librt.so.1'));
    mkdirSync(join(tree, 'tmp'));
    linkSync(dp, join(tree, 'dp'));
    for (const [file, text] of Object.entries(ONE_TASK)) writeFileSync(join(tree, file), text);
    const run = (...args: readonly string[]) =>
      spawnSync('chroot', [tree, '/dp', ...args], {
        encoding: 'utf8',
        env: { PATH: '/usr/sbin:/usr/bin' },
      });
    expect(run('--version').stdout).toBe('0.1.0\n');
    expect(run('run', '/one.yaml').stderr).toMatch(/succeeded/);
    expect(run('output', 'last', 'a').stdout).toBe('1\n');
  },
);

describe('the module for tests of a project that has the executable alone', () => {
  test('comes with a new project, and brings `dp` and `dp/testing` with their types', () => {
    const { place, dp: run } = project('tested', {});
    expect(run('init').out).toContain(`made ${join('node_modules', 'dp')}\n`);
    writeFileSync(
      join(place, 'pipelines/hello.test.ts'),
      `import assert from 'node:assert';
       import { test } from 'node:test';
       import { task } from 'dp';
       import { runTask } from 'dp/testing';
       import { count } from './hello.ts';
       const twice = task({}, ({ n }: { n: number }): number => n * 2);
       test('tasks of the project and of the test run', async () => {
         assert.equal((await runTask(count, { words: ['a', 'b'] })).output, 2);
         const doubled: number = (await runTask(twice, { n: 4 })).output;
         assert.equal(doubled, 8);
       });
      `,
    );
    const node = (...args: readonly string[]) => {
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: place,
        encoding: 'utf8',
      });
      return { status, said: `${stdout}${stderr}` };
    };
    const tests = node('--test', '--test-reporter=tap', 'pipelines/hello.test.ts');
    expect(tests.said).toMatch(/^# pass 1$/m);
    mkdirSync(join(place, 'node_modules/@types'));
    symlinkSync(join(root, 'node_modules/@types/node'), join(place, 'node_modules/@types/node'));
    writeFileSync(
      join(place, 'pipelines/wrong.ts'),
      "import { task } from 'dp';\n// @ts-expect-error -- a task is no text\nexport const wrong: string = task({}, () => 1);\n",
    );
    const tsc = join(root, 'node_modules/@typescript/native/bin/tsc');
    const check = () => node(tsc, '-p', '.', '--types', 'node', '--skipLibCheck');
    expect(check()).toEqual({ status: 0, said: '' });
    // The declarations that come with the module serve where the project has none of its own.
    rmSync(join(place, 'dp.d.ts'));
    expect(check()).toEqual({ status: 0, said: '' });
  }, 60_000);

  test('is ignored by git, and replaced by `dp types --install` and by nothing else', () => {
    const { place, dp: run } = project('replaced', {});
    const installed = join(place, 'node_modules/dp');
    expect(run('types', '--install').err).toBe(`wrote ${installed}, for dp 0.1.0\n`);
    expect(readFileSync(join(installed, '.gitignore'), 'utf8')).toMatch(/^\*$/m);
    rmSync(join(installed, 'dist'), { recursive: true });
    expect(JSON.parse(run('types', '--install', '--json').out)).toMatchObject({
      folder: installed,
      version: '0.1.0',
    });
    expect(existsSync(join(installed, 'dist/index.mjs'))).toBe(true);
    expect(readdirSync(dirname(installed))).toEqual(['dp']);
    rmSync(join(installed, '.gitignore'));
    const { code, err } = run('types', '--install');
    expect(err).toContain(`error DP1016: ${installed} was not made by dp`);
    expect(code).toBe(2);
    expect(run('init').out).not.toContain('node_modules');
    expect(readdirSync(installed)).not.toContain('.gitignore');
  });
});

/** Returns the path of a file in the cache folder of an executable. */
function unpackedFile(temporary: string, name: string): string {
  return globSync(join(temporary, '*', 'dp-*', name))[0] ?? '';
}
