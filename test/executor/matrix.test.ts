/** Every shape of graph with every feature in its midst, on threads and in processes: what comes out follows from the graph alone. */
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
  /** Of `mid`. */
  readonly yaml: string;
  readonly defaults?: string;
  /** What `mid` gives, from what it would give without the feature; undefined: nothing. */
  readonly gives: (text: string) => string | undefined;
  readonly status?: string;
  /** Dependents of a task that was skipped are skipped. */
  readonly isPassedOn?: true;
}

const thrice = (text: string): string => [1, 2, 3].map((x) => `${x}:${text}`).join('+');

const FEATURES: Readonly<Record<string, Feature>> = {
  nothing: { yaml: '{ task: node }', gives: (text) => text },
  'a retry': {
    yaml: '{ task: flaky, max_retries: 1, retry: { delay: 0 } }',
    gives: (text) => text,
  },
  'a forgiven failure': {
    yaml: '{ task: broken, fail_safe: true }',
    gives: () => undefined,
    status: 'failed',
  },
  'a false condition': {
    yaml: '{ task: node, when: "${1 > 2}" }',
    gives: () => undefined,
    status: 'skipped',
    isPassedOn: true,
  },
  'a map': {
    yaml: '{ task: each, map: { over: "${[1, 2, 3]}", as: x, max_parallel: 2 } }',
    gives: thrice,
  },
  'a stream': { yaml: '{ task: stream, stream_output: true }', gives: thrice },
  'a pool of one': { yaml: '{ task: node }', defaults: 'pool: one', gives: (text) => text },
};

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
  describe.for(Object.entries(SHAPES))('%s', ([, shape]) => {
    test.for(Object.entries(FEATURES))('with %s', async ([, feature]) => {
      using rig = new Rig(MODULE);
      const ran = await rig.run(yamlOf(shape, feature, isolation), { jobs: 3 });
      expect(ran.status).toBe('succeeded');
      expect(await whatCame(ran, shape)).toEqual(whatShould(shape, feature));
    });

    test('with stored results', async () => {
      using rig = new Rig(MODULE);
      const feature = { ...FEATURES['nothing']!, defaults: 'cache: true' };
      const yaml = yamlOf(shape, feature, isolation);
      const first = await whatCame(await rig.run(yaml), shape);
      const again = await rig.run(yaml);
      expect(await whatCame(again, shape)).toEqual(
        Object.fromEntries(
          Object.entries(first).map(([name, [, output]]) => [name, ['cached', output]]),
        ),
      );
    });
  });
});

function yamlOf(shape: Shape, { yaml, defaults = '' }: Feature, isolation: string): string {
  const tasks = Object.entries(shape).map(([name, needs]) => {
    const says = name === 'mid' ? yaml : '{ task: node }';
    return `  ${name}: ${says.replace('{', `{ needs: [${needs.join(', ')}],`)}\n`;
  });
  const settings = [`isolation: ${isolation}`, defaults].filter((setting) => setting !== '');
  return `pools: { one: 1 }\ndefaults: { ${settings.join(', ')} }\ntasks:\n${tasks.join('')}`;
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
    else should[name] = name === 'mid' ? [status, gives(text)] : ['succeeded', text];
  }
  return should;
}
