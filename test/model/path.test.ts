import { expect, test } from 'vitest';
import { knownNames, readPath } from '../../src/model/path.ts';

test.each([
  ['params.year', ['params', 'year']],
  ['tasks["my-task"].output', ['tasks', 'my-task', 'output']],
  ["tasks['a'].output.rows[0].name", ['tasks', 'a', 'output', 'rows', 0, 'name']],
  ['  tasks\n  .a\n  [ 7 ] ', ['tasks', 'a', 7]],
  ['constructor["__proto__"]', ['constructor', '__proto__']],
  ['params[""]', ['params', '']],
])('%j is a path', (text, parts) => {
  expect(readPath(text)?.parts).toEqual(parts);
});

// prettier-ignore
test.each([
  '', '7', 'params.', 'params..x', 'params.x + 1', 'params[x]', 'params["a]', '(params).x',
  'params["a\\n"]', 'params.x)', 'params[-1]', 'params.1',
])('%j is more than a path, or none', (text) => {
  expect(readPath(text)).toBeUndefined();
});

test('a path has its position, and its names before the first index', () => {
  const path = readPath('  tasks.a.output[3].b ')!;
  expect(path).toMatchObject({ start: 2, end: 21 });
  expect(knownNames(path)).toEqual(['tasks', 'a', 'output']);
});
