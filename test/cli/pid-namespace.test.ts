/** Two containers of one kernel, host name and volume: a process of one is no process of the other. */
import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';
import { testNeeding } from '../test-needing.ts';
import { until } from '../waiting.ts';
import { dpCommand, Project } from './rig.ts';

const UNSHARE = ['--pid', '--fork', '--kill-child', '--mount-proc'];
const canUnshare = spawnSync('unshare', [...UNSHARE, 'true']).status === 0;

testNeeding('unshare of PID namespaces', canUnshare)(
  'a run in another PID namespace is under way for every command',
  async () => {
    using project = new Project({
      'p.yaml': `name: p
pools: { one: 1 }
tasks:
  hold: { run: 'echo ran >> ran.txt; until [ -e go ]; do sleep 0.05; done', pool: one }
`,
    });
    const inside = project.shell(
      {},
      `exec unshare ${UNSHARE.join(' ')} "$@"`,
      ...dpCommand(),
      'run',
      'p.yaml',
    );
    await until(() => project.listing().some((file) => file.startsWith('ran.txt')));
    const { json } = await project.dp('runs', '--json');
    expect(json.runs).toMatchObject([{ status: 'running' }]);
    const runId: string = json.runs[0].runId;
    const codes: (number | null)[] = [];
    for (const command of ['resume', 'retry', 'export'])
      codes.push((await project.dp(command, runId)).code);
    expect(codes).toEqual([6, 6, 6]);
    expect((await project.dp('recover', '--json')).out).not.toContain(runId);
    expect((await project.dp('pools', '--json')).json.pools).toMatchObject([
      { pool: 'one', held: [{ runId }] },
    ]);
    await project.ok('gc', '--keep-runs', '0');
    expect((await project.dp('doctor')).out).toContain('cannot be seen from here');
    project.write({ go: '' });
    expect((await inside.ended).code).toBe(0);
    expect(project.read('ran.txt')).toBe('ran\n');
  },
);
