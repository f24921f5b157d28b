import { mkdirSync, symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { TaskDefinition } from '../../src/model/task.ts';
import { namesOf, Project } from './project.ts';

const FLIGHTS = `import { task } from 'dp';
interface Flight { delay: number }

export const download = task(
  { description: 'From the web.', tags: ['etl'], timeout: '1m30s', cache: { ttl: '7d' } },
  async ({ url }: { url: string }): Promise<Flight[]> => [],
);
export const clean = task(
  { name: 'tidy', dependencies: ['download'], maxRetries: 3, retry: { delay: 2 }, failSafe: true },
  async ({ download, minDelay = 0 }: { download: Flight[]; minDelay?: number }) => download,
);
export async function* stream() { yield 1; }
export const notATask = 5;
export class NotATask {}
`;

async function definition(project: Project, name: string): Promise<TaskDefinition | undefined> {
  const { definitions } = await project.discover(['main.ts']);
  return definitions.find((found) => found.name === name);
}

describe('what a module registers', () => {
  test('is named by its export, or by name:', async () => {
    using project = new Project({ 'main.ts': FLIGHTS });
    const discovered = await project.discover(['main.ts']);
    expect(namesOf(discovered)).toEqual(['download', 'stream', 'tidy']);
    expect(discovered.diagnostics).toEqual([]);
  });

  test('has everything that the code says about it', async () => {
    using project = new Project({ 'main.ts': FLIGHTS });
    const module = project.path('main.ts');
    expect(await definition(project, 'tidy')).toEqual({
      name: 'tidy',
      kind: 'async function',
      exportName: 'clean',
      module,
      at: { file: module, line: 8, column: 22 },
      tags: [],
      dependencies: ['download'],
      settings: { maxRetries: 3, retry: { delay: 2 }, failSafe: true },
      parameters: {
        is: 'known',
        list: [
          { name: 'download', optional: true },
          { name: 'minDelay', optional: true, default: 0 },
        ],
      },
      codeHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await definition(project, 'download')).toMatchObject({
      description: 'From the web.',
      tags: ['etl'],
      settings: { timeout: 90, cache: { ttl: 604_800 } },
    });
    expect(await definition(project, 'stream')).toMatchObject({ output: { streams: true } });
  });

  test('may be made in a loop or by a factory of another file', async () => {
    using project = new Project({
      'factory.ts': `import { task } from 'dp';
export const loader = (table: string) =>
  task({ name: 'load_' + table }, async () => table);
export const unused = task(() => 'of another module');`,
      'main.ts': `import { task } from 'dp';
import { loader } from './factory';
for (const table of ['a', 'b']) loader(table);
for (const n of [1, 2]) task({ name: 'n' + n }, () => n);`,
    });
    const discovered = await project.discover(['main.ts']);
    const places = discovered.definitions.map((found) => [found.name, project.placeOf(found)]);
    expect(Object.fromEntries(places)).toEqual({
      load_a: 'factory.ts:3:3',
      load_b: 'factory.ts:3:3',
      n1: 'main.ts:4:25',
      n2: 'main.ts:4:25',
    });
    expect(await project.call('main.ts', 'load_b')).toMatchObject({ value: 'b' });
  });

  test('may be a plain function, placed where it stands', async () => {
    using project = new Project({
      'lib.ts': 'interface Gone {}\nexport const far = async ({ a }: { a: Gone }) => a;',
      'main.ts': 'type A = 1;\n\nexport function near() {}\nexport { far } from "./lib";',
    });
    const { definitions } = await project.discover(['main.ts']);
    expect(definitions.map((found) => [found.name, project.placeOf(found)])).toEqual([
      ['far', 'lib.ts:2:20'],
      ['near', 'main.ts:3:8'],
    ]);
  });

  test.each([
    ['main.ts', 'export default function clean() {}', 'clean'],
    ['by-month.ts', 'export default () => 1;', 'by-month'],
    ['report/index.ts', 'export default () => 1;', 'report'],
    ['main.ts', 'import { task } from "dp"; export default task({ name: "x" }, () => 1);', 'x'],
    ['main.ts', 'const a = () => 1; export { a, a as default };', 'a'],
    ['main.cjs', 'exports.a = () => 1;', 'a'],
    ['main.cjs', 'const all = { a: () => 1 }; module.exports = all;', 'a'],
    ['main.cjs', 'module.exports = function whole() {};', 'whole'],
    ['main.cts', 'export = { a: (): number => 1 };', 'a'],
  ])('%s with %s is called %s', async (file, text, name) => {
    using project = new Project({ [file]: text });
    expect(namesOf(await project.discover([file]))).toEqual([name]);
    expect(await project.call(file, name)).not.toHaveProperty('message');
  });

  test('in a symbolic link stays with the path that was asked for', async () => {
    using project = new Project({ 'real/main.ts': 'export const a = () => 1;' });
    mkdirSync(project.path('linked'));
    symlinkSync(project.path('real/main.ts'), project.path('linked/main.ts'));
    const { definitions } = await project.discover(['linked/main.ts']);
    expect(definitions[0]?.module).toBe(project.path('linked/main.ts'));
  });
});

describe('schemas given by hand', () => {
  test.each([
    [
      'zod',
      `import { z } from 'zod';`,
      `z.object({ n: z.number(), text: z.string().default('x') })`,
    ],
    ['arktype', `import { type } from 'arktype';`, `type({ n: 'number', text: "string = 'x'" })`],
    [
      'valibot',
      `import * as v from 'valibot'; import { toStandardJsonSchema } from '@valibot/to-json-schema';`,
      `toStandardJsonSchema(v.object({ n: v.number(), text: v.optional(v.string(), 'x') }))`,
    ],
    [
      'JSON Schema',
      '',
      `{ type: 'object', properties: { n: { type: 'number' }, text: { type: 'string', default: 'x' } }, required: ['n'] }`,
    ],
  ])('of %s say what the parameters are', async (_, imports, params) => {
    using project = new Project({
      'main.ts': `import { task } from 'dp'; ${imports}
        export const main = task({ params: ${params}, output: { type: 'number' } }, (all: any) => all.n);`,
    });
    for (const name of ['zod', 'arktype', 'valibot', '@valibot', '@ark']) project.install(name);
    const found = await definition(project, 'main');
    expect(found?.parameters).toMatchObject({
      is: 'known',
      list: [
        { name: 'n', optional: false, schema: { type: 'number' } },
        { name: 'text', optional: true, schema: { type: 'string' } },
      ],
    });
    expect(found?.output).toEqual({ schema: { type: 'number' } });
  });

  test('that JSON Schema cannot express leave what the source says', async () => {
    using project = new Project({
      'main.ts': `import { task } from 'dp'; import { z } from 'zod';
        export const main = task({ params: z.object({ when: z.date() }) }, ({ when }) => when);`,
    });
    project.install('zod');
    const { definitions, diagnostics } = await project.discover(['main.ts']);
    expect(diagnostics).toEqual([]);
    expect(definitions[0]?.parameters).toEqual({
      is: 'known',
      list: [{ name: 'when', optional: true }],
    });
  });
});

describe('names', () => {
  test('of two tasks clash, with both places', async () => {
    using project = new Project({
      'a.ts': 'import { task } from "dp";\nexport const clean = task(() => 1);',
      'b.ts':
        'import { task } from "dp";\n\nexport const other = task({ name: "clean" }, () => 2);',
    });
    const discovered = await project.discover(['a.ts', 'b.ts']);
    expect(project.told(discovered)).toEqual(['DP3005 b.ts:3:22']);
    expect(discovered.diagnostics[0]?.related?.map((one) => project.placeOf(one))).toEqual([
      'a.ts:2:22',
    ]);
  });

  test('of a task that another module exports again do not clash', async () => {
    using project = new Project({
      'a.ts': 'export { clean } from "./b";',
      'b.ts': 'import { task } from "dp";\nexport const clean = task(() => 1);',
    });
    const { definitions, diagnostics } = await project.discover(['a.ts', 'b.ts']);
    expect(diagnostics).toEqual([]);
    expect(definitions.map(({ module }) => module)).toEqual([project.path('b.ts')]);
  });

  test('of plain functions clash only when they are needed', async () => {
    using project = new Project({
      'a.ts': 'export const parse = () => 1;',
      'b.ts': 'export const parse = () => 2;',
    });
    const modules = ['a.ts', 'b.ts'];
    expect(project.told(await project.discover(modules))).toEqual(['DP3005 b.ts:1:14']);
    expect(project.told(await project.discover(modules, { needed: new Set(['clean']) }))).toEqual(
      [],
    );
    const needed = await project.discover(modules, { needed: new Set(['parse']) });
    expect(project.told(needed)).toEqual(['DP3005 b.ts:1:14']);
  });
});

test('modules that import each other are each found once', async () => {
  using project = new Project({
    'a.ts': 'import { task } from "dp";\nimport { b } from "./b";\nexport const a = task(() => b);',
    'b.ts': 'import { task } from "dp";\nexport const b = task(() => 1);',
  });
  const { definitions } = await project.discover(['a.ts', 'b.ts']);
  expect(definitions.map(({ name, module }) => [name, module])).toEqual([
    ['a', project.path('a.ts')],
    ['b', project.path('b.ts')],
  ]);
});

test('no modules are no tasks', async () => {
  using project = new Project();
  expect(await project.discover([])).toEqual({
    definitions: [],
    graphs: new Map(),
    code: new Map(),
    reads: new Map(),
    diagnostics: [],
  });
});

test('tasks of a module are found though another that imports it fails', async () => {
  using project = new Project({
    'a.ts': 'import "./b";\nthrow new Error("a");',
    'b.ts': 'import { task } from "dp";\nfor (const n of [1, 2]) task({ name: "b" + n }, () => n);',
  });
  expect(namesOf(await project.discover(['a.ts', 'b.ts']))).toEqual(['b1', 'b2']);
});
