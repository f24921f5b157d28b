import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ParamSpec } from '../../../src/model/pipeline.ts';
import {
  check,
  definition,
  placeOfStep,
  project,
  type Checking,
  type Project,
  type Step,
} from './project.ts';

const TASKS = `import { task } from 'dp';
interface Row<T> { id: T }
interface Flight { id: number; delay?: number }
export const download = task(async (): Promise<Row<string>[]> => []);
export const flights = task(async (): Promise<Flight[]> => []);
export const clean = task(async ({ rows }: { rows: Flight[] }) => rows);
export const lenient = task(async ({ rows }: { rows?: Flight[] }) => rows ?? []);
export const accepting = task(async ({ rows }: { rows: Flight[] | undefined }) => rows ?? []);
export const lists = task(async ({ lists }: { lists: Flight[][] }) => lists);
export const gaps = task(async ({ lists }: { lists: Flight[][] | undefined }) => lists);
export const single = task(async ({ flight }: { flight: Flight }) => flight);
export const stream = task({ streamOutput: true }, async function* () { yield { id: 1 }; });
export const consume = task(async ({ items }: { items: AsyncIterable<Flight> }) => { void items; });
export const consumeStrings = task(async ({ items }: { items: AsyncIterable<string> }) => { void items; });
export const many = task(async ({ items }: { items: Flight[] }) => items);
export const wrap = task(async <T extends { id: unknown }>({ item }: { item: T }) => ({ item }));
export const numbered = task(async ({ item }: { item: { item: { id: number } } }) => item);
export const first = task(async () => ({ id: 'one' as const }));
export const second = task(async () => ({ id: 2 }));
export const options = task(async ({ mode, limit = 1, nested }: { mode: 'fast' | 'slow'; limit?: number; nested?: { a: number } }) => [mode, limit, nested]);
export const report = task(async (all: { [task: string]: Flight[] }) => all);
export const answered = task(async () => JSON.parse('1'));
export const asked = task(async (): Promise<unknown> => 1);
export const months = task(async () => ({ months: ['jan', 'feb'], count: 2 }));
export const perMonth = task(async ({ month }: { month: string }) => month.length);
export const perNumber = task(async ({ month }: { month: number }) => month);
export const command = task(async ({ done }: { done: { stdout: string } }) => done);
`;
const NAMES = [...TASKS.matchAll(/export const (\w+)/g)].map(([, name]) => name!);

const lineOf = (name: string): number =>
  TASKS.slice(0, TASKS.indexOf(`const ${name} `)).split('\n').length;

let shared: Project;
beforeAll(() => {
  shared = project({ 'tasks.ts': TASKS });
});
afterAll(() => shared[Symbol.dispose]());

async function told(list: readonly Step[], checking: Checking = {}) {
  const file = `${shared.root}/tasks.ts`;
  const definitions = NAMES.map((name) =>
    definition(file, name, { at: { file, line: lineOf(name), column: 25 } }),
  );
  const diagnostics = await check(shared, definitions, list, checking);
  return diagnostics.map(({ code, message, at, hint, related }) => ({
    code,
    message,
    line: at?.line,
    hint,
    related,
  }));
}

const codes = async (list: readonly Step[], checking?: Checking) =>
  (await told(list, checking)).map(({ code, line }) => [code, line! - placeOfStep(0).line]);

test('an error names both ends with their places, the edge, and the reason of the compiler', async () => {
  const [only, ...others] = await told([
    { name: 'download' },
    { name: 'clean', from: { rows: 'download' } },
  ]);
  expect(others).toEqual([]);
  expect(only!.code).toBe('DP5001');
  expect(only!.line).toBe(placeOfStep(1).line);
  expect(only!.message.split('\n')).toEqual([
    'the output of "download" does not fit parameter "rows" of "clean": tasks.ts:6:46 expects Flight[]; tasks.ts:4:25 gives Row<string>[]',
    "  Type 'Row<string>[]' is not assignable to type 'Flight[]'.",
    "    Type 'Row<string>' is not assignable to type 'Flight'.",
    "      Types of property 'id' are incompatible.",
    "        Type 'string' is not assignable to type 'number'.",
  ]);
  expect(only!.related?.map(({ message, at }) => [message, at.line, at.column])).toEqual([
    ['expects Flight[]', 6, 46],
    ['gives Row<string>[]', 4, 25],
  ]);
});

