import { expect, test } from 'vitest';
import { Project } from '../../../cli/rig.ts';

const FILES = {
  'tsconfig.json': '{}',
  'pipelines/rows.yaml':
    'name: rows\nmodules: [./rows.ts]\ntasks:\n  clean: { with: { minDelay: 2 } }\n',
  'pipelines/rows.ts': `import { task } from 'dp';

/** Drops what came in time. */
export const clean = task(
  { tags: ['etl'], maxRetries: 2 },
  async ({ minDelay = 15, ...rest }: {
    /** Minutes; what is below counts as in time. @minimum 0 */
    minDelay?: number;
  }): Promise<{ at: Date; delay: number }[]> => [{ at: new Date(), delay: minDelay }],
);
`,
};

const SCHEMA = {
  type: 'array',
  items: {
    type: 'object',
    properties: { at: { 'x-dp-type': 'Date' }, delay: { type: 'number' } },
    required: ['at', 'delay'],
  },
};

test('tasks --json and show TASK --json print parameters and output with their schemas', async () => {
  using project = new Project(FILES);
  const listed = await project.ok('tasks', '--json');
  expect(listed.json.tasks).toMatchObject([
    {
      name: 'clean',
      description: 'Drops what came in time.',
      module: project.path('pipelines/rows.ts'),
      line: 4,
      tags: ['etl'],
      settings: { maxRetries: 2 },
      parameters: [
        {
          name: 'minDelay',
          type: 'number',
          optional: true,
          default: 15,
          schema: { type: 'number' },
          description: expect.stringContaining('Minutes'),
        },
      ],
      output: { type: '{ at: Date; delay: number; }[]', schema: SCHEMA },
    },
  ]);
  const shown = await project.ok('show', 'clean', '--json');
  expect(shown.json).toEqual(listed.json);
});

test('show TASK prints it for people', async () => {
  using project = new Project(FILES);
  const { out } = await project.ok('show', 'clean');
  const lines = out.split('\n');
  expect(lines.slice(0, 7)).toEqual([
    'clean  pipelines/rows.ts:4:22',
    '  Drops what came in time.',
    '  tags: etl',
    '  maxRetries: 2',
    '',
    'takes',
    '  minDelay?: number = 15',
  ]);
  expect(out).toContain('gives\n  { at: Date; delay: number; }[]\n');
  expect(out).toContain(JSON.stringify(SCHEMA));
});

test('a word that names a run is the run, any other a task, and one that names neither is reported as both', async () => {
  using project = new Project(FILES);
  const { runId } = (await project.ok('run', 'pipelines/rows.yaml', '--json')).json;
  expect((await project.ok('show', runId, '--json')).json.runId).toBe(runId);
  expect((await project.ok('show', runId.slice(0, 8), '--json')).json.runId).toBe(runId);
  expect((await project.ok('show', 'clean', '--json')).json.tasks).toHaveLength(1);
  const { code, err } = await project.dp('show', 'claen');
  expect(code).toBe(2);
  expect(err).toContain('no run "claen"');
  expect(err).toContain('did you mean "clean"?');
});
