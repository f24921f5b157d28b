/** A file that holds tasks and the program that runs them. */
import { execFile } from 'node:child_process';
import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import * as library from 'dp';
import { authoringModule } from '../../src/registry/authoring/authoring-module.ts';
import { Project } from '../registry/project.ts';

test('a task module can import whatever the library exports', () => {
  const [, names = ''] = /\{ (.+) \}/.exec(authoringModule()) ?? [];
  expect(names.split(', ').toSorted()).toEqual(Object.keys(library).toSorted());
});

test('what is for programs is refused in a task module that calls it, with the remedy', async () => {
  using project = new Project({
    'tasks.ts': `import { createBroker } from 'dp';\nexport const broker = createBroker();\n`,
  });
  const { diagnostics } = await project.discover(['tasks.ts']);
  expect(diagnostics).toMatchObject([
    {
      code: 'DP3008',
      message: expect.stringContaining('createBroker is for programs'),
      at: { file: project.path('tasks.ts'), line: 2 },
    },
  ]);
});

test('a file that is both is loaded as either', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'dp-one-file-'));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(import.meta.dirname, 'etl/program.ts')],
    { env: { ...process.env, DP_STATE_DIR: join(folder.path, 'state') } },
  );
  expect(stdout).toBe('succeeded [2,4]\n');
});
