/** The files of a command are kept as they are, and put back where they are gone or altered. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import { keepOutputs, putBackOutputs } from '../../src/io/task-outputs.ts';
import type { KeptOutputs } from '../../src/model/kept-outputs.ts';

let root: string;
beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'dp-outputs-')));
  fs.mkdirSync(at('dist/deep'), { recursive: true });
  fs.mkdirSync(at('pipelines'));
  fs.writeFileSync(at('dist/tool'), 'a tool', { mode: 0o755 });
  fs.writeFileSync(at('dist/deep/large'), Buffer.alloc(2_500_000, 'x'));
  fs.writeFileSync(at('dist/empty'), '');
  fs.symlinkSync('tool', at('dist/link'));
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const at = (name: string): string => join(root, name);
const io = () => createFilesystemIo({ root: at('.dp') });

const keep = (...patterns: string[]): Promise<KeptOutputs> =>
  keepOutputs(
    io(),
    { run: 'run-1', task: 'build', id: 'a1.1.files' },
    { patterns, folder: at('pipelines'), root, state: at('.dp') },
  );

/** What there is below `dist`: kinds, permissions and contents. */
function state(): Record<string, string> {
  const names = fs.globSync('dist/**', { cwd: root }).toSorted();
  return Object.fromEntries(
    names.map((name) => {
      const found = fs.lstatSync(at(name));
      if (found.isSymbolicLink()) return [name, `link to ${fs.readlinkSync(at(name))}`];
      const mode = (found.mode & 0o777).toString(8);
      return [
        name,
        found.isFile() ? `${mode} ${fs.readFileSync(at(name)).toString('base64')}` : '',
      ];
    }),
  );
}

test.for<[string, () => void]>([
  ['all are gone', () => fs.rmSync(at('dist'), { recursive: true })],
  ['one is gone', () => fs.rmSync(at('dist/tool'))],
  ['one is altered, of the same size', () => fs.writeFileSync(at('dist/tool'), 'A TOOL')],
  ['one is cut off', () => fs.truncateSync(at('dist/deep/large'), 10)],
  ['one may not be executed', () => fs.chmodSync(at('dist/tool'), 0o644)],
  [
    'a link leads elsewhere',
    () => {
      fs.rmSync(at('dist/link'));
      fs.symlinkSync('empty', at('dist/link'));
    },
  ],
  [
    'a file is a link, to a file outside',
    () => {
      fs.rmSync(at('dist/tool'));
      fs.symlinkSync('/etc/hostname', at('dist/tool'));
    },
  ],
  ['nothing has changed', () => undefined],
])('they are as they were when %s', async ([, harm]) => {
  const outputs = await keep('../dist/**');
  const before = state();
  harm();
  await putBackOutputs(io(), outputs, root);
  expect(state()).toStrictEqual(before);
});

test('what is damaged is not put back', async () => {
  const outputs = await keep('../dist/tool');
  fs.rmSync(at('dist/tool'));
  for (const name of fs.globSync('.dp/runs/**', { cwd: root }))
    if (fs.statSync(at(name)).isFile()) fs.truncateSync(at(name), 3);
  await expect(putBackOutputs(io(), outputs, root)).rejects.toMatchObject({ code: 'DP7002' });
  expect(fs.readdirSync(at('dist')).toSorted()).toStrictEqual(['deep', 'empty', 'link']);
});

test('an altered file stays when what was kept of it is damaged', async () => {
  const outputs = await keep('../dist/tool');
  fs.writeFileSync(at('dist/tool'), 'mine');
  for (const name of fs.globSync('.dp/runs/**', { cwd: root }))
    if (fs.statSync(at(name)).isFile()) fs.truncateSync(at(name), 3);
  await expect(putBackOutputs(io(), outputs, root)).rejects.toMatchObject({ code: 'DP7002' });
  expect(fs.readFileSync(at('dist/tool'), 'utf8')).toBe('mine');
});

test('nothing outside the project is kept or written', async () => {
  await expect(keep('../../*/dist/tool', '/etc/hostname')).rejects.toMatchObject({
    code: 'DP6112',
  });
  const outputs = await keep('../dist/deep/large');
  const outside = fs.mkdtempSync(join(tmpdir(), 'dp-outside-'));
  fs.rmSync(at('dist'), { recursive: true });
  fs.symlinkSync(outside, at('dist'));
  await expect(putBackOutputs(io(), outputs, root)).rejects.toMatchObject({ code: 'DP6112' });
  expect(fs.readdirSync(outside)).toStrictEqual([]);
  fs.rmSync(outside, { recursive: true });
});
