import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/model/json.ts';
import { validatorFor } from '../../../src/model/json-schema.ts';
import { definition, project } from './project.ts';

async function fits(schema: JsonObject, value: unknown) {
  const validate = await validatorFor(schema);
  return validate(value);
}

test('the first misfit is reported with its path', async () => {
  const schema = {
    type: 'object',
    properties: { rows: { type: 'array', items: { type: 'number' } } },
    required: ['rows'],
  };
  expect(await fits(schema, { rows: [1, 2] })).toBeUndefined();
  expect(await fits(schema, { rows: [1, 'x'] })).toEqual({
    path: '/rows/1',
    message: 'must be number',
  });
  expect(await fits({ enum: ['a', 'b'] }, 'c')).toEqual({
    path: '',
    message: 'must be equal to one of the allowed values: ["a","b"]',
  });
});

test.each([
  ['Date', new Date(), '2001-01-01'],
  ['bigint', 1n, 1],
  ['Map', new Map(), {}],
  ['Uint8Array', new Uint8Array(1), [1]],
  ['Buffer', new Uint8Array(1), 'x'],
  ['Error', new RangeError(), {}],
  ['undefined', undefined, null],
  ['AsyncIterable', (async function* () {})(), []],
])('x-dp-type %s', async (type, right, wrong) => {
  expect(await fits({ 'x-dp-type': type }, right)).toBeUndefined();
  expect(await fits({ 'x-dp-type': type }, wrong)).toEqual({
    path: '',
    message: `must be ${type}`,
  });
});

test('a value that fits its type fits the schema of the type, and one that does not is reported', async () => {
  using made = project({
    'tasks.ts': `interface Tree { at: Date; byName: Map<string, Tree>; tags: Set<'a' | 'b'>; size?: bigint }
export function tree(): Tree { throw new Error(); }`,
  });
  using types = made.types();
  const { definitions } = await types.extract([definition(`${made.root}/tasks.ts`, 'tree')]);
  const schema = definitions[0]!.output!.schema!;
  const leaf = { at: new Date(0), byName: new Map(), tags: new Set(['a']) };
  expect(await fits(schema, { ...leaf, byName: new Map([['x', leaf]]), size: 1n })).toBeUndefined();
  expect(
    await fits(schema, { ...leaf, byName: new Map([['x', { ...leaf, tags: new Set(['c']) }]]) }),
  ).toMatchObject({ path: '/byName' });
  expect(await fits(schema, { ...leaf, at: 'today' })).toEqual({
    path: '/at',
    message: 'must be Date',
  });
});

test('NaN is a number, as in TypeScript', async () => {
  expect(await fits({ type: 'number' }, Number.NaN)).toBeUndefined();
});
