/** Each shape of graph with each feature in its midst, on threads and in processes: what comes out follows from the graph alone. */
import { describe, expect, test } from 'vitest';
import { Rig, type Ran } from './rig.ts';

/** Task → what it needs; `mid` has the feature. Upstreams come first. */
type Shape = Readonly<Record<string, readonly string[]>>;

const SHAPES: Readonly<Record<string, Shape>> = {
  'a task alone': { mid: [] },
  'a chain': { a: [], mid: ['a'], b: ['mid'], c: ['b'] },
  'a diamond': { a: [], mid: ['a'], b: ['a'], c: ['mid', 'b'] },
  'a fan-out': { mid: [], a: ['mid'], b: ['mid'], c: ['mid'], d: ['mid'] },
  'a fan-in': { a: [], b: [], c: [], mid: [], d: ['a', 'b', 'c', 'mid'] },
  'two layers joined all to all': {
    a: [],
    b: [],
    mid: ['a', 'b'],
    c: ['a', 'b'],
    d: ['mid', 'c'],
    e: ['mid', 'c'],
  },
};

interface Feature {
  /** Settings of `mid`. */
  readonly mid: Readonly<Record<string, unknown>>;
  /** Settings of every task. */
  readonly every?: Readonly<Record<string, unknown>>;
  /** What `mid` gives, from what it would give without the feature; undefined: nothing. */
  readonly gives: (text: string) => string | undefined;
  readonly status?: string;
  /** Dependents of a task that was skipped are skipped. */
  readonly isPassedOn?: true;
}

const thrice = (text: string): string => [1, 2, 3].map((x) => `${x}:${text}`).join('+');

const FEATURES = {
  nothing: { mid: { task: 'node' }, gives: (text) => text },
  'a retry': {
    mid: { task: 'flaky', max_retries: 1, retry: { delay: 0 } },
    gives: (text) => text,
  },
  'a forgiven failure': {
    mid: { task: 'broken', fail_safe: true },
    gives: () => undefined,
    status: 'failed',
  },
  'a false condition': {
    mid: { task: 'node', when: '${1 > 2}' },
    gives: () => undefined,
    status: 'skipped',
    isPassedOn: true,
  },
  'a map': {
    mid: { task: 'each', map: { over: '${[1, 2, 3]}', as: 'x', max_parallel: 2 } },
    gives: thrice,
  },
  'a stream': { mid: { task: 'stream', stream_output: true }, gives: thrice },
  'a pool of one': { mid: { task: 'node' }, every: { pool: 'one' }, gives: (text) => text },
} satisfies Readonly<Record<string, Feature>>;

const MODULE = `const textOf = async (value) => {
  if (value === undefined) return '-';
  if (typeof value === 'string') return value;
  const items = [];
  for await (const item of value) items.push(item);
  return items.join('+');
};
const inputs = async ({ x, ...named }) =>
  (await Promise.all(Object.keys(named).sort().map((name) => textOf(named[name])))).join(' ');
export const node = async (named, { task }) => \`\${task}(\${await inputs(named)})\`;
export const flaky = (named, ctx) => {
  if (ctx.attempt === 1) throw new Error('once');
  return node(named, ctx);
};
export const broken = () => { throw new Error('for good'); };
export const each = async (named, ctx) => \`\${named.x}:\${await node(named, ctx)}\`;
export async function* stream(named, ctx) {
  const text = await node(named, ctx);
  for (const x of [1, 2, 3]) yield \`\${x}:\${text}\`;
}
`;

describe.for(['thread', 'process'] as const)('in a %s', (isolation) => {
  test.for(Object.entries(SHAPES))('%s, with each feature', async ([, shape]) => {
    using rig = new Rig(MODULE);
    const copies = Object.entries(FEATURES).map(([name, feature]) => copyOf(shape, name, feature));
    const ran = await rig.run(yamlOf(copies, { isolation }), { jobs: 3 });
    expect(ran.status).toBe('succeeded');
    for (const { shape: copy, feature } of copies)
      expect(await whatCame(ran, copy)).toEqual(whatShould(copy, feature));
  });

  test.for(Object.entries(SHAPES))('%s, with stored results', async ([, shape]) => {
    using rig = new Rig(MODULE);
    const yaml = yamlOf([{ shape, feature: FEATURES.nothing }], { isolation, cache: true });
    const first = await whatCame(await rig.run(yaml), shape);
    const again = await rig.run(yaml);
    expect(await whatCame(again, shape)).toEqual(
      Object.fromEntries(
        Object.entries(first).map(([name, [, output]]) => [name, ['cached', output]]),
      ),
    );
  });
});

interface Copy {
  readonly shape: Shape;
  readonly feature: Feature;
}

/** All copies of a shape run together; the names of their tasks tell the feature. */
function copyOf(shape: Shape, name: string, feature: Feature): Copy {
  const renamed = (task: string): string => `${name.replaceAll(' ', '_')}-${task}`;
  const tasks = Object.entries(shape).map(([task, needs]) => [renamed(task), needs.map(renamed)]);
  return { shape: Object.fromEntries(tasks), feature };
}

const isMid = (name: string): boolean => /\bmid$/.test(name);

function yamlOf(copies: readonly Copy[], defaults: Readonly<Record<string, unknown>>): string {
  const tasks = copies.flatMap(({ shape, feature: { mid, every = {} } }) =>
    Object.entries(shape).map(([name, needs]) => {
      const work = isMid(name) ? mid : { task: 'node' };
      return [name, { ...work, ...every, needs }];
    }),
  );
  const sections = { pools: { one: 1 }, defaults, tasks: Object.fromEntries(tasks) };
  return Object.entries(sections)
    .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
    .join('');
}

type Came = Record<string, readonly [status: string, output: string | undefined]>;

async function whatCame(ran: Ran, shape: Shape): Promise<Came> {
  const came: Came = {};
  for (const name of Object.keys(shape)) {
    const output = await ran.output(name);
    came[name] = [ran.task(name).status, await textOf(output)];
  }
  return came;
}

async function textOf(output: unknown): Promise<string | undefined> {
  if (typeof output === 'string' || output === undefined) return output;
  const items: unknown[] = [];
  for await (const item of output as AsyncIterable<unknown>) items.push(item);
  return items.join('+');
}

/** By definition, without dp. */
function whatShould(shape: Shape, { gives, status = 'succeeded', isPassedOn }: Feature): Came {
  const should: Came = {};
  for (const [name, needs] of Object.entries(shape)) {
    const inputs = needs.toSorted().map((need) => should[need]![1] ?? '-');
    const text = `${name}(${inputs.join(' ')})`;
    const isCut = isPassedOn === true && needs.some((need) => should[need]![0] === 'skipped');
    if (isCut) should[name] = ['skipped', undefined];
    else should[name] = isMid(name) ? [status, gives(text)] : ['succeeded', text];
  }
  return should;
}
