import { expect, test } from 'vitest';
import type { TaskDefinition } from '../../../src/model/task.ts';
import { definition, project, type Project } from './project.ts';

async function extracted(
  made: Project,
  names: readonly string[],
  file = 'tasks.ts',
  more: Partial<TaskDefinition> = {},
) {
  using types = made.types();
  const definitions = names.map((name) => definition(`${made.root}/${file}`, name, more));
  const found = await types.extract(definitions);
  return { ...found, of: (name: string) => found.definitions.find((one) => one.name === name)! };
}

const parametersOf = ({ parameters }: TaskDefinition) =>
  parameters.is === 'known' ? parameters.list : [];

test('a parameter has name, type, schema, default, description and place', async () => {
  using made = project({
    'tasks.ts': `import { task } from 'dp';
interface Flight { id: number; delay?: number }
export const clean = task(
  { tags: ['etl'] },
  async ({ download, minDelay = 5 }: {
    download: Flight[];
    /** Minutes. */
    minDelay?: number;
  }, ctx) => download.filter((flight) => (flight.delay ?? 0) >= minDelay),
);`,
  });
  const { of } = await extracted(made, ['clean']);
  const flight = {
    type: 'object',
    properties: { delay: { type: 'number' }, id: { type: 'number' } },
    required: ['id'],
  };
  expect(parametersOf(of('clean'))).toEqual([
    {
      name: 'download',
      optional: false,
      type: 'Flight[]',
      schema: { type: 'array', items: { $ref: '#/$defs/Flight' }, $defs: { Flight: flight } },
      at: { file: `${made.root}/tasks.ts`, line: 6, column: 5 },
    },
    {
      name: 'minDelay',
      optional: true,
      default: 5,
      type: 'number',
      schema: { type: 'number', description: 'Minutes.' },
      description: 'Minutes.',
      at: { file: `${made.root}/tasks.ts`, line: 8, column: 5 },
    },
  ]);
  expect(of('clean').output).toMatchObject({ type: 'Flight[]', schema: { type: 'array' } });
});

test('outputs are inferred, and promises, generators and async generators unwrapped', async () => {
  using made = project({
    'tasks.ts': `import { task } from 'dp';
export const plain = task(() => 'x' as const);
export const promised = task(async () => ({ n: 1 }));
export const streamed = task(async function* () { yield { n: 1 }; });
export function* counted() { yield 1; }
export const nothing = task(async () => {});`,
  });
  const { of } = await extracted(made, ['plain', 'promised', 'streamed', 'counted', 'nothing']);
  expect(of('plain').output).toEqual({ type: '"x"', schema: { const: 'x' } });
  expect(of('promised').output?.schema).toEqual({
    type: 'object',
    properties: { n: { type: 'number' } },
    required: ['n'],
  });
  expect(of('streamed').output).toMatchObject({ streams: true, type: '{ n: number; }' });
  expect(of('counted').output).toMatchObject({ streams: true, schema: { type: 'number' } });
  expect(of('nothing').output).toEqual({ type: 'void', schema: { 'x-dp-type': 'undefined' } });
});

test.each([
  ['Date', { 'x-dp-type': 'Date' }],
  ['URL', { 'x-dp-type': 'URL' }],
  ['bigint', { 'x-dp-type': 'bigint' }],
  [
    'Map<string, number[]>',
    {
      'x-dp-type': 'Map',
      'x-dp-keys': { type: 'string' },
      'x-dp-values': { type: 'array', items: { type: 'number' } },
    },
  ],
  ['Set<1 | 2>', { 'x-dp-type': 'Set', 'x-dp-items': { enum: [1, 2] } }],
  ['Uint8Array', { 'x-dp-type': 'Uint8Array' }],
  ['RangeError', { 'x-dp-type': 'Error' }],
  ['unknown', {}],
  ['any', {}],
  ['() => void', { 'x-dp-type': 'function' }],
  ['string & { __brand: 1 }', { type: 'string' }],
  [
    '`v${number}-x`',
    { type: 'string', pattern: '^v-?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?-x$' },
  ],
  ['"b" | "a" | null', { anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }] }],
  ['boolean | string', { anyOf: [{ type: 'boolean' }, { type: 'string' }] }],
  [
    '[string, number?]',
    {
      type: 'array',
      prefixItems: [
        { type: 'string' },
        { anyOf: [{ type: 'number' }, { 'x-dp-type': 'undefined' }] },
      ],
      items: false,
      minItems: 1,
    },
  ],
  [
    '[string, ...boolean[]]',
    { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'boolean' }, minItems: 1 },
  ],
  [
    '(string | undefined)[]',
    { type: 'array', items: { anyOf: [{ type: 'string' }, { 'x-dp-type': 'undefined' }] } },
  ],
  // What texts, lists and objects may be alike has no schema.
  ['Iterable<string>', {}],
  ['{}', {}],
  ['{ length: number }', {}],
  ['readonly number[]', { type: 'array', items: { type: 'number' } }],
  ['Record<string, number>', { type: 'object', additionalProperties: { type: 'number' } }],
  ['Partial<{ a: 1 }>', { type: 'object', properties: { a: { const: 1 } } }],
] as [string, object][])('the schema of %s', async (type, schema) => {
  using made = project({ 'tasks.ts': `export function one(): ${type} { throw new Error(); }` });
  const { of } = await extracted(made, ['one']);
  expect(of('one').output?.schema).toEqual(schema);
});

