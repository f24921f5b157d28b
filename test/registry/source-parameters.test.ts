import { expect, test } from 'vitest';
import { parametersOf } from '../../src/registry/modules/source-parameters.ts';

type Fn = (...args: never) => unknown;

/** `a` required, `b=2` with that default, `c=?` with one that is no literal, `...` the rest. */
function shown(fn: Fn, typed = false): string {
  const parameters = parametersOf(fn, typed);
  if (parameters.is !== 'known') return parameters.is;
  const names = parameters.list.map(({ name, optional, default: value }) => {
    if (value !== undefined) return `${name}=${JSON.stringify(value)}`;
    return optional ? `${name}=?` : name;
  });
  return [...names, ...(parameters.rest === undefined ? [] : ['...'])].join(' ');
}

/** As JavaScript writes it, so that no tool between here and there rewrites it. */
// oxlint-disable-next-line typescript/no-implied-eval -- the text of a function is what this is about
const written = (source: string): Fn => new Function(`return (${source})`)() as Fn;

test.each([
  ['({ a, b }) => 0', 'a b'],
  ['async ({ a = 2 }, ctx) => 0', 'a=2'],
  ['function ({ a: renamed, "b-c": c, d: { e } = {} }) {}', 'a b-c d={}'],
  ['async function* named({ a, }) {}', 'a'],
  ['({ a, ...rest }) => 0', 'a ...'],
  ['({ a } = {}) => 0', 'a'],
  ['() => 0', ''],
  ['({}) => 0', ''],
  [
    '({ s = "x", t = \'y\', u = `z`, n = -1.5, m = 1_000, z = null, f = false }) => 0',
    's="x" t="y" u="z" n=-1.5 m=1000 z=null f=false',
  ],
  [
    '({ l = [1, "b"], o = { q: 1 }, f = (x) => [x, 1], t = `${1}`, u = undefined }) => 0',
    'l=[1,"b"] o=? f=? t=? u=?',
  ],
  ['({ a = ")", b = "\\"}", c = /[)}]/, d = `)` }) => 0', 'a=")" b="\\"}" c=? d=")"'],
  ['( // (\n { a, /* z, */ b // }\n }) => 0', 'a b'],
  ['({ ["we(ird"]({ a }) {} })["we(ird"]', 'a'],
  ['({ async *method({ a }) {} }).method', 'a'],
  ['({ größe, $x, _y }) => 0', 'größe $x _y'],
  ['(all) => 0', 'unknown'],
  ['all => 0', 'unknown'],
  ['async all => 0', 'unknown'],
  ['(...all) => 0', 'unknown'],
  ['([a]) => 0', 'unknown'],
  ['({ ["a" + 1]: b }) => 0', 'unknown'],
  ['function () { return arguments[0].a; }', 'unknown'],
  ['Math.max', 'unknown'],
  ['(({ a }) => 0).bind(null)', 'unknown'],
])('%s', (source, expected) => {
  expect(shown(written(source))).toBe(expected);
});

test('what was TypeScript may be optional without saying so here', () => {
  expect(shown(written('({ a, b = 1 }) => 0'), true)).toBe('a=? b=1');
});

test('a function of a megabyte is read at once', () => {
  const began = performance.now();
  expect(shown(written(`({ a }) => { ${'x = "}{"; /* ( */ '.repeat(60_000)} }`))).toBe('a');
  expect(performance.now() - began).toBeLessThan(1000);
});
