import { expect, test } from 'vitest';
import { isAlive, Rig } from './rig.ts';
import { testNeeding } from '../test-needing.ts';

test('a command gives its exit code and both its streams, and its log has them', async () => {
  using rig = new Rig();
  const ran = await rig.run(`tasks: { say: { run: 'echo out; echo err >&2' } }`);
  const output = await ran.output('say');
  expect(output).toEqual({ exitCode: 0, stdout: 'out\n', stderr: 'err\n', truncated: false });
  expect(ran.log('say').split('\n').sort()).toEqual(['', 'err', 'out']);
});

test('another exit code is a failure that tells the code and the end of stderr', async () => {
  using rig = new Rig();
  const ran = await rig.run(`tasks: { bad: { run: 'echo wrong >&2; exit 3' } }`);
  expect(ran.task('bad').error).toEqual({
    name: 'ShellError',
    message: 'the command ended with exit code 3: wrong',
    exitCode: 3,
  });
});

test('a signal is told', async () => {
  using rig = new Rig();
  const ran = await rig.run(`tasks: { bad: { run: 'kill -SEGV $$' } }`);
  expect(ran.task('bad').error).toMatchObject({ name: 'ShellError', signal: 'SIGSEGV' });
});

test('a command starts in its folder; one that is not there is named', async () => {
  using rig = new Rig();
  const ran = await rig.run(`
tasks:
  here: { run: pwd }
  lost: { run: pwd, cwd: ./no-such-folder }`);
  expect(await ran.output('here')).toMatchObject({ stdout: `${rig.folder}\n` });
  expect(ran.task('lost').error?.message).toContain('there is no folder');
});

test('neither commands nor threads see a variable that nobody declared', async () => {
  using rig = new Rig(
    `export const see = (_, { env }) => [env.SHOWN, env.HIDDEN, process.env.HIDDEN, Object.keys(process.env).sort()];`,
  );
  process.env['HIDDEN'] = 'should not be seen';
  try {
    const ran = await rig.run(
      `
env: [SHOWN]
tasks: { see: {}, say: { run: 'echo "$SHOWN,$HIDDEN"' } }`,
      { env: { SHOWN: 'yes', HIDDEN: 'no' } },
    );
    expect(await ran.output('see')).toEqual([
      'yes',
      undefined,
      undefined,
      ['HOME', 'PATH', 'SHOWN'],
    ]);
    expect(await ran.output('say')).toMatchObject({ stdout: 'yes,\n' });
  } finally {
    delete process.env['HIDDEN'];
  }
});

test('a timeout ends the whole group, down to the grandchildren that mind no signal', async () => {
  using rig = new Rig();
  const stubborn = `trap "" TERM; echo $$ > grandchild; while :; do sleep 1; done`;
  rig.write('stubborn.sh', stubborn);
  const ran = await rig.run(
    `tasks: { stuck: { timeout: 0.5, run: 'trap "" TERM; sh stubborn.sh & wait; wait' } }`,
    { graceMs: 20 },
  );
  expect(ran.statuses).toEqual({ stuck: 'timed_out' });
  expect(isAlive(Number(rig.read('grandchild')))).toBe(false);
});

test('what a command leaves in the background is ended, and not waited for', async () => {
  using rig = new Rig();
  const ran = await rig.run(`tasks: { leaves: { run: 'sleep 600 & echo $!' } }`);
  const { stdout } = (await ran.output('leaves')) as { stdout: string };
  expect(ran.status).toBe('succeeded');
  expect(isAlive(Number(stdout))).toBe(false);
});

testNeeding('Linux', process.platform === 'linux')(
  'a daemon that left the group and kept the pipes is not waited for',
  async () => {
    using rig = new Rig();
    rig.write(
      'start.sh',
      `setsid sh -c 'echo $$ > daemon; exec sleep 20' & until [ -s daemon ]; do :; done; echo done`,
    );
    const ran = await rig.run(`tasks: { starts: { run: sh start.sh } }`);
    expect(await ran.output('starts')).toMatchObject({ stdout: 'done\n' });
    const daemon = Number(rig.read('daemon'));
    expect(isAlive(daemon)).toBe(true);
    process.kill(daemon, 'SIGKILL');
  },
);

test('values pass into a command byte for byte', async () => {
  const awkward = `a 'b' "c" $HOME \`id\` $(id) \\n {{x}} ; | & > * ? ~ \n\t é 🎈 end`;
  using rig = new Rig(`export const back = ({ say }) => say.stdout;`);
  const ran = await rig.run(
    `
params: { text: { type: string, default: '' } }
tasks:
  say: { run: "printf '%s' \${params.text}" }
  back: { needs: [say] }`,
    { params: { text: awkward } },
  );
  expect(await ran.output('back')).toBe(awkward);
});

test('a command that the system refuses is a failure of its task only', async () => {
  using rig = new Rig(`export const fine = () => 1;`);
  const ran = await rig.run(
    `
params: { text: { type: string, default: '' } }
tasks:
  refused: { run: 'echo \${params.text}' }
  fine: {}`,
    { params: { text: 'zero \0 byte' } },
  );
  expect(ran.statuses).toEqual({ refused: 'failed', fine: 'succeeded' });
});

test('a shell that is not there is said', async () => {
  using rig = new Rig();
  const ran = await rig.run(`tasks: { lost: { run: 'true', shell: /no/such/shell } }`);
  expect(ran.task('lost').error).toMatchObject({ name: 'ShellError', code: 'ENOENT' });
});

test('50 MB of output end in the log; the result keeps what it can and says so', async () => {
  using rig = new Rig();
  const ran = await rig.run(`tasks: { flood: { run: 'head -c 50000000 /dev/zero | tr "\\0" x' } }`);
  const output = (await ran.output('flood')) as { stdout: string; truncated: boolean };
  expect(output.truncated).toBe(true);
  expect(output.stdout.length).toBeGreaterThanOrEqual(16 * 1024 * 1024);
  expect(ran.log('flood')).toHaveLength(50_000_000);
});
