import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { expandModules, type ModuleFiles, projectRoot } from '../../src/config/modules.ts';
import type { Located } from '../../src/model/diagnostic.ts';
import { moduleProblem } from '../../src/config/format/module-path.ts';

/** A disk that holds these files; a link is written `from -> to`. */
function disk(root: string, ...entries: string[]): ModuleFiles {
  const links = new Map(
    entries
      .filter((entry) => entry.includes(' -> '))
      .map((entry) => entry.split(' -> ') as [string, string]),
  );
  const paths = new Set(entries.map((entry) => entry.split(' -> ')[0]!));
  return {
    root,
    list: async (folder) => {
      const children = new Map<string, boolean>();
      for (const file of paths) {
        const [name, ...rest] = path.relative(folder, file).split('/');
        if (name !== undefined && name !== '' && name !== '..') children.set(name, rest.length > 0);
      }
      return children.size === 0
        ? undefined
        : [...children].map(([name, isFolder]) => ({ name, isFolder }));
    },
    realPath: async (file) =>
      links.get(file) ?? (paths.has(file) || file === root ? file : undefined),
  };
}

function modules(...patterns: string[]): { folder: string; modules: Located<string>[] } {
  return {
    folder: '/project/pipelines',
    modules: patterns.map((value, index) => ({
      value,
      at: { file: 'p.yaml', line: index + 1, column: 1 },
    })),
  };
}

const PROJECT = disk(
  '/project',
  '/project/pipelines/flights.ts',
  '/project/pipelines/tasks/a.ts',
  '/project/pipelines/tasks/b.mjs',
  '/project/pipelines/tasks/deep/c.cts',
  '/project/pipelines/tasks/types.d.ts',
  '/project/pipelines/tasks/readme.md',
  '/project/pipelines/tasks/node_modules/x/x.ts',
  '/project/pipelines/tasks/.hidden/x.ts',
  '/project/shared/s.ts',
  '/outside/o.ts',
  '/project/pipelines/link.ts -> /outside/o.ts',
);

