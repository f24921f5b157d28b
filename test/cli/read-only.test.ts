import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { COUNTING } from './projects.ts';
import { dpCommand, Project } from './rig.ts';
import { testNeeding } from '../test-needing.ts';

const LOOKING = [
  'plan pipelines/counting.yaml',
  'plan --json',
  'plan --why',
  'why sum',
  'why sum --run last',
  'diff last last',
  'hash pipelines/counting.yaml',
  'hash last:sum pipelines/counting.yaml:sum',
  'validate',
  'graph',
  'tasks',
  'runs',
  'show last',
  'logs last',
  'events last',
  'output last sum',
];

test.for(['without a run', 'with a run before'])(
  'commands that look write nothing into the project, %s',
  async (before) => {
    using project = new Project(COUNTING);
    if (before === 'with a run before') await project.ok('run');
    const listing = project.listing();
    for (const words of LOOKING) {
      const { code } = await project.dp(...words.split(' '));
      // Without a run, those that ask for one say that there is none.
      const fits = code === 0 || (before === 'without a run' && code === 2);
      expect({ words, fits }).toEqual({ words, fits: true });
      expect(project.listing()).toEqual(listing);
    }
  },
);

/** A mount that refuses every write, to root too; not every kernel lets one be made. */
const canMount =
  spawnSync('unshare', ['-rm', 'sh', '-c', 'mount --bind -o ro /tmp /tmp']).status === 0;

testNeeding('the right to mount', canMount)(
  'commands that look work in a project that cannot be written',
  async () => {
    using project = new Project(COUNTING);
    await project.ok('run');
    const { err } = await project.shell(
      {},
      `mount --bind "$PWD" "$PWD" && mount -o remount,bind,ro "$PWD" && cd "$PWD" || exit 9
     touch canary 2>/dev/null && exit 8
     ${LOOKING.map((words) => `"$@" ${words} > /dev/null 2>&1; echo "${words}: $?" >&2`).join('\n')}`
        .replace(/^/, "exec unshare -rm sh -c '")
        .replace(/$/, '\' sh "$@"'),
      ...dpCommand(),
    ).ended;
    expect(err.trim().split('\n')).toEqual(LOOKING.map((words) => `${words}: 0`));
  },
);

test('a run in a project that cannot be written says so, and where else state can go', async () => {
  using project = new Project({ 'p.yaml': "name: p\ntasks:\n  a: { run: 'true' }\n" });
  const { code, err } = await project.dp('run', 'p.yaml', '--state-dir', '/sys/nowhere');
  expect(code).toBe(74);
  expect(err).toContain('--state-dir');
});
