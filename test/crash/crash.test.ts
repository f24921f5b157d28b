/** A part of the crash matrix that needs nothing but Node: dp is killed at named points of a run. `make crash` has the rest. */
import { expect, test } from 'vitest';
import { join } from 'node:path';
import { Project } from '../cli/rig.ts';
import { aftermath } from './aftermath.ts';
import { ranIn, TASKS, writeVictim } from './victim.ts';

const PRELOAD = `--require=${join(import.meta.dirname, 'crash-at.cjs')}`;

function newVictim(): Project {
  const project = new Project();
  writeVictim(project.folder);
  return project;
}

test('an undisturbed run does everything once and passes every check', async () => {
  using project = newVictim();
  await project.ok('run', 'p.yaml');
  const ran = ranIn(project.folder);
  expect(new Set(ran)).toEqual(new Set(TASKS));
  expect(ran).toHaveLength(TASKS.length + 3); // four elements of one task
  expect(await aftermath(project, (...words) => project.dp(...words))).toEqual([]);
  expect(ranIn(project.folder)).toEqual(ran);
});

/** Each point is three or four processes, on a machine that has others to serve. */
const PATIENCE_MS = 120_000;

test.concurrent.each([
  ['before the run is on record', 'commit 1 before'],
  ['when the run is on record, and nothing of it', 'commit 1 after'],
  ['before its first tasks are on record', 'commit 2 before'],
  ['when tasks are on record that have not begun', 'commit 3 after'],
  ['before a success is on record', 'commit 5 before'],
  ['before a result has its name', 'rename 1 before'],
  ['when a result has its name, and is not on record', 'rename 1 after'],
  ['before results are flushed', 'flush 1 before'],
])(
  'killed %s, a run continues and does nothing twice',
  async (_when, point) => {
    using project = newVictim();
    const env = { CRASH_AT: point, NODE_OPTIONS: PRELOAD };
    const { code } = await project.dpWith({ env }, 'run', 'p.yaml');
    expect(code).toBe(null);
    expect(await aftermath(project, (...words) => project.dp(...words))).toEqual([]);
  },
  PATIENCE_MS,
);
