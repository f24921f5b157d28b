import { expect, test } from 'vitest';
import { rememberingParser } from '../../src/app/scheduling/remembered-parse.ts';

const bytesOf = (name: string): Buffer =>
  Buffer.from(`name: ${name}\ntasks: { a: { run: 'true' } }\n`);

test('a file is parsed again when its bytes have changed, and only then', async () => {
  const parse = rememberingParser();
  const first = await parse(bytesOf('one'), '/project/p.yaml', '/project');
  expect(first.pipeline?.name).toBe('one');
  expect(await parse(bytesOf('one'), '/project/p.yaml', '/project')).toBe(first);
  expect((await parse(bytesOf('two'), '/project/p.yaml', '/project')).pipeline?.name).toBe('two');
  const back = await parse(bytesOf('one'), '/project/p.yaml', '/project');
  expect(back).not.toBe(first);
  expect(back).toEqual(first);
});

test('equal bytes at another path have places of their own', async () => {
  const parse = rememberingParser();
  await parse(bytesOf('one'), '/project/p.yaml', '/project');
  const other = await parse(bytesOf('one'), '/project/q.yaml', '/project');
  expect(other.pipeline?.at.file).toBe('/project/q.yaml');
});

test('the file that was read longest ago is forgotten among very many', async () => {
  const parse = rememberingParser();
  const first = await parse(bytesOf('one'), '/project/p.yaml', '/project');
  for (let n = 0; n < 200; n++) await parse(bytesOf('one'), `/project/${n}.yaml`, '/project');
  expect(await parse(bytesOf('one'), '/project/p.yaml', '/project')).not.toBe(first);
});
