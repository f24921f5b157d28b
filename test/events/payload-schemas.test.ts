/** Schemas of the data of events from outside. */
import { expect, test } from 'vitest';
import { PayloadSchemas } from '../../src/events/payload-schemas.ts';
import type { Event } from '../../src/model/event.ts';

const event = (topic: string, data: unknown): Event => ({ v: 1, id: 'e', topic, time: 0, data });

test('every schema whose pattern matches applies, in the order of the patterns', async () => {
  const schemas = await PayloadSchemas.of({
    'data.**': { type: 'object', required: ['rows'] },
    'data.small': { properties: { rows: { maximum: 3 } } },
  });
  expect(schemas.concern('other.topic')).toBe(false);
  const fits = event('data.small', { rows: 2 });
  expect(await schemas.checked(fits)).toBe(fits);
  await expect(schemas.checked(event('data.large', {}))).rejects.toMatchObject({ code: 'DP6123' });
  await expect(schemas.checked(event('data.small', { rows: 4 }))).rejects.toThrow('"data.small"');
  expect(await schemas.checked(event('data.large', { rows: 4 }))).toMatchObject({
    data: { rows: 4 },
  });
});

test('a Standard Schema changes the data, and says where they do not fit', async () => {
  const schemas = await PayloadSchemas.of({
    'data.*': {
      '~standard': {
        validate: (value) =>
          typeof value === 'string'
            ? { value: Number(value) }
            : { issues: [{ message: 'is no text', path: ['rows', { key: 0 }] }] },
      },
    },
  });
  expect((await schemas.checked(event('data.x', '7'))).data).toBe(7);
  await expect(schemas.checked(event('data.x', 7))).rejects.toThrow('/rows/0 is no text');
});

test('a malformed pattern or schema is refused before any event comes', async () => {
  await expect(PayloadSchemas.of({ 'a..b': {} })).rejects.toMatchObject({ code: 'DP6101' });
  await expect(PayloadSchemas.of({ a: { type: 'nonsense' } })).rejects.toMatchObject({
    code: 'DP6124',
  });
});
