/** A task's code hash changes with what the task would do, and with nothing else. */
import { mkdirSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Project } from './project.ts';

const FILES = {
  'package-lock.json': '{}',
  'tsconfig.json': '{}',
  'main.ts': `import { helper } from './helper';
export const main = async () => helper + (await import('./later')).later;`,
  'helper.ts': 'export const helper: number = 1;',
  'later.ts': 'import "./deeper";\nexport const later = 1;',
  'deeper.ts': 'export {};',
  'query.sql': 'select 1',
  'unrelated.ts': 'export {};',
};

async function hashOf(files: Readonly<Record<string, string>>): Promise<string | undefined> {
  using project = new Project(files);
  const { definitions } = await project.discover(['main.ts']);
  return definitions.find(({ name }) => name === 'main')?.codeHash;
}

test.each([
  ['the module', 'main.ts', `${FILES['main.ts']}\n// more`],
  ['a helper it imports', 'helper.ts', 'export const helper: number = 2;'],
  ['a file it imports when it runs', 'later.ts', 'import "./deeper";\nexport const later = 2;'],
  ['a file imported by that', 'deeper.ts', 'export { };'],
  ['the lock file', 'package-lock.json', '{ "lockfileVersion": 3 }'],
  ['how it is compiled', 'tsconfig.json', '{ "compilerOptions": { "target": "es2020" } }'],
])('it changes with %s', async (_, file, text) => {
  expect(await hashOf({ ...FILES, [file]: text })).not.toBe(await hashOf(FILES));
});

test('it stays the same in another folder, and whatever stands beside', async () => {
  const hash = await hashOf(FILES);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashOf({ ...FILES, 'unrelated.ts': 'export const x = 1;' })).toBe(hash);
  expect(
    await hashOf({ ...FILES, 'tsconfig.json': '{ "compilerOptions": { "strict": true } }' }),
  ).toBe(hash);
});

test.each([
  ['require', 'export const main = () => require("./data.json");', 'data.json'],
  [
    'import.meta.url',
    'export const main = () => new URL("./query.sql", import.meta.url);',
    'query.sql',
  ],
])('it knows the files that a task mentions in %s', async (_, main, file) => {
  const files = { ...FILES, 'main.ts': main, 'data.json': '{}' };
  expect(await hashOf({ ...files, [file]: '{ "x": 1 }' })).not.toBe(await hashOf(files));
});

test.each([
  ['by the name of a linked package', 'export const main = () => import("tax");'],
  ['by a name of the imports map', 'export const main = () => import("#rates/tax");'],
  ['through a linked folder', 'export const main = () => import("./current/tax.ts");'],
])('it knows what a module imports later %s, and what that imports', async (_, main) => {
  const hashes = [1, 2].map(async (rate) => {
    using project = new Project({
      'package.json': '{ "imports": { "#rates/*": { "default": "./current/*.ts" } } }',
      'main.ts': main,
      'packages/tax/package.json': '{ "name": "tax", "main": "tax.ts" }',
      'packages/tax/tax.ts': 'export { rate } from "../rate.ts";',
      'packages/rate.ts': `export const rate: number = ${rate};`,
    });
    mkdirSync(project.path('node_modules'));
    symlinkSync(project.path('packages/tax'), project.path('node_modules/tax'));
    symlinkSync(project.path('packages/tax'), project.path('current'));
    const { definitions } = await project.discover(['main.ts']);
    return definitions[0]?.codeHash;
  });
  const [one, two] = await Promise.all(hashes);
  expect(one).toBeDefined();
  expect(two).not.toBe(one);
});