test('all wrong edges are reported at once, and no right one', async () => {
  expect(
    await codes([
      { name: 'download' },
      { name: 'flights' },
      { name: 'a', task: 'clean', from: { rows: 'download' } },
      { name: 'b', task: 'clean', from: { rows: 'flights' } },
      { name: 'c', task: 'single', from: { flight: 'flights' } },
      { name: 'd', task: 'report', from: { one: 'flights', two: 'download' } },
      { name: 'e', task: 'options', with: { mode: 'quick', limit: 'x' } },
    ]),
  ).toEqual([
    ['DP5001', 2],
    ['DP5001', 4],
    ['DP5001', 5],
    ['DP5002', 6],
    ['DP5002', 6],
  ]);
});

test('a value that is wrong in two places is one value that does not fit', async () => {
  const rows = [{ id: 'one' }, { id: 'two' }];
  const [only, ...others] = await told([{ name: 'clean', with: { rows } }]);
  expect(others).toEqual([]);
  expect(only).toMatchObject({ code: 'DP5002' });
  expect(only!.message.split('\n').slice(1)).toEqual([
    "  Type 'string' is not assignable to type 'number'.",
  ]);
});

test('behind fail_safe the consumer has to accept undefined', async () => {
  const source = { name: 'flights', settings: { failSafe: true } };
  const [refused] = await told([source, { name: 'clean', from: { rows: 'flights' } }]);
  expect(refused).toMatchObject({
    code: 'DP5001',
    hint: expect.stringContaining('let the parameter be "rows?"'),
  });
  expect(await told([source, { name: 'lenient', from: { rows: 'flights' } }])).toEqual([]);
  expect(await told([source, { name: 'accepting', from: { rows: 'flights' } }])).toEqual([]);
});

test('behind a condition only a consumer that would not be skipped with it', async () => {
  const source = { name: 'flights', when: 'params.year > 1990' };
  const consumer = { name: 'clean', from: { rows: 'flights' } };
  expect(await told([source, consumer])).toEqual([]);
  for (const triggerRule of ['none_failed', 'all_done'] as const)
    expect(await codes([source, { ...consumer, settings: { triggerRule } }])).toEqual([
      ['DP5001', 1],
    ]);
});

test.each(['all_done', 'all_failed', 'one_failed', 'always'] as const)(
  'under the trigger rule %s as well',
  async (triggerRule) => {
    const settings = { triggerRule };
    expect(
      await codes([{ name: 'flights' }, { name: 'clean', from: { rows: 'flights' }, settings }]),
    ).toEqual([['DP5001', 1]]);
    expect(
      await codes([{ name: 'flights' }, { name: 'lenient', from: { rows: 'flights' }, settings }]),
    ).toEqual([]);
  },
);

test('under one_success only beside another task, as the one may then be another', async () => {
  const settings = { triggerRule: 'one_success' } as const;
  const alone = { name: 'clean', from: { rows: 'flights' }, settings };
  expect(await codes([{ name: 'flights' }, alone])).toEqual([]);
  const beside = { name: 'report', from: { a: 'flights', b: 'lenient' }, settings };
  expect(await codes([{ name: 'flights' }, { name: 'lenient' }, beside])).toEqual([
    ['DP5001', 2],
    ['DP5001', 2],
  ]);
});

test('what runs because of a failure is skipped by a run in which nothing fails', async () => {
  const rescue = { name: 'flights', from: {}, settings: { triggerRule: 'one_failed' } } as const;
  const settings = { triggerRule: 'none_failed' } as const;
  const consumer = { name: 'clean', from: { rows: 'flights' }, settings };
  expect(await codes([{ name: 'months' }, { ...rescue, from: { x: 'months' } }, consumer])).toEqual(
    expect.arrayContaining([['DP5001', 2]]),
  );
});

test('an expression that is all of an output may be undefined as an edge may', async () => {
  const source = { name: 'flights', settings: { failSafe: true } };
  const values = { rows: '${tasks.flights.output}' };
  expect(await codes([source, { name: 'clean', with: values }])).toEqual([['DP5002', 1]]);
  expect(await codes([source, { name: 'lenient', with: values }])).toEqual([]);
  expect(await codes([source, { name: 'accepting', with: values }])).toEqual([]);
  expect(await codes([{ name: 'flights' }, { name: 'clean', with: values }])).toEqual([]);
});

test('a hook sees undefined for the outputs of a run that failed, not of one that succeeded', async () => {
  const hook = { name: 'clean', with: { rows: '${tasks.flights.output}' } };
  for (const kind of ['on_failure', 'on_finish'] as const)
    expect(await codes([{ name: 'flights' }, { ...hook, hook: kind }])).toEqual([['DP5002', 1]]);
  expect(await codes([{ name: 'flights' }, { ...hook, hook: 'on_success' }])).toEqual([]);
});

