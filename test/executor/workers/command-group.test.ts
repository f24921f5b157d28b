/** A command behaves alike whether dp starts it itself or a command host does, and ends with whoever dies. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  startCommand,
  type CommandEnding,
  type CommandGroup,
  type CommandProgram,
} from '../../../src/executor/workers/command-group.ts';
import { CommandHost } from '../../../src/executor/workers/command-host.ts';
import { CommandStarter } from '../../../src/executor/workers/command-starter.ts';
import type { ProcessEntry } from '../../../src/executor/ports/worker.ts';
import { isAlive, PROCESS } from '../rig.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dp commands ')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const HOST_SOURCE = join(import.meta.dirname, '../../../src/executor/workers/command-host.ts');

const { PATH = '' } = process.env;
const shell = (script: string): CommandProgram => {
  return { command: '/bin/sh', args: ['-c', script], cwd: folder, env: { PATH } };
};

interface Heard {
  readonly group: CommandGroup;
  readonly out: { stdout: string; stderr: string };
  readonly ended: Promise<CommandEnding>;
  /** Resolves when the command has printed its first line. */
  readonly firstLine: Promise<string>;
}

type Start = (program: CommandProgram, hear: Parameters<typeof startCommand>[1]) => CommandGroup;

function listen(start: Start, program: CommandProgram): Heard {
  const out = { stdout: '', stderr: '' };
  const { promise: firstLine, resolve } = Promise.withResolvers<string>();
  const group = start(program, (piece, source) => {
    out[source] += piece.toString('latin1');
    if (out.stdout.includes('\n')) resolve(out.stdout.slice(0, out.stdout.indexOf('\n')));
  });
  return { group, out, ended: group.ended, firstLine };
}

function openHost(): CommandHost {
  const host = new CommandHost(PROCESS);
  onTestFinished(() => host.close());
  return host;
}

const STARTED_BY: readonly (readonly [string, () => Start])[] = [
  ['dp itself', () => startCommand],
  [
    'a command host',
    () => {
      const host = openHost();
      return (program, hear) => host.start(program, hear);
    },
  ],
];

describe.each(STARTED_BY)('a command that is started by %s', (_, open) => {
  test('gives both its streams and its exit code', async () => {
    const { out, ended } = listen(open(), shell('echo out; echo err >&2; exit 3'));
    expect(await ended).toEqual({ is: 'exited', exitCode: 3 });
    expect(out).toEqual({ stdout: 'out\n', stderr: 'err\n' });
  });

  test('gives the signal that ended it', async () => {
    expect(await listen(open(), shell('kill -SEGV $$')).ended).toEqual({
      is: 'signalled',
      signal: 'SIGSEGV',
    });
  });

  test('has its own folder, name, variables and an empty stdin, and no others', async () => {
    const program = { ...shell('pwd; echo $0; echo "$WORD"; env | wc -l; wc -c'), argv0: 'named' };
    const { out, ended } = listen(open(), { ...program, env: { PATH, WORD: 'é 🎈' } });
    expect(await ended).toMatchObject({ exitCode: 0 });
    const [cwd, name, word, , bytes] = Buffer.from(out.stdout, 'latin1').toString().split('\n');
    expect([cwd, name, word, bytes?.trim()]).toEqual([folder, 'named', 'é 🎈', '0']);
    expect(out.stdout).not.toContain('HOME');
  });

  test('gives each byte of a long output, in order', async () => {
    const count = 400_000;
    const { out, ended } = listen(open(), shell(`seq ${count}; printf '\\377\\000' >&2`));
    expect(await ended).toMatchObject({ exitCode: 0 });
    expect(out.stderr).toBe('\u00ff\0');
    expect(out.stdout === `${Array.from({ length: count }, (__, n) => n + 1).join('\n')}\n`).toBe(
      true,
    );
  });

  test('tells why it could not be started', async () => {
    writeFileSync(join(folder, 'plain'), 'no program');
    const start = open();
    const codeOf = async (program: Partial<CommandProgram>): Promise<unknown> => {
      const ending = await listen(start, { ...shell('true'), ...program }).ended;
      return ending.is === 'not_started' ? [ending.code, ending.why] : ending;
    };
    expect(await codeOf({ command: '/no/such' })).toEqual(['ENOENT', 'spawn /no/such ENOENT']);
    expect(await codeOf({ cwd: '/no/folder' })).toEqual([
      'ENOENT',
      'there is no folder /no/folder',
    ]);
    const plain = join(folder, 'plain');
    expect(await codeOf({ command: plain })).toEqual(['EACCES', `spawn ${plain} EACCES`]);
    const long = 'x'.repeat(3_000_000);
    expect(await codeOf({ args: ['-c', long] })).toMatchObject(['E2BIG', expect.any(String)]);
    expect(await codeOf({ args: ['-c', 'a\0b'] })).toMatchObject([
      'ERR_INVALID_ARG_VALUE',
      expect.any(String),
    ]);
  });

  test('hears SIGTERM with all its group, and may end by itself', async () => {
    const { group, firstLine, ended } = listen(
      open(),
      shell(`trap 'exit 5' TERM; (trap 'exit 0' TERM; echo $$; while :; do sleep 1; done) & wait`),
    );
    await firstLine;
    group.terminate();
    expect(await ended).toEqual({ is: 'exited', exitCode: 5 });
  });

  test('is killed with all its group, even when that is asked for at once', async () => {
    const start = open();
    const { group, firstLine, ended } = listen(
      start,
      shell(`trap '' TERM; sleep 600 & echo $!; wait; sleep 600`),
    );
    const child = Number(await firstLine);
    group.terminate();
    group.kill();
    expect(await ended).toEqual({ is: 'signalled', signal: 'SIGKILL' });
    await vi.waitFor(() => expect(isAlive(child)).toBe(false));
    const second = listen(start, shell('sleep 600'));
    second.group.kill();
    expect(await second.ended).toEqual({ is: 'signalled', signal: 'SIGKILL' });
  });

  test('ends what it leaves in the background', async () => {
    const { firstLine, ended } = listen(open(), shell('sleep 600 & echo $!'));
    expect(await ended).toEqual({ is: 'exited', exitCode: 0 });
    const child = Number(await firstLine);
    await vi.waitFor(() => expect(isAlive(child)).toBe(false));
  });
});

