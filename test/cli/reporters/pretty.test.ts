import { expect, test } from 'vitest';
import { COUNTING } from '../projects.ts';
import { Project } from '../rig.ts';

test('piped, nothing is coloured and nothing is redrawn', async () => {
  using project = new Project(COUNTING);
  const { out, err } = await project.ok('run');
  expect(out + err).not.toContain('\u001B');
  expect(err).toContain('succeeded sum');
});

test('a run prints the text of tasks tagged report on standard output, and nothing else there', async () => {
  using project = new Project({
    'p.yaml': 'name: p\nmodules: [./m.mjs]\ntasks:\n  a:\n    tags: [report]\n',
    'm.mjs': "export const a = () => 'all is well';\n",
  });
  expect((await project.ok('run', 'p.yaml')).out).toBe('all is well\n');
});
