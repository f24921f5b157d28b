/** An unchanged project is not imported again; whatever could change the outcome is noticed. */
import { chmodSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { namesOf, Project } from './project.ts';

const FILES = {
  'package.json': '{ "name": "users" }',
  'package-lock.json': '{}',
  'tsconfig.json': '{ "compilerOptions": { "paths": { "@lib/*": ["./first/*", "./lib/*"] } } }',
  'main.ts': `import { readdirSync, readFileSync } from 'node:fs';
import { task } from 'dp';
import { helper } from '@lib/helper';
import index from './folder';
for (const name of readdirSync(import.meta.dirname + '/sql')) task({ name: name.slice(0, -4) }, () => 1);
for (const name of readFileSync(import.meta.dirname + '/names.txt', 'utf8').split(' ')) task({ name }, () => 1);
if (process.env['WITH_EXTRA'] === 'yes') task({ name: 'extra' }, () => 1);
export const main = () => [helper, index, import('./later')];`,
  'lib/helper.ts': 'export const helper: number = 1;',
  'folder/index.ts': 'export default 1;',
  'later.ts': 'export { deeper } from "./deeper.js";',
  'deeper.ts': 'export const deeper: number = 1;',
  'sql/one.sql': 'select 1',
  'names.txt': 'x y',
};
const NAMES = ['main', 'one', 'x', 'y'];

const isKnown = (project: Project, env?: NodeJS.ProcessEnv): Promise<boolean> =>
  project.discoverWithoutThread(['main.ts'], env === undefined ? {} : { env }).then(
    () => true,
    () => false,
  );

test('what was found is found again without a thread', async () => {
  using project = new Project(FILES);
  const first = await project.discover(['main.ts']);
  expect(namesOf(first)).toEqual(NAMES);
  expect(first.graphs.get(project.path('main.ts'))).toEqual(
    ['deeper.ts', 'folder/index.ts', 'later.ts', 'lib/helper.ts', 'main.ts'].map((file) =>
      project.path(file),
    ),
  );
  expect(await project.discoverWithoutThread(['main.ts'])).toEqual(first);
});

test.each<[string, (project: Project) => void]>([
  ['the module', (project) => project.write('main.ts', `${FILES['main.ts']}\n`)],
  ['a file it imports', (project) => project.write('lib/helper.ts', 'export const helper = 2;')],
  ['a file it imports later', (project) => project.write('later.ts', 'export const deeper = 1;')],
  ['a file imported by that', (project) => project.write('deeper.ts', 'export const deeper = 2;')],
  ['tsconfig.json', (project) => project.write('tsconfig.json', '{}')],
  ['package.json', (project) => project.write('package.json', '{ "type": "module" }')],
  ['the lock file', (project) => project.write('package-lock.json', '{ "packages": {} }')],
  ['a file it reads while it loads', (project) => project.write('names.txt', 'x y z')],
  ['a folder it lists while it loads', (project) => project.write('sql/two.sql', 'select 2')],
  ['a file that comes before another', (project) => project.write('first/helper.ts', '')],
  ['a file that comes before a folder', (project) => project.write('folder.ts', '')],
  ['a tsconfig.json nearer by', (project) => project.write('lib/tsconfig.json', '{}')],
  ['a package.json nearer by', (project) => project.write('lib/package.json', '{}')],
  ['a file that is gone', (project) => rmSync(project.path('deeper.ts'))],
  ['the cache, gone', (project) => rmSync(project.cacheFolder, { recursive: true })],
  ['the cache, damaged', (project) => damage(join(project.cacheFolder, 'discovery'))],
])('a change is noticed: %s', async (_, change) => {
  using project = new Project(FILES);
  await project.discover(['main.ts']);
  expect(await isKnown(project)).toBe(true);
  change(project);
  expect(await isKnown(project)).toBe(false);
});

function damage(folder: string): void {
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '{ "outcomes": [');
}

test('a change of an environment variable is noticed if the module looked at it', async () => {
  using project = new Project(FILES);
  const env = { ...process.env };
  await project.discover(['main.ts'], { env });
  expect(await isKnown(project, { ...env, UNRELATED: '1' })).toBe(true);
  expect(await isKnown(project, { ...env, WITH_EXTRA: 'yes' })).toBe(false);
  const extra = await project.discover(['main.ts'], { env: { ...env, WITH_EXTRA: 'yes' } });
  expect(namesOf(extra)).toEqual(['extra', ...NAMES]);
});

test('a file that is touched but not changed is no change', async () => {
  using project = new Project(FILES);
  await project.discover(['main.ts']);
  utimesSync(project.path('lib/helper.ts'), 1, 1);
  expect(await isKnown(project)).toBe(true);
});

test('a failure is not kept', async () => {
  using project = new Project({ 'main.ts': 'throw new Error("now");' });
  await project.discover(['main.ts']);
  expect(await isKnown(project)).toBe(false);
});

test('other modules are not known', async () => {
  using project = new Project({ ...FILES, 'other.ts': '' });
  await project.discover(['main.ts', 'other.ts']);
  expect(await isKnown(project)).toBe(false);
});

const filesOf = ({ root }: Project) => new Set<unknown>(readdirSync(root, { recursive: true }));

test('nothing is written into the project, nor needed to be written anywhere', async () => {
  using project = new Project(FILES);
  mkdirSync(project.cacheFolder);
  chmodSync(project.cacheFolder, 0o500);
  const before = filesOf(project);
  expect(namesOf(await project.discover(['main.ts']))).toEqual(NAMES);
  expect(filesOf(project)).toEqual(before);
  chmodSync(project.cacheFolder, 0o700);
});

test('without a cache folder all is found', async () => {
  using project = new Project(FILES);
  writeFileSync(project.cacheFolder, 'a file where the folder should be');
  expect(namesOf(await project.discover(['main.ts']))).toEqual(NAMES);
});