test('a host that is killed loses its commands, which end, and the next ones are started without it', async () => {
  const starter = new CommandStarter({ processEntry: () => PROCESS, worthAHost: 0 });
  onTestFinished(() => starter.close());
  const start: Start = (program, hear) => starter.start(program, hear);
  const host = await hostOf(start);
  const running = listen(start, shell('echo $$; exec sleep 600'));
  const silent = listen(
    start,
    shell(`trap '' HUP INT TERM PIPE; echo $$; while :; do sleep 1; done`),
  );
  const groups = [Number(await running.firstLine), Number(await silent.firstLine)];
  process.kill(host, 'SIGKILL');
  expect(await Promise.all([running.ended, silent.ended])).toEqual([
    { is: 'lost' },
    { is: 'lost' },
  ]);
  for (const group of groups) await vi.waitFor(() => expect(isAlive(group)).toBe(false));
  expect(await listen(start, shell('exit 4')).ended).toEqual({ is: 'exited', exitCode: 4 });
  expect(await hostOf(start)).not.toBe(host);
});

test.each<readonly [string, () => ProcessEntry]>([
  ['started', () => ({ ...PROCESS, command: '/no/such' })],
  [
    'unpacked',
    () => {
      throw new Error('no space left on device');
    },
  ],
])('a host that cannot be %s leaves the commands to dp', async (_, processEntry) => {
  const starter = new CommandStarter({ processEntry, worthAHost: 0 });
  onTestFinished(() => starter.close());
  for (const exitCode of [0, 1, 2]) {
    const { ended } = listen((...given) => starter.start(...given), shell(`exit ${exitCode}`));
    expect(await ended).toEqual({ is: 'exited', exitCode });
  }
});

test('commands end with their host when dp is killed', async () => {
  const script = `
    import { CommandHost } from ${JSON.stringify(HOST_SOURCE)};
    const host = new CommandHost(${JSON.stringify(PROCESS)});
    const args = ['-c', 'trap "" HUP INT TERM PIPE; echo $PPID $$; while :; do sleep 1; done'];
    host.start({ command: '/bin/sh', args, cwd: '/', env: ${JSON.stringify({ PATH })} }, (piece) => process.stdout.write(piece));`;
  const dp = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(dp.stdout), 'line')) as [string];
  const [host, command] = line.split(' ').map(Number) as [number, number];
  expect([isAlive(host), isAlive(command)]).toEqual([true, true]);
  dp.kill('SIGKILL');
  await vi.waitFor(() => expect([isAlive(host), isAlive(command)]).toEqual([false, false]), 10_000);
});

test('a host that is closed is gone', async () => {
  const host = new CommandHost(PROCESS);
  const parent = Number(
    await listen((...given) => host.start(...given), shell('echo $PPID')).firstLine,
  );
  await host.close();
  expect(isAlive(parent)).toBe(false);
});

/** Starts commands until one is started by a host, and returns the number of its process. */
async function hostOf(start: Start): Promise<number> {
  for (;;) {
    const { out, ended } = listen(start, shell('echo $PPID'));
    await ended;
    if (Number(out.stdout) !== process.pid) return Number(out.stdout);
  }
}
