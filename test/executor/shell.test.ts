import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
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

test('output that is no UTF-8 is marked in the result', async () => {
  using rig = new Rig();
  const ran = await rig.run(`tasks: { say: { run: 'printf "caf\\\\351"' } }`);
  expect(await ran.output('say')).toMatchObject({ stdout: 'caf\uFFFD', replaced: true });
});

test('another exit code is a failure that names the code and the end of stderr', async () => {
  using rig = new Rig();
  const ran = await rig.run(`tasks: { bad: { run: 'echo wrong >&2; exit 3' } }`);
  expect(ran.task('bad').error).toEqual({
    name: 'ShellError',
    message: 'the command ended with exit code 3: wrong',
    exitCode: 3,
  });
});

test('a command of several lines stops at the first line that fails, and its exit code is reported', async () => {
  using rig = new Rig();
  const ran = await rig.run(`
tasks:
  lines:
    run: |
      echo before
      (exit 4)
      echo after`);
  expect(ran.task('lines').error).toMatchObject({ exitCode: 4 });
  expect(ran.log('lines')).toBe('before\n');
});

test('a failing line stops a command in a function and in a subshell of it, too', async () => {
  using rig = new Rig();
  const ran = await rig.run(`
tasks:
  function: { run: 'work() { false; echo after; }; work' }
  subshell: { run: '(false; echo after)' }`);
  expect(ran.statuses).toEqual({ function: 'failed', subshell: 'failed' });
});

test('what a command tests does not stop it, and `set +e` takes the rule back', async () => {
  using rig = new Rig();
  const ran = await rig.run(`
tasks:
  conditions:
    run: |
      if false; then exit 9; fi
      false || code=3
      ! false
      while false; do exit 8; done
      echo "end $code"
  own: { run: 'set +e; false; echo went on' }`);
  expect(await ran.output('conditions')).toMatchObject({ stdout: 'end 3\n' });
  expect(await ran.output('own')).toMatchObject({ stdout: 'went on\n' });
});

test('a failure inside a pipe fails a command of bash, and not one of sh', async () => {
  using rig = new Rig();
  const ran = await rig.run(`
tasks:
  bash: { shell: bash, run: 'false | cat' }
  sh: { run: 'false | cat' }`);
  expect(ran.statuses).toEqual({ bash: 'failed', sh: 'succeeded' });
});

test('a whole argument list is started as it stands, without options of dp', async () => {
  using rig = new Rig();
  const ran = await rig.run(`
tasks:
  listed: { shell: [bash, -uo, pipefail, -c], run: 'false; echo "$-"' }
  strict: { shell: [bash, -euo, pipefail, -c], run: 'false | cat' }`);
  const { stdout } = (await ran.output('listed')) as { stdout: string };
  expect(stdout).toContain('u');
  expect(stdout).not.toContain('e');
  expect(ran.statuses).toEqual({ listed: 'succeeded', strict: 'failed' });
});

test('`defaults` say the shell and the folder of commands and of processes, and a task can say others', async () => {
  using rig = new Rig(`
export const here = () => process.cwd();
export const onThread = () => process.cwd();`);
  mkdirSync(join(rig.folder, 'below'));
  const ran = await rig.run(`
defaults: { shell: bash, cwd: below }
tasks:
  piped: { run: 'false | cat' }
  plain: { shell: sh, cwd: ., run: 'false | cat; pwd' }
  folder: { run: pwd }
  here: { isolation: process }
  onThread: {}`);
  expect(ran.statuses).toMatchObject({ piped: 'failed', plain: 'succeeded' });
  expect(await ran.output('plain')).toMatchObject({ stdout: `${rig.folder}\n` });
  expect(await ran.output('folder')).toMatchObject({ stdout: `${rig.folder}/below\n` });
  expect(await ran.output('here')).toBe(`${rig.folder}/below`);
  expect(await ran.output('onThread')).toBe(process.cwd());
});

test('a signal is reported', async () => {
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

test('neither commands nor threads see an undeclared variable', async () => {
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

test('a timeout ends the whole group, grandchildren that ignore signals included', async () => {
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