describe('the files of modules', () => {
  test.each<[string, string[], string[]]>([
    ['a path', ['./flights.ts'], ['/project/pipelines/flights.ts']],
    ['a path without ./', ['flights.ts'], ['/project/pipelines/flights.ts']],
    ['a path beside the folder', ['../shared/s.ts'], ['/project/shared/s.ts']],
    ['a glob', ['./tasks/*.ts'], ['/project/pipelines/tasks/a.ts']],
    [
      'braces',
      ['tasks/*.{ts,mjs}'],
      ['/project/pipelines/tasks/a.ts', '/project/pipelines/tasks/b.mjs'],
    ],
    [
      'a deep glob, without declarations, dependencies and hidden folders',
      ['tasks/**'],
      [
        '/project/pipelines/tasks/a.ts',
        '/project/pipelines/tasks/b.mjs',
        '/project/pipelines/tasks/deep/c.cts',
      ],
    ],
    [
      'several, sorted, each once',
      ['tasks/a.ts', './flights.ts', 'tasks/*.ts'],
      ['/project/pipelines/flights.ts', '/project/pipelines/tasks/a.ts'],
    ],
    ['none', [], []],
  ])('%s', async (_what, patterns, files) => {
    expect(await expandModules(modules(...patterns), PROJECT)).toEqual({ files, diagnostics: [] });
  });

  test('one that is not there is reported with the nearest name', async () => {
    const { files, diagnostics } = await expandModules(modules('./flihgts.ts'), PROJECT);
    expect(files).toEqual([]);
    expect(diagnostics).toMatchObject([
      {
        code: 'DP3001',
        message: 'there is no module "./flihgts.ts"',
        hint: 'did you mean "flights.ts"?',
        at: { line: 1 },
      },
    ]);
  });

  test('a glob has to match something', async () => {
    const { diagnostics } = await expandModules(modules('nowhere/*.ts', 'tasks/*.js'), PROJECT);
    expect(diagnostics).toMatchObject([
      { code: 'DP3001', message: 'no module matches "nowhere/*.ts"' },
      { code: 'DP3001', message: 'no module matches "tasks/*.js"' },
    ]);
  });

  test.each(['../../outside/o.ts', '../../outside/*.ts', '../../../etc/passwd.ts', './link.ts'])(
    '%s is outside the project',
    async (pattern) => {
      const { files, diagnostics } = await expandModules(modules(pattern), PROJECT);
      expect(files).toEqual([]);
      expect(diagnostics).toMatchObject([
        { code: 'DP3003', message: `the module "${pattern}" is outside the project /project` },
      ]);
    },
  );

  test('a backslash in the path is named, as Node loads no such module', async () => {
    const odd = disk('/we\\ird', '/we\\ird/a.ts');
    const { diagnostics } = await expandModules({ ...modules('a.ts'), folder: '/we\\ird' }, odd);
    expect(diagnostics).toMatchObject([
      { code: 'DP3002', message: expect.stringContaining('"a.ts" has a backslash') },
    ]);
  });

  test('wildcards in the names of outer folders are none', async () => {
    const odd = disk('/p[1]', '/p[1]/pipelines/a.ts');
    const { files } = await expandModules({ ...modules('*.ts'), folder: '/p[1]/pipelines' }, odd);
    expect(files).toEqual(['/p[1]/pipelines/a.ts']);
  });

  test('a pattern that goes through everything is refused', async () => {
    const names = Array.from({ length: 100_001 }, (_, i) => ({
      name: `${i}.txt`,
      isFolder: false,
    }));
    const files: ModuleFiles = { ...PROJECT, list: async () => names };
    const { diagnostics } = await expandModules(modules('**/*.ts'), files);
    expect(diagnostics).toMatchObject([
      { code: 'DP3001', message: '"**/*.ts" goes through more than 100000 files' },
    ]);
  });

  test('a project reached through a link is still one', async () => {
    const linked = disk('/link', '/link/pipelines/a.ts -> /real/pipelines/a.ts', '/link -> /real');
    expect(await expandModules({ ...modules('a.ts'), folder: '/link/pipelines' }, linked)).toEqual({
      files: ['/link/pipelines/a.ts'],
      diagnostics: [],
    });
  });
});

test.each([
  '',
  ' ',
  '/etc/passwd',
  '/etc/x.ts',
  '~/x.ts',
  'C:\\x.ts',
  'C:/x.ts',
  '\\\\host\\x.ts',
  'a\\b.ts',
  'data:text/javascript,1',
  'node:fs',
  'https://example.invalid/x.ts',
  'file:///x.ts',
  'npm:x',
  'x\0.ts',
  'lodash',
  'x.json',
  'x.node',
  'x.wasm',
  'x.tsx',
  'x.d.ts',
  '.ts',
  '{a,b}{a,b}{a,b}{a,b}.ts',
  '{1..100000000}.ts',
  '*+(+(a|b)).ts',
])('%j is no module', (written) => {
  expect(moduleProblem(written)).toBeDefined();
});

test.each([
  './x.ts',
  'x.mts',
  'x.cts',
  '../x.js',
  'x.mjs',
  'x.cjs',
  'a b/ü.ts',
  'tasks/*',
  'tasks/**',
  '**/*.ts',
  'x.{ts,js}',
  'tasks/[ab].ts',
])('%j may be a module', (written) => {
  expect(moduleProblem(written)).toBeUndefined();
});

describe('the top of a project', () => {
  test.each(['package.json', 'tsconfig.json', '.git', '.dp'])(
    'is the nearest folder with %s',
    (marker) => {
      const markers = new Set([`/home/me/project/${marker}`, '/home/package.json']);
      expect(projectRoot('/home/me/project/pipelines/etl', (file) => markers.has(file))).toBe(
        '/home/me/project',
      );
    },
  );

  test('is nowhere when there is no marker', () => {
    expect(projectRoot('/tmp/x', () => false)).toBeUndefined();
  });
});
