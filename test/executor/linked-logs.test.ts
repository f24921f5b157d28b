/** Logs are written where dp put them, and nowhere else. */
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { logFile } from '../../src/model/log-file.ts';
import { expect, test } from 'vitest';
import { Rig, type Ran, type Started } from './rig.ts';

const CODE = `
  import { spawnSync } from 'node:child_process';
  export const onThread = () => { console.log('from a thread'); };
  export const fromChild = () => { spawnSync('echo', ['from a child of a process'], { stdio: 'inherit' }); };
`;
const TASKS = {
  onThread: 'onThread: {}',
  fromChild: 'fromChild: { isolation: process }',
  command: 'command: { run: echo from a command }',
};

/** Runs the task once `link` has led its log away. */
async function led(rig: Rig, task: keyof typeof TASKS, link: (log: string) => void): Promise<Ran> {
  const planned = await rig.plan(`tasks: { ${TASKS[task]} }`);
  const started: Started = rig.execute(planned);
  // Nothing was started yet: the run begins after this turn of the event loop.
  link(logFile(rig.state, started.runId, task, 1));
  return started.ended;
}

test.each(['onThread', 'fromChild'] as const)(
  'no log is written through a linked folder: %s',
  async (task) => {
    using rig = new Rig(CODE);
    const outside = join(rig.folder, 'outside');
    mkdirSync(outside);
    const ran = await led(rig, task, (log) => {
      mkdirSync(dirname(dirname(log)), { recursive: true });
      symlinkSync(outside, dirname(log));
    });
    expect(ran.status).toBe('failed');
    expect(ran.task(task).error?.message).toContain('is a symbolic link');
    expect(readdirSync(outside)).toEqual([]);
  },
);

test.each(['onThread', 'fromChild'] as const)('nor through a linked file: %s', async (task) => {
  using rig = new Rig(CODE);
  rig.write('precious', 'before');
  const ran = await led(rig, task, (log) => {
    mkdirSync(dirname(log), { recursive: true });
    symlinkSync(join(rig.folder, 'precious'), log);
  });
  expect(ran.status).toBe('failed');
  expect(rig.read('precious')).toBe('before');
});

test('a command whose log is led away ends the run, as a disk that fails does', async () => {
  using rig = new Rig(CODE);
  rig.write('precious', 'before');
  const ran = led(rig, 'command', (log) => {
    mkdirSync(dirname(log), { recursive: true });
    symlinkSync(join(rig.folder, 'precious'), log);
  });
  await expect(ran).rejects.toMatchObject({ code: 'DP8002' });
  expect(rig.read('precious')).toBe('before');
});