test('an expression reads no stream', async () => {
  const output = 'tasks.stream.output';
  for (const reader of [
    { name: 'consume', with: { items: `\${${output}}` } },
    { name: 'many', with: { items: `\${${output}}` } },
    { name: 'single', map: { over: output, as: 'flight' } },
  ]) {
    const [refused] = await told([{ name: 'stream' }, reader]);
    expect(refused).toMatchObject({
      code: 'DP5002',
      hint: expect.stringContaining('read no streams'),
    });
  }
});

test('a condition on what a task gives is true or false', async () => {
  const refused = await told([{ name: 'months' }, { name: 'second', when: 'tasks.months.output' }]);
  expect(refused).toMatchObject([
    { code: 'DP1009', message: expect.stringContaining('`when` of "second" is true or false') },
  ]);
  expect(refused[0]!.message).toContain('months: string[]');
  for (const when of ['tasks.answered.output', 'tasks.months.output.count > 1'])
    expect(
      await codes([{ name: 'answered' }, { name: 'months' }, { name: 'second', when }]),
    ).toEqual([]);
});

test('under none_failed only behind what may be skipped', async () => {
  const settings = { triggerRule: 'none_failed' } as const;
  const consumer = { name: 'last', task: 'clean', from: { rows: 'clean' }, settings };
  const middle = { name: 'clean', from: { rows: 'flights' } };
  expect(await codes([{ name: 'flights' }, middle, consumer])).toEqual([]);
  expect(await codes([{ name: 'flights' }, { ...middle, when: 'false' }, consumer])).toEqual([
    ['DP5001', 2],
  ]);
});

test('an optional parameter is satisfied under exactOptionalPropertyTypes too', async () => {
  using made = project({
    'tasks.ts': TASKS,
    'tsconfig.json':
      '{ "compilerOptions": { "strict": true, "exactOptionalPropertyTypes": true } }',
  });
  const definitions = NAMES.map((name) => definition(`${made.root}/tasks.ts`, name));
  const source = { name: 'flights', settings: { failSafe: true } };
  expect(
    await check(made, definitions, [source, { name: 'lenient', from: { rows: 'flights' } }]),
  ).toEqual([]);
});

test('a mapped task gives a list, and under fail_safe all of it or nothing', async () => {
  const mapped = { name: 'flights', map: { over: '[1, 2]', as: 'ignored' } };
  const forgiving = { ...mapped, settings: { failSafe: true } };
  expect(await codes([mapped, { name: 'lists', from: { lists: 'flights' } }])).toEqual([]);
  expect(await codes([mapped, { name: 'clean', from: { rows: 'flights' } }])).toEqual([
    ['DP5001', 1],
  ]);
  expect(await codes([forgiving, { name: 'lists', from: { lists: 'flights' } }])).toEqual([
    ['DP5001', 1],
  ]);
  expect(await codes([forgiving, { name: 'gaps', from: { lists: 'flights' } }])).toEqual([]);
});

test('a mapped task takes the element of what it is mapped over', async () => {
  const over = 'tasks.months.output.months';
  expect(
    await codes([{ name: 'months' }, { name: 'perMonth', map: { over, as: 'month' } }]),
  ).toEqual([]);
  expect(
    await codes([{ name: 'months' }, { name: 'perNumber', map: { over, as: 'month' } }]),
  ).toEqual([['DP5002', 1]]);
  expect(
    await codes([
      { name: 'months' },
      { name: 'perMonth', map: { over: 'tasks.months.output.count', as: 'month' } },
    ]),
  ).toEqual([['DP5002', 1]]);
});

test('a streaming task gives an AsyncIterable of its items', async () => {
  expect(await codes([{ name: 'stream' }, { name: 'consume', from: { items: 'stream' } }])).toEqual(
    [],
  );
  expect(
    await codes([{ name: 'stream' }, { name: 'consumeStrings', from: { items: 'stream' } }]),
  ).toEqual([['DP5001', 1]]);
  const [refused] = await told([{ name: 'stream' }, { name: 'many', from: { items: 'stream' } }]);
  expect(refused!.hint).toContain('take an AsyncIterable');
});

test('a list that is stored as a stream arrives as one', async () => {
  const source = { name: 'flights', settings: { streamOutput: true } };
  expect(await codes([source, { name: 'consume', from: { items: 'flights' } }])).toEqual([]);
  expect(await codes([source, { name: 'many', from: { items: 'flights' } }])).toEqual([
    ['DP5001', 1],
  ]);
});

