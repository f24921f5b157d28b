import { expect, test } from 'vitest';
import type { TaskDefinition } from '../../src/model/task.ts';
import { Registry } from '../../src/registry/registry.ts';

const define = (name: string, tags: readonly string[] = []): TaskDefinition => ({
  name,
  module: '/m.ts',
  at: { file: '/m.ts', line: 1, column: 1 },
  tags,
  dependencies: [],
  settings: {},
  parameters: { is: 'unknown' },
  codeHash: '',
});

const [download, clean, report] = [
  define('download', ['etl']),
  define('clean', ['etl', 'slow']),
  define('report'),
];
const registry = new Registry([download, clean, report]);

test('tasks are found by name', () => {
  expect(registry.get('clean')).toBe(clean);
  expect(registry.get('nope')).toBeUndefined();
  expect(registry.get('constructor')).toBeUndefined();
  expect([registry.size, [...registry.names()], [...registry.all()]]).toEqual([
    3,
    ['download', 'clean', 'report'],
    [download, clean, report],
  ]);
});

test('tasks are found by tag, in the order they were given', () => {
  expect(registry.tagged('etl')).toEqual([download, clean]);
  expect(registry.tagged('nope')).toEqual([]);
  expect([...registry.tags()]).toEqual(['etl', 'slow']);
});

test('a misspelt name gets the nearest one', () => {
  expect(registry.didYouMean('claen')).toBe('did you mean "clean"?');
  expect(registry.didYouMean('something-else')).toBeUndefined();
});
