import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTypes } from '../../../src/registry/types/types.ts';
import { check, definition, project, type Project } from './project.ts';

const FILES = {
  'types.ts': 'export interface Row { id: number }',
  'load.ts': `import type { Row } from './types';\nexport function load(): Row { throw new Error(); }`,
};

/** Asks again with a compiler that cannot be started: what is answered was kept. */
async function kept(made: Project): Promise<boolean> {
  const options = { root: made.root, cacheFolder: made.cacheFolder };
  using types = openTypes({ ...options, compiler: { executable: '/nowhere/tsc' } });
  const { definitions, diagnostics } = await types.extract([
    definition(`${made.root}/load.ts`, 'load'),
  ]);
  return diagnostics.length === 0 && definitions[0]!.output !== undefined;
}

async function asked(files: Readonly<Record<string, string>> = FILES): Promise<Project> {
  const made = project(files);
  await extract(made);
  return made;
}

async function extract(made: Project): Promise<void> {
  using types = made.types();
  await types.extract([definition(`${made.root}/load.ts`, 'load')]);
}

test('the same question is answered without a compiler', async () => {
  using made = await asked();
  expect(await kept(made)).toBe(true);
});

test('a file that was only touched changes nothing', async () => {
  using made = await asked();
  utimesSync(join(made.root, 'types.ts'), new Date(), new Date());
  expect(await kept(made)).toBe(true);
});

test.each([
  ['a module', 'load.ts', 'export function load() { return 1; }'],
  ['a file that is imported for its types only', 'types.ts', 'export interface Row { id: string }'],
  ['a file that an import now means', 'types.tsx', 'export interface Row { id: string }'],
  ['the configuration', 'tsconfig.json', '{ "compilerOptions": { "strict": false } }'],
  ['the lock file', 'package-lock.json', '{}'],
])('%s makes it a new question', async (_, path, text) => {
  using made = await asked();
  made.write(path, text);
  expect(await kept(made)).toBe(false);
});

test('a link that leads to another folder makes it a new question', async () => {
  using made = project({
    'v1/types.ts': "export type { Row } from '../row1';",
    'v2/types.ts': "export type { Row } from '../row1';",
    'row1.ts': 'export interface Row { id: number }',
    'load.ts': `import type { Row } from './current/types';\nexport function load(): Row { throw new Error(); }`,
  });
  const link = join(made.root, 'current');
  symlinkSync('v1', link);
  await extract(made);
  expect(await kept(made)).toBe(true);
  rmSync(link);
  symlinkSync('v2', link);
  expect(await kept(made)).toBe(false);
});

test('a file that is imported by a linked package makes it a new question', async () => {
  using made = project({
    'packages/rows/package.json': '{ "name": "rows", "types": "./index.ts" }',
    'packages/rows/index.ts': 'export interface Row { id: number }',
    'load.ts': `import type { Row } from 'rows';\nexport function load(): Row { throw new Error(); }`,
  });
  mkdirSync(join(made.root, 'node_modules'));
  symlinkSync('../packages/rows', join(made.root, 'node_modules/rows'));
  await extract(made);
  expect(await kept(made)).toBe(true);
  made.write('packages/rows/index.ts', 'export interface Row { id: string }');
  expect(await kept(made)).toBe(false);
});

test.each(['.dp/state.db', 'out/table.csv', 'report.html', 'rows.json'])(
  'a run that leaves %s beside the sources does not make it a new question',
  async (path) => {
    using made = await asked();
    made.write(path, '{}');
    expect(await kept(made)).toBe(true);
  },
);

test.each(['later.json', 'later/index.ts', 'later.d.ts', 'later.cts'])(
  'an import that meant nothing means %s once the file is there',
  async (path) => {
    const load = `import later from './${path.endsWith('json') ? path : 'later'}';\nexport const load = () => later;`;
    using made = await asked({ 'load.ts': load });
    expect(await kept(made)).toBe(true);
    made.write(path, '{}');
    expect(await kept(made)).toBe(false);
  },
);

test('a path of the configuration that meant another file is a new question once its first choice is there', async () => {
  using made = await asked({
    'tsconfig.json': '{ "compilerOptions": { "paths": { "lib/*": ["./near/*", "./far/*"] } } }',
    'far/rows.ts': 'export interface Row { id: number }',
    'load.ts': `import type { Row } from 'lib/rows';\nexport const load = (): Row => ({ id: 1 });`,
  });
  expect(await kept(made)).toBe(true);
  made.write('near/rows.ts', 'export interface Row { id: string }');
  expect(await kept(made)).toBe(false);
});

test('a new folder of global declarations makes it a new question', async () => {
  using made = await asked({ ...FILES, 'tsconfig.json': '{}' });
  made.write('globals/row.d.ts', 'interface GlobalRow { id: number }');
  expect(await kept(made)).toBe(false);
});

test('a configuration that is extended counts as well', async () => {
  using made = await asked({
    ...FILES,
    'base.json': '{}',
    'tsconfig.json': '{ "extends": "./base.json" }',
  });
  expect(await kept(made)).toBe(true);
  made.write('base.json', '{ "compilerOptions": { "strict": false } }');
  expect(await kept(made)).toBe(false);
});

test('a kept answer that was cut short is asked again', async () => {
  using made = await asked();
  const folder = join(made.cacheFolder, 'types');
  for (const name of readdirSync(folder)) {
    made.write('cut', readFileSync(join(folder, name), 'utf8').slice(0, 20));
    const { renameSync } = await import('node:fs');
    renameSync(join(made.root, 'cut'), join(folder, name));
  }
  expect(await kept(made)).toBe(false);
});

test('nothing is written into the project', async () => {
  using made = project(FILES);
  const load = definition(`${made.root}/load.ts`, 'load');
  await check(made, [load], [{ name: 'load' }]);
  expect(readdirSync(made.root).toSorted()).toEqual(['load.ts', 'types.ts']);
});

test('without a compiler there is one warning, and the definitions stay as they are', async () => {
  using made = project(FILES);
  const options = { root: made.root, cacheFolder: made.cacheFolder };
  using types = openTypes({ ...options, compiler: { executable: '/nowhere/tsc' } });
  const load = definition(`${made.root}/load.ts`, 'load');
  const { definitions, diagnostics } = await types.extract([load]);
  expect(definitions).toEqual([load]);
  expect(diagnostics).toMatchObject([{ code: 'DP5005', severity: 'warning' }]);
  expect(await types.check({ text: '', uses: [load], spots: [], strict: false })).toEqual({
    findings: [],
    untyped: [],
    diagnostics: [],
  });
});