test('recursive and generic types end in references', async () => {
  using made = project({
    'tasks.ts': `interface Tree<T> { value: T; children: Tree<T>[] }
type Json = string | Json[];
export function tree(): Tree<number> { throw new Error(); }
export function json(): Json { throw new Error(); }`,
  });
  const { of } = await extracted(made, ['tree', 'json']);
  expect(of('tree').output?.schema).toEqual({
    $ref: '#/$defs/Tree_number',
    $defs: {
      Tree_number: {
        type: 'object',
        properties: {
          children: { type: 'array', items: { $ref: '#/$defs/Tree_number' } },
          value: { type: 'number' },
        },
        required: ['children', 'value'],
      },
    },
  });
  expect(of('json').output?.schema).toEqual({
    $ref: '#/$defs/Json',
    $defs: {
      Json: { anyOf: [{ items: { $ref: '#/$defs/Json' }, type: 'array' }, { type: 'string' }] },
    },
  });
});

test('a generic type that grows without end is cut off', async () => {
  using made = project({
    'tasks.ts': `interface Nest<T> { value: T; deeper?: Nest<T[]> }
export function nest(): Nest<number> { throw new Error(); }`,
  });
  const { of } = await extracted(made, ['nest']);
  expect(JSON.stringify(of('nest').output?.schema)).toContain('nested deeper than is described');
});

test('a generic task says its types as it declares them, and its schema as its constraints leave it', async () => {
  using made = project({
    'tasks.ts': `export async function wrap<T extends { name: string }>({ item }: { item: T }) { return { item }; }`,
  });
  const { of } = await extracted(made, ['wrap']);
  expect(parametersOf(of('wrap'))).toMatchObject([
    { name: 'item', type: 'T', schema: { type: 'object', required: ['name'] } },
  ]);
  expect(of('wrap').output?.type).toBe('{ item: T; }');
});

test('parameters named by an interface in another file, without taking the object apart', async () => {
  using made = project({
    'types.ts': 'export interface Inputs {\n  rows: number[];\n  limit?: number;\n}',
    'tasks.ts': `import type { Inputs } from './types';
export function sum(inputs: Inputs) { return inputs.rows.length; }`,
  });
  const { of } = await extracted(made, ['sum']);
  expect(parametersOf(of('sum'))).toMatchObject([
    { name: 'rows', optional: false, at: { file: `${made.root}/types.ts`, line: 2, column: 3 } },
    { name: 'limit', optional: true, type: 'number' },
  ]);
});

test('an index signature receives every dependency', async () => {
  using made = project({
    'tasks.ts': `export function report(all: { [task: string]: number }) { return all; }
export function anything(all: Record<string, unknown>) { return all; }`,
  });
  const { of } = await extracted(made, ['report', 'anything']);
  expect(of('report').parameters).toEqual({ is: 'known', list: [], rest: { type: 'number' } });
  expect(of('anything').parameters).toEqual({ is: 'known', list: [], rest: true });
});

test('of a union of parameter objects, what not all have is optional', async () => {
  using made = project({
    'tasks.ts': `export function either(p: { by: 'id'; id: number } | { by: 'name'; name: string }) { return p; }`,
  });
  const { of } = await extracted(made, ['either']);
  expect(parametersOf(of('either')).map(({ name, optional }) => [name, optional])).toEqual([
    ['by', false],
    ['id', true],
    ['name', true],
  ]);
});

test('default exports, exports of another name, tasks not exported, and tasks made in a loop', async () => {
  using made = project({
    'tasks.ts': `import { task } from 'dp';
interface Row { id: number }
export default task({ name: 'main' }, () => 1);
export const exported = task({ name: 'other' }, () => 2 as const);
const hidden = task({ name: 'hidden' }, ({ row }: { row: Row }) => row);
for (const name of ['a', 'b']) {
  task({ name }, async ({ rows }: { rows: Row[] }) => rows);
}
void hidden;`,
  });
  using types = made.types();
  const module = `${made.root}/tasks.ts`;
  const { definitions } = await types.extract([
    definition(module, 'main', { exportName: 'default' }),
    definition(module, 'other', { exportName: 'exported' }),
    definition(module, 'hidden', { at: { file: module, line: 5, column: 16 } }),
    definition(module, 'a', { at: { file: module, line: 7, column: 3 } }),
    definition(module, 'b', { at: { file: module, line: 7, column: 3 } }),
  ]);
  expect(definitions.map(({ output }) => output?.type)).toEqual([
    'number',
    '2',
    'Row',
    'Row[]',
    'Row[]',
  ]);
  expect(parametersOf(definitions[3]!)).toMatchObject([{ name: 'rows', type: 'Row[]' }]);
});

