import { expect, test } from 'vitest';
import { Project } from '../../../cli/rig.ts';

const TSCONFIG = '{ "compilerOptions": { "strict": true, "target": "esnext", "types": [] } }';

const project = (tasks: string, code: string): Project =>
  new Project({
    'tsconfig.json': TSCONFIG,
    'p.yaml': `name: p\nmodules: [./p.ts]\nparams:\n  year: { type: integer, default: 2001 }\n  free: { default: 1 }\ntasks:\n${tasks}`,
    'p.ts': `import { task } from 'dp';\n${code}`,
  });

interface Outcome {
  readonly status: string;
  readonly attempts: number;
  readonly error?: { readonly code?: string; readonly message: string };
}

async function outcome(made: Project, name: string, ...words: string[]): Promise<Outcome> {
  const { json } = await made.dp('run', 'p.yaml', '--json', ...words);
  return json.tasks[name] as Outcome;
}

const TEXT = 'export const a = task({ maxRetries: 2 }, ({ x }: { x: string }) => x);';

test.each([
  ['a computed value', '"${params.year + 1}"', 'must be string'],
  ['a parameter without a type', '"${params.free}"', 'must be string'],
])('%s meets the type of the parameter before the task does', async (_, value, why) => {
  using made = project(`  a: { with: { x: ${value} } }\n`, TEXT);
  const { status, attempts, error } = await outcome(made, 'a');
  expect([status, attempts, error?.code]).toEqual(['failed', 1, 'DP5006']);
  expect(error?.message).toContain(`"x" does not fit: ${why}; it is what \`with\` says`);
});

test('a computed value that fits passes', async () => {
  using made = project('  a: { with: { x: "${string(params.year + 1)}" } }\n', TEXT);
  expect((await outcome(made, 'a')).status).toBe('succeeded');
});

test('limits that no type says hold for parameters', async () => {
  using made = project(
    '  a: { with: { year: "${params.year}" } }\n',
    `export const a = task(({ year }: {
  /** @minimum 1987 */
  year: number;
}) => year);`,
  );
  expect((await outcome(made, 'a')).status).toBe('succeeded');
  const { error } = await outcome(made, 'a', '-p', 'year=1900');
  expect(error?.message).toContain('must be >= 1987');
});

test('a result of type any is looked at where a type receives it, item by item in a stream', async () => {
  using made = project(
    '  read:\n  rows: { inputs: { rows: read } }\n  items: { stream_output: true }\n  sum: { inputs: { items: items } }\n',
    `export const read = task(() => JSON.parse('[{ "id": 1 }, { "id": "2" }]'));
export const rows = task(({ rows }: { rows: { id: number }[] }) => rows.length);
export const items = task(async function* () { yield* JSON.parse('[1, "2"]'); });
export const sum = task(async ({ items }: { items: AsyncIterable<number> }) => {
  let total = 0;
  for await (const item of items) total += item;
  return total;
});`,
  );
  expect((await outcome(made, 'rows')).error?.message).toBe(
    '"rows" does not fit: /1/id must be number; it is the result of "read", which is of type any',
  );
  expect((await outcome(made, 'sum')).error?.message).toContain('must be number');
});

test('any that holds what the type says passes, undefined in a list and a Map included', async () => {
  using made = project(
    '  read:\n  use: { inputs: { it: read } }\n',
    `export const read = task((): any => ({ list: [1, undefined], map: new Map([['a', new Date()]]), more: undefined, big: 1n }));
interface It { list: (number | undefined)[]; map: Map<string, Date>; more?: string; big: bigint; each?: Iterable<number> }
export const use = task(({ it }: { it: It }) => it.list.length);`,
  );
  expect((await outcome(made, 'use')).status).toBe('succeeded');
});

const OLDER = [
  '  download:\n  clean: { needs: [download] }\n  first: { with: { id: "${tasks.download.output[0].id}" } }\n',
  `export const download = task(() => [{ id: '1' }]);
export const clean = task(({ download }: { download: { id: string }[] }) => download.length);
export const first = task(({ id }: { id: string }) => id);
`,
] as const;

