/** The files of the bundle, as they are read at each start. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { VERSION } from '../../src/version.ts';
import { dpCommand, Project } from './rig.ts';

const [node = '', dp = ''] = dpCommand();

test('every file is ASCII, which V8 holds in one byte a character', () => {
  const dist = dirname(dp);
  const files = readdirSync(dist).filter((file) => /\.[cm]js$/.test(file));
  expect(files).toContain('command-line.cjs');
  const beyond = files.filter((file) => readFileSync(join(dist, file)).some((byte) => byte > 0x7f));
  expect(beyond).toEqual([]);
});

test('--version reads nothing but the file that dp starts with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dp alone '));
  try {
    const alone = join(folder, 'dp.cjs');
    copyFileSync(dp, alone);
    const said = execFileSync(node, [alone, '--version'], { encoding: 'utf8' });
    expect(said).toBe(`${VERSION}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('threads keep compiled code where dp does, and tasks see no variable that says so', async () => {
  using project = new Project({
    'tasks.mjs': `import { getCompileCacheDir } from 'node:module';
export const folder = () => JSON.stringify([getCompileCacheDir() ?? null, process.env.NODE_COMPILE_CACHE ?? null]);`,
    'p.yaml': 'name: p\nmodules: [./tasks.mjs]\ntasks: { folder: {} }\n',
  });
  const said = async (compiled: string): Promise<unknown> => {
    await project.dpWith({ env: { NODE_COMPILE_CACHE: compiled } }, 'run', 'p.yaml');
    return JSON.parse((await project.ok('output', 'last', 'folder')).out);
  };
  const kept = project.path('compiled');
  expect(await said(kept)).toEqual([expect.stringContaining(kept), null]);
  expect(await said('')).toEqual([null, null]);
});
