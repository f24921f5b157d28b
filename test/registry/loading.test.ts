/** TypeScript as people write it loads in a worker thread, with nothing installed in the project. */
import { readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { OXC_VERSION } from '../../src/registry/loader/compile.ts';
import { Project } from './project.ts';

const COMMONJS = '{ "name": "users", "type": "commonjs" }';

test.each<[string, Record<string, string>, unknown]>([
  ['enums', { 'main.ts': 'enum Unit { km = "km" }\nexport const main = () => Unit.km;' }, 'km'],
  [
    'const enums of another module',
    {
      'units.ts': 'export const enum Unit { km = 7 }',
      'main.ts': 'import { Unit } from "./units";\nexport const main = () => Unit.km;',
    },
    7,
  ],
  [
    'namespaces',
    { 'main.ts': 'namespace N { export const x = 3 }\nexport const main = () => N.x;' },
    3,
  ],
  [
    'parameter properties',
    {
      'main.ts': `class P { constructor(private readonly v: number) {} get() { return this.v } }
        export const main = () => new P(4).get();`,
    },
    4,
  ],
  ['angle bracket casts', { 'main.ts': 'export const main = () => <number>(<unknown>5);' }, 5],
  [
    'types imported without `type`',
    {
      'rows.ts': 'export interface Row { n: number }\nexport const two = 2;',
      'main.ts': 'import { Row, two } from "./rows";\nexport const main = (): Row => ({ n: two });',
    },
    { n: 2 },
  ],
  [
    'specifiers without extension',
    {
      'lib/a.ts': 'export { b } from "../b";',
      'b.ts': 'export const b = "b";',
      'main.ts': 'import { b } from "./lib/a";\nexport const main = () => b;',
    },
    'b',
  ],
  [
    'a dot in a name without extension',
    {
      'a.config.ts': 'export const a = "a";',
      'main.ts': 'import { a } from "./a.config";\nexport const main = () => a;',
    },
    'a',
  ],
  [
    '.js written for .ts, and .mjs for .mts',
    {
      'a.ts': 'export const a = "ts";',
      'b.mts': 'export const b = "mts";',
      'main.ts':
        'import { a } from "./a.js";\nimport { b } from "./b.mjs";\nexport const main = () => a + b;',
    },
    'tsmts',
  ],
  [
    'a source before the built file beside it',
    {
      'a.ts': 'export const a = "source";',
      'a.js': 'export const a = "built";',
      'main.ts': 'import { a } from "./a.js";\nexport const main = () => a;',
    },
    'source',
  ],
  [
    'folders with an index',
    {
      'lib/index.ts': 'export const a = "index";',
      'main.ts': 'import { a } from "./lib";\nexport const main = () => a;',
    },
    'index',
  ],
  [
    'tsconfig paths, with comments and trailing commas, through extends',
    {
      'configs/base.json':
        '{ // where things are\n "compilerOptions": { "paths": { "@lib/*": ["../lib/*"], "@one": ["../lib/a.ts"], }, }, }',
      'tsconfig.json': '{ "extends": "./configs/base" }',
      'lib/a.ts': 'export const a = "lib";',
      'main.ts':
        'import { a } from "@lib/a";\nimport { a as b } from "@one";\nexport const main = () => a + b;',
    },
    'liblib',
  ],
  [
    'tsconfig baseUrl',
    {
      'tsconfig.json': '{ "compilerOptions": { "baseUrl": "./src" } }',
      'src/deep/a.ts': 'export const a = "base";',
      'src/main.ts': 'export { main } from "deep/b";',
      'src/deep/b.ts': 'import { a } from "deep/a";\nexport const main = () => a;',
      'main.ts': 'export { main } from "./src/main";',
    },
    'base',
  ],
  [
    'the most specific of several path patterns',
    {
      'tsconfig.json':
        '{ "compilerOptions": { "paths": { "*": ["./any/*"], "@a/*": ["./a/*"], "@a/b/*": ["./nowhere/*", "./b/*"] } } }',
      'b/x.ts': 'export const x = "b";',
      'a/b/x.ts': 'export const x = "a";',
      'main.ts': 'import { x } from "@a/b/x";\nexport const main = () => x;',
    },
    'b',
  ],
  [
    'TypeScript inside node_modules',
    {
      'node_modules/typed/package.json': '{ "name": "typed", "exports": "./index.ts" }',
      'node_modules/typed/index.ts': 'export enum E { one = "typed" }',
      'main.ts': 'import { E } from "typed";\nexport const main = () => E.one;',
    },
    'typed',
  ],
  [
    'packages that are CommonJS',
    {
      'node_modules/old/index.js': 'exports.old = "cjs";',
      'main.ts': 'import { old } from "old";\nexport const main = () => old;',
    },
    'cjs',
  ],
  [
    '#imports of package.json',
    {
      'package.json': '{ "imports": { "#lib/*": "./lib/*.ts" } }',
      'lib/a.ts': 'export const a = "hash";',
      'main.ts': 'import { a } from "#lib/a";\nexport const main = () => a;',
    },
    'hash',
  ],
  [
    '.cts, in either way of writing it',
    {
      'a.cts': 'import path = require("node:path");\nexport = { a: path.basename("/x/a") };',
      'b.cts': 'export const b: string = "b";',
      'main.ts':
        'import { b } from "./b.cjs";\nimport a from "./a.cjs";\nexport const main = () => a.a + b;',
    },
    'ab',
  ],
  [
    'TypeScript that speaks CommonJS',
    {
      'old.ts': 'const n: number = 1;\nmodule.exports = { n };',
      'main.ts': 'import old from "./old";\nexport const main = () => old.n;',
    },
    1,
  ],
  [
    'TypeScript that CommonJS requires',
    {
      'a.ts': 'export const a: string = "required";',
      'b.cjs': 'module.exports = require("./a");',
      'main.ts': 'import b from "./b.cjs";\nexport const main = () => b.a;',
    },
    'required',
  ],
  [
    'JSON, with and without attributes, by default and by name',
    {
      'a.json': '{ "x": 1, "class": 2 }',
      'main.ts': `import a, { x } from "./a.json";
        import b from "./a.json" with { type: "json" };
        export const main = () => [a, x, b];`,
    },
    [{ x: 1, class: 2 }, 1, { x: 1, class: 2 }],
  ],
  [
    'JSX with its factory',
    {
      'tsconfig.json': '{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } }',
      'main.tsx': 'const h = (tag: string) => tag;\nexport const main = () => <b />;',
    },
    'b',
  ],
  ['ES modules in .js files', { 'main.js': 'export const main = () => 6;' }, 6],
  [
    'top-level await',
    { 'main.ts': 'const x = await Promise.resolve(8);\nexport const main = () => x;' },
    8,
  ],
  ['a byte order mark', { 'main.ts': '\uFEFFexport const main = (): number => 9;' }, 9],
  [
    'dp by its bare name, from CommonJS too',
    {
      'b.cjs': 'module.exports = typeof require("dp").task;',
      'main.ts': `import { task, NonRetryableError } from "dp";
        import b from "./b.cjs";
        export const main = task({ tags: [] }, () => [b, new NonRetryableError("x").name]);`,
    },
    ['function', 'NonRetryableError'],
  ],
  [
    'files with spaces and signs in their names',
    {
      'a b/é#%.ts': 'export const a = "signs";',
      'main.ts': 'import { a } from "./a b/é#%";\nexport const main = () => a;',
    },
    'signs',
  ],
])('%s', async (_, files, value) => {
  using project = new Project({ 'package.json': COMMONJS, ...files });
  const main = 'main.tsx' in files ? 'main.tsx' : 'main.js' in files ? 'main.js' : 'main.ts';
  expect(await project.call(main, 'main')).toMatchObject({ value });
});

describe('decorators', () => {
  const DECORATED = {
    'main.ts': `function loud(method: () => string, _: ClassMethodDecoratorContext) {
  return () => method() + '!';
}

class Greeter {
  @loud greet(): string { return 'hello'; }
}
export const main = () => new Greeter().greet();
export const fails = (): void => {
  throw new Error('here');
};`,
  };

  test('are compiled where the project has esbuild', async () => {
    using project = new Project(DECORATED);
    project.install('esbuild');
    expect(await project.call('main.ts', 'main')).toMatchObject({ value: 'hello!' });
    const { frame } = await project.call('main.ts', 'fails');
    expect(frame).toBe(`${project.path('main.ts')}:10:9`);
  });

  test('are refused with their place and the remedy where it has not', async () => {
    using project = new Project(DECORATED);
    const discovered = await project.discover(['main.ts']);
    expect(project.told(discovered)).toEqual(['DP3002 main.ts:6:3']);
    expect(discovered.diagnostics[0]?.hint).toBe('npm install --save-dev esbuild');
  });

  test('are not seen in an address or a comment', async () => {
    using project = new Project({
      'main.ts': '/**\n @example x\n */\nexport const main = (): string => "a @b.c";',
    });
    expect(await project.call('main.ts', 'main')).toMatchObject({ value: 'a @b.c' });
  });
});

describe('stack traces', () => {
  const THROWS = `import { inner } from './lib/inner';
interface Erased {
  gone: true;
}
enum Unit { a, b }

export const main = ({ unit = Unit.a }: { unit?: Unit }): void => {
  inner(unit);
};
export const here = (): void => { const e: Error = new TypeError('here'); throw e; };
`;
  const INNER = `type A = {
  b: string;
};
export function inner(_: number): never {
  throw new RangeError('inner');
}`;

  test('name the line and column of the source', async () => {
    using project = new Project({ 'main.ts': THROWS, 'lib/inner.ts': INNER });
    const { frame, message } = await project.call('main.ts', 'main');
    expect([frame, message]).toEqual([`${project.path('lib/inner.ts')}:5:9`, 'inner']);
    expect(await project.call('main.ts', 'here')).toMatchObject({
      frame: `${project.path('main.ts')}:10:52`,
    });
  });

  test('are the same when the compiled code was kept', async () => {
    using project = new Project({ 'main.ts': THROWS, 'lib/inner.ts': INNER });
    const first = await project.call('main.ts', 'main');
    expect(await project.call('main.ts', 'main')).toEqual(first);
    expect(readdirSync(join(project.cacheFolder, 'modules'))).toHaveLength(2);
  });
});

function kept(project: Project): readonly string[] {
  const folder = join(project.cacheFolder, 'modules');
  return readdirSync(folder).map((name) => join(folder, name));
}

describe('compiled code', () => {
  const MAIN = { 'main.ts': 'export const main = (): string => "as written";' };
  test('is kept by content: a changed source is compiled anew', async () => {
    using project = new Project(MAIN);
    await project.call('main.ts', 'main');
    project.write('main.ts', 'export const main = (): string => "otherwise";');
    expect(await project.call('main.ts', 'main')).toMatchObject({ value: 'otherwise' });
    expect(kept(project)).toHaveLength(2);
  });

  test('that was cut short is not run', async () => {
    using project = new Project(MAIN);
    await project.call('main.ts', 'main');
    truncateSync(kept(project)[0]!, 10);
    expect(await project.call('main.ts', 'main')).toMatchObject({ value: 'as written' });
  });

  test('may vanish', async () => {
    using project = new Project(MAIN);
    await project.call('main.ts', 'main');
    rmSync(project.cacheFolder, { recursive: true });
    expect(await project.call('main.ts', 'main')).toMatchObject({ value: 'as written' });
  });

  test('is not needed where nothing can be written', async () => {
    using project = new Project(MAIN);
    writeFileSync(project.cacheFolder, 'a file where the folder should be');
    expect(await project.call('main.ts', 'main')).toMatchObject({ value: 'as written' });
  });

  test('is named after the transformer that is installed', () => {
    const manifest = join(import.meta.dirname, '../../node_modules/oxc-transform/package.json');
    expect(readFileSync(manifest, 'utf8')).toContain(`"version": "${OXC_VERSION}"`);
  });
});

describe('a task that cannot be loaded', () => {
  test('is a fault that names the nearest one', async () => {
    using project = new Project({ 'main.ts': 'export const clean = () => 1;' });
    expect(await project.call('main.ts', 'claen')).toMatchObject({ code: 'DP3004' });
  });

  test('is a fault with the place when its module throws', async () => {
    using project = new Project({ 'main.ts': 'type A = 1;\nthrow new Error("at import");' });
    expect(await project.call('main.ts', 'main')).toMatchObject({
      code: 'DP3002',
      frame: `${project.path('main.ts')}:2:7`,
    });
  });
});

test.each([
  ['function', '() => 1'],
  ['async function', 'async () => 1'],
  ['generator', 'function* () { yield 1; }'],
  ['async generator', 'async function* () { yield 1; }'],
])('a task is known as %s', async (kind, source) => {
  using project = new Project({ 'main.ts': `export const main = ${source};` });
  expect(await project.call('main.ts', 'main')).toMatchObject({ kind });
});