const wrapped = (source: string) => [
  { name: source },
  { name: 'wrap', from: { item: source } },
  { name: 'numbered', from: { item: 'wrap' } },
];

test('a generic task is instantiated at each edge, and its result flows on', async () => {
  expect(await codes(wrapped('second'))).toEqual([]);
  expect(await codes(wrapped('first'))).toEqual([['DP5001', 2]]);
  expect(
    await codes([
      { name: 'perMonth', with: { month: 'x' } },
      { name: 'wrap', from: { item: 'perMonth' } },
    ]),
  ).toEqual([['DP5001', 1]]);
});

test('values under with are literals: excess and wrong members are found in them', async () => {
  expect(
    await codes([{ name: 'options', with: { mode: 'fast', limit: 2, nested: { a: 1 } } }]),
  ).toEqual([]);
  expect(
    await codes([{ name: 'options', with: { mode: 'fast', nested: { a: 1, b: 2 } } }]),
  ).toEqual([['DP5002', 0]]);
  expect(
    await codes([{ name: 'options', with: { mode: 'fast', nested: { a: 'ü\u2028' } } }]),
  ).toEqual([['DP5002', 0]]);
});

const year = (schema: ParamSpec['schema']) => ({
  params: new Map([['year', { name: 'year', schema, at: placeOfStep(9) }]]),
});
const step = (limit: string) => [{ name: 'options', with: { mode: 'fast', limit } }];

test('templates have the type of what they name, as far as it is known', async () => {
  expect(await codes(step('${params.year}'), year({ type: 'integer' }))).toEqual([]);
  expect(await codes(step('${params.year}'), year({ type: 'string' }))).toEqual([['DP5002', 0]]);
  expect(await codes(step('${params.year + 1}'), year({ type: 'string' }))).toEqual([]);
  expect(await codes(step('in ${params.year}'), year({ type: 'integer' }))).toEqual([
    ['DP5002', 0],
  ]);
  expect(
    await codes([
      { name: 'months' },
      { name: 'options', with: { mode: 'fast', limit: '${tasks.months.output.count}' } },
    ]),
  ).toEqual([]);
  expect(
    await codes([
      { name: 'months' },
      { name: 'options', with: { mode: 'fast', limit: '${tasks.months.output.months[0]}' } },
    ]),
  ).toEqual([['DP5002', 1]]);
});

test('a shell task gives its exit code and its text', async () => {
  expect(await codes([{ name: 'shell' }, { name: 'command', from: { done: 'shell' } }])).toEqual(
    [],
  );
  expect(await codes([{ name: 'shell' }, { name: 'clean', from: { rows: 'shell' } }])).toEqual([
    ['DP5001', 1],
  ]);
});

test('any and unknown on an edge pass as the compiler lets them, and are reported under strict', async () => {
  const anything = [{ name: 'answered' }, { name: 'clean', from: { rows: 'answered' } }];
  expect(await codes(anything)).toEqual([]);
  expect(await codes(anything, { strict: true })).toEqual([['DP5003', 1]]);
  const generic = [{ name: 'second' }, { name: 'wrap', from: { item: 'second' } }];
  expect(await codes(generic, { strict: true })).toEqual([]);
});

test('a parameter without a type is reported under strict, in JavaScript too, however it is supplied', async () => {
  const code = 'export const rows = () => [1];\nexport const use = ({ rows }) => rows;\n';
  const typed =
    '/** @param {{ rows: number[] }} given */\nexport const sum = ({ rows }) => rows.length;\n';
  using made = project({ 'tasks.js': code + typed });
  const definitions = ['rows', 'use', 'sum'].map((name) =>
    definition(`${made.root}/tasks.js`, name),
  );
  const strictly = async (consumer: Step): Promise<string[]> => {
    const found = await check(made, definitions, [{ name: 'rows' }, consumer], { strict: true });
    return found.map(({ code: id, message }) => `${id} ${message}`);
  };
  for (const [supply, source] of [
    [{ from: { rows: 'rows' } }, '"rows"'],
    [{ with: { rows: [1] } }, 'the value of "rows"'],
    [{ map: { over: 'tasks.rows.output', as: 'rows' } }, 'the list'],
  ] as const)
    expect(await strictly({ name: 'use', ...supply })).toEqual([
      `DP5003 nothing could be checked between ${source} and "use": "use" takes any`,
    ]);
  expect(await strictly({ name: 'sum', from: { rows: 'rows' } })).toEqual([]);
});
