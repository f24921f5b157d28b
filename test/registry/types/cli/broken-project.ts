/** A project with a dozen wrong edges and values, each of its own kind, among as many right ones. Steps called `bad…` are wrong. */
export const BROKEN = {
  'tsconfig.json': '{ "compilerOptions": { "strict": true, "target": "esnext", "types": [] } }',
  'model.ts': `export interface Animal { name: string }
export interface Dog extends Animal { bark: 'loud' | 'soft' }
export interface Page<T> { rows: readonly T[]; next?: number }
export type Id = string & { readonly __brand: 'id' };
export type Shape = { kind: 'circle'; radius: number } | { kind: 'square'; side: number };
`,
  'pipelines/sources.ts': `import { task } from 'dp';
import type { Animal, Dog, Id, Page, Shape } from '../model.ts';

export const dog = task(async (): Promise<Dog> => ({ name: 'Rex', bark: 'loud' }));
export const animal = task((): Animal => ({ name: 'Tom' }));
export const ids = task((): Id[] => ['a' as Id]);
export const names = task(() => ['a', 'b']);
export const pages = task(async (): Promise<Page<{ id: number }>> => ({ rows: [{ id: 1 }] }));
export const texts = task(async (): Promise<Page<{ id: string }>> => ({ rows: [{ id: '1' }] }));
export const circle = task((): Shape => ({ kind: 'circle', radius: 1 }));
export const triangle = task(() => ({ kind: 'triangle' as const, side: 1 }));
export const numbers = task(async function* () { yield 1; yield 2; });
export const words = task(async function* () { yield 'a'; });
export const pair = task((): [number, string] => [1, 'a']);
export const maybe = task((): number | undefined => undefined);
export const fixed = task((): readonly number[] => [1, 2]);
`,
  'pipelines/sinks.ts': `import { task } from 'dp';
import type { Animal, Dog, Id, Page, Shape } from '../model.ts';

export const greet = task(({ who }: { who: Animal }) => who.name);
export const hear = task(({ who }: { who: Dog }) => who.bark);
export const look = task(({ list }: { list: readonly Id[] }) => list.length);
export const read = task(({ page }: { page: Page<{ id: number }> }) => page.rows.length);
export const draw = task(({ shape }: { shape: Shape }) => shape.kind);
export const sum = task(async ({ items }: { items: AsyncIterable<number> }) => {
  let total = 0;
  for await (const item of items) total += item;
  return total;
});
export const swap = task(({ of: [first, second] }: { of: [number, string] }) => [second, first] as const);
export const swapped = task(({ of }: { of: readonly [string, number] }) => of[0]);
export const double = task(({ n }: { n: number }) => n * 2);
export const lenient = task(({ n = 1 }: { n?: number }) => n);
export const sort = task(({ list }: { list: number[] }) => list.sort());
export const count = task(({ list }: { list: readonly unknown[] }) => list.length);
export const choose = task(({ mode, limits }: { mode: 'fast' | 'slow'; limits?: { top: number } }) => [mode, limits]);
export const wrap = task(<T extends Animal>({ it }: { it: T }) => ({ it }));
export const unwrap = task(({ wrapped }: { wrapped: { it: Dog } }) => wrapped.it.bark);
export const letter = task(({ letter }: { letter: string }) => letter.length);
`,
  'pipelines/zoo.yaml': `name: zoo
modules: [./sources.ts, ./sinks.ts]
params:
  year: { type: integer, default: 2001 }
  mode: { enum: [fast, slow], default: fast }
tasks:
  dog:
  animal:
  ids:
  names:
  pages:
  texts:
  circle:
  triangle:
  numbers: { stream_output: true }
  words: { stream_output: true }
  pair:
  maybe:
  fixed:
  unsure: { task: pair, when: "\${params.year > 2000}" }
  wrapped_dog: { task: wrap, inputs: { it: dog } }
  wrapped_animal: { task: wrap, inputs: { it: animal } }

  good_subtype: { task: greet, inputs: { who: dog } }
  bad_subtype: { task: hear, inputs: { who: animal } }
  good_brand: { task: look, inputs: { list: ids } }
  bad_brand: { task: look, inputs: { list: names } }
  good_generic: { task: read, inputs: { page: pages } }
  bad_generic: { task: read, inputs: { page: texts } }
  good_union: { task: draw, inputs: { shape: circle } }
  bad_union: { task: draw, inputs: { shape: triangle } }
  good_stream: { task: sum, inputs: { items: numbers } }
  bad_stream: { task: sum, inputs: { items: words } }
  good_tuple: { task: swap, inputs: { of: pair } }
  bad_tuple: { task: swapped, inputs: { of: pair } }
  good_optional: { task: lenient, inputs: { n: maybe } }
  bad_optional: { task: double, inputs: { n: maybe } }
  good_readonly: { task: count, inputs: { list: fixed } }
  bad_readonly: { task: sort, inputs: { list: fixed } }
  good_flow: { task: unwrap, inputs: { wrapped: wrapped_dog } }
  bad_flow: { task: unwrap, inputs: { wrapped: wrapped_animal } }
  good_value: { task: choose, with: { mode: "\${params.mode}", limits: { top: 3 } } }
  bad_value: { task: choose, with: { mode: quick, limits: { top: 3 } } }
  good_param: { task: double, with: { n: "\${params.year}" } }
  bad_param: { task: letter, with: { letter: "\${params.year}" } }
  good_element: { task: letter, map: { over: "\${tasks.names.output}", as: letter } }
  bad_element: { task: double, map: { over: "\${tasks.names.output}", as: n } }
  good_when: { task: swap, inputs: { of: unsure } }
  bad_when: { task: swap, inputs: { of: unsure }, trigger_rule: all_done }
`,
};