test('a result of an older version of the code that no longer fits is refused with the reason', async () => {
  using made = project(...OLDER);
  const first = await made.ok('run', 'p.yaml', '--json');
  expect((await outcome(made, 'clean', 'clean', '--only')).status).toBe('succeeded');
  made.write({
    'p.ts': made.read('p.ts').replace("'1'", '1').replaceAll('id: string', 'id: number'),
  });
  const { json } = await made.dp('run', 'p.yaml', 'clean', 'first', '--only', '--json');
  expect(json.tasks.clean.error.message).toBe(
    `"download" does not fit: /0/id must be number; it is the result of "download", of run ${first.json.runId}`,
  );
  expect(json.tasks.first.error.code).toBe('DP5006');
  expect((await outcome(made, 'clean')).status).toBe('succeeded');
});

test('a result in the cache is made anew when the code behind it has changed', async () => {
  using made = project(...OLDER);
  made.write({
    'p.yaml': made.read('p.yaml').replace('tasks:', 'defaults: { cache: true }\ntasks:'),
  });
  await made.ok('run', 'p.yaml');
  expect((await outcome(made, 'download')).status).toBe('cached');
  made.write({
    'p.ts': made.read('p.ts').replace("'1'", '1').replaceAll('id: string', 'id: number'),
  });
  expect((await outcome(made, 'download')).status).toBe('succeeded');
});

test('resume refuses when the code has changed', async () => {
  using made = project(
    '  a:\n  b: { needs: [a] }\n',
    'export const a = task(() => 1);\nexport const b = task(({ a }: { a: number }) => { throw new Error(String(a)); });',
  );
  await made.dp('run', 'p.yaml');
  made.write({
    'p.ts': made.read('p.ts').replace('=> 1', "=> '1'").replace('a: number', 'a: string'),
  });
  const { code, json } = await made.dp('resume', 'last', '--json');
  expect(code).toBe(3);
  expect(json.diagnostics[0].code).toBe('DP6007');
});

/** Reads texts as numbers, as zod's `z.coerce.number()` does. */
const STANDARD = `interface Year { '~standard': { version: 1; vendor: string; validate(value: unknown): { value: { year: number } } | { issues: { message: string; path: string[] }[] }; types?: { input: { year: string }; output: { year: number } } } }
const schema: Year = { '~standard': { version: 1, vendor: 'test', validate(value) {
  const year = Number((value as { year: string }).year);
  return Number.isNaN(year) ? { issues: [{ message: 'is no year', path: ['year'] }] } : { value: { year } };
} } };
`;

test('a Standard Schema is what the edges fit, and what the task receives is what it makes of them', async () => {
  using made = project(
    '  text:\n  a: { inputs: { year: text } }\n  b: { task: a, with: { year: soon } }\n',
    `${STANDARD}
export const text = task(() => '2001');
export const a = task({ params: schema, maxRetries: 2 }, ({ year }) => year + 1);`,
  );
  const { json } = await made.dp('run', 'p.yaml', '--json');
  expect(json.tasks.a.status).toBe('succeeded');
  expect((await made.ok('output', json.runId, 'a', '--json')).json).toBe(2002);
  expect(json.tasks.b).toMatchObject({ status: 'failed', attempts: 1 });
  expect(json.tasks.b.error.message).toContain('/year is no year');
  made.write({ 'p.ts': made.read('p.ts').replace("'2001'", '2001') });
  expect((await made.dp('validate', 'p.yaml')).err).toContain('DP5001');
});

test('a schema for the output is tried again, as what it is given may change', async () => {
  using made = project(
    '  a: { max_retries: 1, retry: { delay: 0 } }\n  items: { stream_output: true }\n',
    `export const a = task({ output: { type: 'object', required: ['x'] } }, () => ({}));
export const items = task({ output: { type: 'number' } }, async function* () { yield 1; yield 'b'; });`,
  );
  expect(await outcome(made, 'a')).toMatchObject({
    attempts: 2,
    error: { code: 'DP5006', message: expect.stringContaining("required property 'x'") },
  });
  expect((await outcome(made, 'items')).error?.message).toContain('must be number');
});
