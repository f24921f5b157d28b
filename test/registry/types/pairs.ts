/** A source type, a target type, and whether TypeScript under `strict` assigns one to the other. */
export interface Pair {
  readonly id: string;
  readonly prelude: string;
  readonly source: string;
  readonly target: string;
  readonly assignable: boolean;
}

const ZOO =
  'class Animal { name = "" } class Dog extends Animal { bark = 1 } class Cat extends Animal { purr = 1 }';
const SECRET = 'class A { private x = 1 } class B { private x = 1 }';
const ROW =
  'interface Row<T> { id: T; tags?: string[] } interface Flight { id: number; delay: number }';
const BRAND =
  'type UserId = string & { readonly __brand: "user" }; type OrderId = string & { readonly __brand: "order" };';
const SHAPE =
  'type Circle = { kind: "circle"; r: number }; type Square = { kind: "square"; a: number }; type Shape = Circle | Square;';
const TREE = 'interface Tree<T> { value: T; children: Tree<T>[] }';
const CONDITIONAL =
  'type Unpack<T> = T extends readonly (infer U)[] ? U : T; type Flags<T> = { [K in keyof T]: boolean };';
const ENUMS = 'enum Color { Red, Green } enum Level { Low = "low", High = "high" }';

const table: readonly (readonly [
  prelude: string,
  source: string,
  target: string,
  assignable: boolean,
])[] = [
  ['', 'number', 'number', true],
  ['', 'number', 'string', false],
  ['', 'number', 'number | string', true],
  ['', 'number | string', 'number', false],
  ['', 'any', 'string', true],
  ['', 'string', 'any', true],
  ['', 'string', 'unknown', true],
  ['', 'unknown', 'string', false],
  ['', 'unknown', 'unknown', true],
  ['', 'never', 'string', true],
  ['', 'string', 'never', false],
  ['', 'null', 'string', false],
  ['', 'undefined', 'string | undefined', true],
  ['', 'undefined', 'string', false],
  ['', 'void', 'string', false],
  ['', 'string | undefined', 'string', false],
  ['', 'string | null', 'string | undefined', false],
  ['', '"a"', 'string', true],
  ['', 'string', '"a"', false],
  ['', '"a" | "b"', '"a" | "b" | "c"', true],
  ['', '1 | 2', '1', false],
  ['', 'true', 'boolean', true],
  ['', 'bigint', 'number', false],
  ['', 'object', '{}', true],
  ['', 'string', '{}', true],
  ['', 'null', '{}', false],
  ['', '`id-${number}`', 'string', true],
  ['', 'string', '`id-${number}`', false],
  ['', '"id-7"', '`id-${number}`', true],
  ['', '"id-x"', '`id-${number}`', false],
  ['', '{ a: string; b: number }', '{ a: string }', true],
  ['', '{ a: string }', '{ a: string; b: number }', false],
  ['', '{ a: string }', '{ a: string; b?: number }', true],
  ['', '{ a?: string }', '{ a: string }', false],
  ['', '{ b: number }', '{ a?: string }', false],
  ['', '{ readonly a: string }', '{ a: string }', true],
  ['', '{ a: { b: { c: number } } }', '{ a: { b: { c: string } } }', false],
  ['', 'readonly string[]', 'string[]', false],
  ['', 'string[]', 'readonly string[]', true],
  ['', '[string, number]', '(string | number)[]', true],
  ['', '(string | number)[]', '[string, number]', false],
  ['', '[string, number]', '[string, number?]', true],
  ['', '[string, number?]', '[string, number]', false],
  ['', '[string, ...number[]]', '[string, ...(number | string)[]]', true],
  ['', '[string]', 'readonly [string, string]', false],
  ['', '{ a: number; b: number }', '{ [key: string]: number }', true],
  ['', '{ a: number; b: string }', '{ [key: string]: number }', false],
  ['', 'Record<string, number>', '{ a: number }', false],
  ['', 'Record<"a" | "b", number>', '{ a: number }', true],
  ['', 'Map<string, number>', 'Map<string, number | string>', true],
  ['', 'Map<string, number | string>', 'Map<string, number>', false],
  ['', 'Set<"a">', 'ReadonlySet<string>', true],
  ['', 'Date', 'string', false],
  ['', '(x: number) => void', '(x: number | string) => void', false],
  ['', '(x: number | string) => void', '(x: number) => void', true],
  ['', '() => number', '() => void', true],
  [
    '',
    '{ done: boolean; value: number }',
    '{ done: true; value: number } | { done: false; value: number }',
    true,
  ],
  ['', 'Promise<string>', 'string', true],
  ['', 'Promise<Promise<string>>', 'string', true],
  ['', 'AsyncGenerator<string, void, unknown>', 'AsyncIterable<string>', true],
  ['', 'AsyncGenerator<string, void, unknown>', 'string', false],
  ['', 'AsyncIterable<number>', 'AsyncIterable<string>', false],
  [ZOO, 'Dog', 'Animal', true],
  [ZOO, 'Animal', 'Dog', false],
  [ZOO, 'Dog | Cat', 'Animal', true],
  [ZOO, 'Dog[]', 'Animal[]', true],
  [ZOO, 'Dog', 'Dog | Cat', true],
  [ZOO, 'Animal', 'Dog | Cat', false],
  [ZOO, 'AsyncIterable<Dog>', 'AsyncIterable<Animal>', true],
  [SECRET, 'A', 'B', false],
  [ROW, 'Row<string>[]', 'Flight[]', false],
  [ROW, 'Flight[]', 'Row<number>[]', true],
  [ROW, 'Row<string>', 'Row<string | number>', true],
  [ROW, 'Partial<Flight>', 'Flight', false],
  [ROW, 'Required<Row<number>>', 'Row<number>', true],
  [ROW, 'Pick<Flight, "id">', 'Row<number>', true],
  [ROW, 'Omit<Flight, "id">', 'Flight', false],
  [ROW, 'Readonly<Flight>', 'Flight', true],
  [ROW, 'keyof Flight', '"id" | "delay"', true],
  [BRAND, 'UserId', 'string', true],
  [BRAND, 'string', 'UserId', false],
  [BRAND, 'UserId', 'OrderId', false],
  [SHAPE, 'Circle', 'Shape', true],
  [SHAPE, 'Shape', 'Circle', false],
  [SHAPE, '{ kind: "circle"; a: number }', 'Shape', false],
  [SHAPE, 'Shape["kind"]', '"circle" | "square"', true],
  [TREE, 'Tree<number>', 'Tree<number | null>', true],
  [TREE, 'Tree<number | null>', 'Tree<number>', false],
  [CONDITIONAL, 'Unpack<string[]>', 'string', true],
  [CONDITIONAL, 'Unpack<string[]>', 'string[]', false],
  [CONDITIONAL, 'Flags<{ a: number }>', '{ a: boolean }', true],
  [CONDITIONAL, 'Flags<{ a: number }>', '{ a: number }', false],
  [ENUMS, 'Color.Red', 'Color', true],
  [ENUMS, 'Color', 'number', true],
  [ENUMS, 'Level', 'string', true],
  [ENUMS, '"low"', 'Level', false],
];

export const PAIRS: readonly Pair[] = table.map(([prelude, source, target, assignable]) => ({
  id: `${source} -> ${target}`,
  prelude,
  source,
  target,
  assignable,
}));