test('plain JavaScript: JSDoc types where there are some, names and defaults where there are none', async () => {
  using made = project({
    'tasks.js': `import { task } from 'dp';
/**
 * Counts.
 * @param {object} p
 * @param {number[]} p.rows what is counted
 * @param {string} [p.unit]
 */
export function count(p) { return p.rows.length; }
export const bare = task({}, ({ rows, limit = 10 }) => rows);
export const whole = task({}, (everything) => everything);`,
  });
  const { of } = await extracted(made, ['count', 'bare', 'whole'], 'tasks.js');
  expect(of('count').description).toBe('Counts.');
  expect(parametersOf(of('count'))).toMatchObject([
    { name: 'rows', type: 'number[]', description: 'what is counted' },
    { name: 'unit', optional: true, type: 'string' },
  ]);
  expect(parametersOf(of('bare'))).toMatchObject([
    { name: 'rows', optional: false },
    { name: 'limit', optional: true, default: 10 },
  ]);
  expect(of('whole').parameters).toEqual({ is: 'unknown' });
});

test('doc comments become descriptions, their constraints keywords', async () => {
  using made = project({
    'tasks.ts': `import { task } from 'dp';
/** Loads rows. */
export const load = task(async ({ url }: {
  /**
   * Where from.
   * @format uri
   * @minLength 8
   */
  url: string;
}) => url);`,
  });
  const { of } = await extracted(made, ['load']);
  expect(of('load').description).toBe('Loads rows.');
  expect(parametersOf(of('load'))[0]).toMatchObject({
    description: 'Where from.',
    schema: { type: 'string', format: 'uri', minLength: 8, description: 'Where from.' },
  });
});

test('a schema that the task was given wins over the one of its type', async () => {
  using made = project({ 'tasks.ts': 'export function load({ n }: { n: number }) { return n; }' });
  const given = {
    is: 'known',
    list: [{ name: 'n', optional: false, schema: { type: 'integer' } }],
  } as const;
  const { of } = await extracted(made, ['load'], 'tasks.ts', { parameters: given });
  expect(parametersOf(of('load'))[0]).toMatchObject({
    type: 'number',
    schema: { type: 'integer' },
  });
});

test('an output with functions, or of a class with methods, is warned of', async () => {
  using made = project({
    'tasks.ts': `class Dog { name = 'rex'; bark() { return 1; } }
export function dogs() { return { pack: [new Dog()] }; }
export function callback() { return { done: () => 1 }; }`,
  });
  const { diagnostics } = await extracted(made, ['dogs', 'callback']);
  expect(diagnostics.map(({ code, severity }) => [code, severity])).toEqual([
    ['DP5004', 'warning'],
    ['DP5004', 'warning'],
  ]);
  expect(diagnostics[0]!.message).toContain('"pack[]" of it is an instance of class Dog');
  expect(diagnostics[1]!.message).toContain('"done" of it is a function');
});

test('imports by tsconfig paths and global declarations are followed', async () => {
  using made = project({
    'tsconfig.json':
      '{ "compilerOptions": { "strict": true, "paths": { "@/*": ["./lib/*"] } }, "include": ["**/*"] } // as people write it',
    'globals.d.ts': 'interface Everywhere { here: true }',
    'lib/rows.ts': 'export interface Row { id: number }',
    'tasks.ts': `import type { Row } from '@/rows';
export function load(): Row & Everywhere { throw new Error(); }`,
  });
  const { of } = await extracted(made, ['load']);
  expect(of('load').output?.schema).toEqual({
    type: 'object',
    properties: { here: { const: true }, id: { type: 'number' } },
    required: ['here', 'id'],
  });
});

test('a first parameter that cannot be an object of named arguments is positional', async () => {
  const kinds = {
    text: 'string',
    flag: 'boolean',
    list: 'number[]',
    pair: '[number, string]',
    either: 'string | number | undefined',
  };
  const code = Object.entries(kinds).map(
    ([name, type]) => `export const ${name} = (x: ${type}, n = 1) => n;`,
  );
  const named =
    'export const named = (x: Record<string, number>) => x;\nexport const mixed = (x: string | { a: 1 }) => x;\n';
  using made = project({ 'tasks.ts': `${code.join('\n')}\n${named}` });
  using types = made.types();
  const names = [...Object.keys(kinds), 'named', 'mixed'];
  const asked = names.map((name) => definition(`${made.root}/tasks.ts`, name));
  const { definitions } = await types.extract(asked);
  const found = Object.fromEntries(definitions.map(({ name, parameters }) => [name, parameters]));
  for (const name of Object.keys(kinds)) expect(found[name]?.is).toBe('positional');
  expect(found['list']).toEqual({ is: 'positional', type: 'number[]' });
  for (const name of ['named', 'mixed']) expect(found[name]?.is).toBe('known');
});
