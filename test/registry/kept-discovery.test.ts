/** An unchanged project is not imported again; whatever could change the outcome is noticed. */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
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

const RELEASES: Readonly<Record<string, string>> = {
  'package.json': '{ "imports": { "#rates/*": "./rates/*.ts" } }',
  'main.ts': `import { rate } from './current/rate.ts';
import { unit } from './unit';
import { tax } from 'tax';
import { fee } from '#rates/fee';
export const main = () => [rate, unit, tax, fee];`,
  // Equal modules, which import others by relative paths.
  ...releases('rate.ts', "export { rate } from '../shared/rate.ts';"),
  ...releases('unit.ts', "export { value as unit } from './value.ts';"),
  ...releases('fee.ts', "export { value as fee } from './value.ts';"),
  'v1/value.ts': 'export const value: number = 1;',
  'v2/value.ts': 'export const value: number = 2;',
  'shared/rate.ts': 'export const rate: number = 1;',
  ...releases('tax/package.json', '{ "name": "tax", "type": "module", "exports": "./index.js" }'),
  ...releases('tax/index.js', 'export const tax = 1;'),
};

function releases(file: string, text: string): Readonly<Record<string, string>> {
  return { [`v1/${file}`]: text, [`v2/${file}`]: text };
}

function link(project: Project, name: string, target: string): void {
  rmSync(project.path(name), { recursive: true, force: true });
  mkdirSync(dirname(project.path(name)), { recursive: true });
  symlinkSync(project.path(target), project.path(name));
}

const LINKS = [
  ['a folder on the way to a module', 'current', ''],
  ['a module', 'unit.ts', '/unit.ts'],
  ['a package', 'node_modules/tax', '/tax'],
  ['a folder of the imports map', 'rates', ''],
] as const;

test.each(LINKS)('a link that leads elsewhere is noticed: %s', async (_, name, target) => {
  using project = new Project(RELEASES);
  for (const [, each, to] of LINKS) link(project, each, `v1${to}`);
  const first = await project.discover(['main.ts']);
  expect(namesOf(first)).toEqual(['main']);
  expect(await isKnown(project)).toBe(true);
  link(project, name, `v2${target}`);
  expect(await isKnown(project)).toBe(false);
  const second = await project.discover(['main.ts']);
  expect(second.definitions[0]?.codeHash).not.toBe(first.definitions[0]?.codeHash);
});

test('a file or folder that becomes a link to its equal is noticed', async () => {
  using project = new Project({ ...RELEASES, 'unit.ts': RELEASES['v1/unit.ts'] ?? '' });
  for (const [, name, to] of LINKS) if (name !== 'unit.ts') link(project, name, `v1${to}`);
  project.write('value.ts', 'export const value: number = 0;');
  await project.discover(['main.ts']);
  link(project, 'unit.ts', 'v1/unit.ts');
  expect(await isKnown(project)).toBe(false);
});

test('a link that is made anew and leads to the same place is no change', async () => {
  using project = new Project(RELEASES);
  for (const [, each, to] of LINKS) link(project, each, `v1${to}`);
  await project.discover(['main.ts']);
  link(project, 'current', 'v1');
  expect(await isKnown(project)).toBe(true);
});

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
