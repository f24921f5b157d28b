import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Project } from '../../../cli/rig.ts';

const TSC = join(import.meta.dirname, '../../../../node_modules/@typescript/native/bin/tsc');

/** What the compiler says of a project, a line each. */
function tsc(project: Project): string[] {
  const { stdout } = spawnSync(process.execPath, [TSC, '-p', project.folder], { encoding: 'utf8' });
  return stdout.split('\n').filter((line) => line.includes('error TS'));
}

describe('types', () => {
  test('a new project type-checks as it is made', async () => {
    using project = new Project();
    await project.ok('init', '.');
    expect(tsc(project)).toEqual([]);
  });

  test('with the file alone, an empty project knows the module dp', async () => {
    using project = new Project({
      'tsconfig.json':
        '{ "compilerOptions": { "strict": true, "module": "nodenext", "noEmit": true, "types": [] } }',
      'a.ts': `import { task } from 'dp';
export const a = task({ tags: ['x'] }, async ({ n }: { n: number }) => n);
export const wrong: string = a.fn;
`,
    });
    await project.ok('types', '--out', 'types/dp.d.ts');
    const told = tsc(project);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain('a.ts(3,14)');
  });

  test('tasks, parameters and results are what the project has', async () => {
    using project = new Project();
    await project.ok('init', '.');
    await project.ok('types', '--out', 'dp.d.ts');
    project.write({
      'pipelines/use.ts': `export const words: dp.Pipelines['hello']['results']['words'] = ['a'];
export const params: dp.Pipelines['hello']['params'] = { text: 1 };
export const count: dp.Tasks['count']['output'] = 'many';
`,
    });
    const told = tsc(project);
    expect(told.map((line) => /\((\d+),/.exec(line)?.[1])).toEqual(['2', '3']);
  });

  test('a project that does not load leaves the file as it was', async () => {
    using project = new Project({ 'pipelines/a.yaml': 'name: a\n', 'dp.d.ts': 'before' });
    expect((await project.dp('types', '--out', 'dp.d.ts')).code).toBe(3);
    expect(project.read('dp.d.ts')).toBe('before');
  });
});

const SHOP = {
  'tsconfig.json': '{}',
  'pipelines/shop.yaml': `name: shop
modules: [./shop.ts]
pools: { database: 2 }
tasks:
  orders: { with: { since: 2001 }, tags: [nightly] }
  total: { needs: orders }
`,
  'pipelines/shop.ts': `import { task } from 'dp';
interface Tree { label: string; below?: Tree[] }
/** Reads orders. */
export const orders = task({ tags: ['etl'] }, async ({ since, mode = 'all', tree, at }: {
  /** First year. */
  since: number;
  mode?: 'all' | 'open';
  tree?: Tree;
  at?: Date;
}) => [since, mode, tree, at]);
export const total = task(({ orders }: { orders: unknown[] }) => orders.length);
export const anything = (all: { [task: string]: number }) => all;
export const json = task({ params: { type: 'object', properties: { a: { $ref: '#/definitions/A' } }, required: ['a'], definitions: { A: { type: 'integer' } } } }, (given: { a: number }) => given.a);
`,
};

const step = (text: string): string => `name: a\nmodules: ./shop.ts\ntasks:\n${text}\n`;

describe('schema', () => {
  let project: Project;
  let fits: (yaml: string) => boolean;
  let schema: { readonly [key: string]: unknown };
  beforeAll(async () => {
    project = new Project(SHOP);
    schema = (await project.ok('schema')).json;
    const validate = new Ajv2020({ strict: false }).compile(schema);
    fits = (yaml) => validate(parse(yaml));
  });
  afterAll(() => project[Symbol.dispose]());

  test.each([
    ['the project as it is', SHOP['pipelines/shop.yaml']],
    ['a task without more', step('  orders:')],
    ['values of the right types', step('  orders: { with: { since: 1, mode: open } }')],
    [
      'an expression for a value',
      step('  orders: { with: { since: "${params.a}", at: "${params.b}" } }'),
    ],
    [
      'an expression inside a value',
      step(
        '  orders: { with: { tree: { label: a, below: [{ label: "${params.a}" }, "${params.b}"] } } }',
      ),
    ],
    [
      'a recursive value',
      step('  orders: { with: { tree: { label: a, below: [{ label: b, below: [] }] } } }'),
    ],
    ['another name with task:', step('  a: { task: orders, with: { since: 1 } }')],
    ['a command', step('  a: { run: echo }')],
    ['a command named like a task', step('  orders: { run: echo, with: { x: 1 } }')],
    ['an input by its name', step('  b: { task: total, inputs: { orders: a } }')],
    ['whatever an index signature takes', step('  anything: { with: { some: 1, more: 2 } }')],
    ['new tags, tasks and pools', step('  total: { needs: [another], tags: [mine], pool: ours }')],
    ['a schema with definitions', step('  json: { with: { a: 1 } }')],
  ])('lets pass %s', (_, yaml) => {
    expect(fits(yaml)).toBe(true);
  });

  test.each([
    ['an unknown key', step('  orders: { wiht: { since: 1 } }')],
    ['an unknown task', step('  ordres:')],
    ['an unknown task behind task:', step('  a: { task: ordres }')],
    ['an unknown parameter', step('  orders: { with: { sicne: 1 } }')],
    ['an unknown parameter behind task:', step('  a: { task: orders, with: { sicne: 1 } }')],
    ['an unknown input', step('  total: { inputs: { order: a } }')],
    ['a value of another type', step('  orders: { with: { since: many } }')],
    ['a value out of the choices', step('  orders: { with: { mode: closed } }')],
    [
      'a wrong value deep inside',
      step('  orders: { with: { tree: { label: a, below: [{ label: 1 }] } } }'),
    ],
    ['a missing member', step('  orders: { with: { tree: { below: [] } } }')],
    ['a text for a Date', step('  orders: { with: { at: "2001-01-01" } }')],
    ['a value against given definitions', step('  json: { with: { a: x } }')],
    ['a bad setting', step('  orders: { max_retries: many }')],
  ])('refuses %s', (_, yaml) => {
    expect(fits(yaml)).toBe(false);
  });

  test('says what tasks and parameters are, for hovering, and offers names', () => {
    const text = JSON.stringify(schema);
    expect(text).toContain('Reads orders.');
    expect(text).toContain(JSON.stringify('since: number\n\nFirst year.').slice(1, -1));
    expect(text).toContain('"default":"all"');
    for (const name of ['etl', 'nightly', 'database']) expect(text).toContain(`"${name}"`);
  });

  test('of one file has the tasks of its modules only', async () => {
    project.write({
      'other/b.yaml': 'name: b\nmodules: ./b.mjs\ntasks:\n  only_here:\n',
      'other/b.mjs': 'export const only_here = () => 1;\n',
    });
    const { out } = await project.ok('schema', 'other/b.yaml');
    expect(out).toContain('only_here');
    expect(out).not.toContain('orders');
  });

  test('without a project is that of the format', async () => {
    using empty = new Project();
    const { json } = await empty.ok('schema');
    const validate = new Ajv2020({ strict: false }).compile(json);
    expect(validate(parse(step('  whatever: { with: { a: 1 } }')))).toBe(true);
    expect(validate(parse(step('  whatever: { wiht: 1 }')))).toBe(false);
  });

  test('--out writes it, folders included', async () => {
    await project.ok('schema', '--out', 'made/pipeline.schema.json');
    expect(JSON.parse(project.read('made/pipeline.schema.json'))).toEqual(schema);
  });
});
