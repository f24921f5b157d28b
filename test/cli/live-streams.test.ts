import { expect, test } from 'vitest';
import { Project } from './rig.ts';
import { until } from '../waiting.ts';

/** The producer waits for a file before it yields its last items; the consumer says how far it has read. */
const GATED = {
  'p.yaml': `name: gated
modules: [./m.ts]
tasks:
  numbers: { stream_output: true }
  total: { needs: [numbers] }
`,
  'm.ts': `import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export async function* numbers(): AsyncGenerator<number> {
  for (let n = 0; n < 100; n++) {
    yield n;
    if (n === 50) while (!existsSync('go')) await sleep(10);
  }
}
export async function total({ numbers }: { numbers: AsyncIterable<number> }): Promise<number> {
  let total = 0;
  for await (const n of numbers) {
    total += n;
    if (n === 50) writeFileSync('read', '');
  }
  return total;
}
`,
};

async function untilRead(project: Project): Promise<void> {
  await until(() => project.listing().some((line) => line.startsWith('read ')));
}

test('killed while one task reads what another writes, a run is resumed and gives what it would have given', async () => {
  using project = new Project(GATED);
  const dp = project.start({}, 'run', 'p.yaml', '-j', '2');
  await untilRead(project);
  dp.signal('SIGKILL');
  await dp.ended;
  expect((await project.dp('show', '--json')).json).toMatchObject({
    status: 'crashed',
    tasks: { numbers: { status: 'running' }, total: { status: 'running' } },
  });
  project.write({ go: '' });
  const { code, json } = await project.dp('resume', 'last', '--json', '-j', '2');
  expect(code).toBe(0);
  expect(json.tasks).toMatchObject({
    numbers: { status: 'succeeded', attempts: 2 },
    total: { status: 'succeeded', attempts: 2 },
  });
  expect((await project.dp('output', 'last', 'total', '--json')).out).toBe('4950\n');
});

test('Ctrl-C ends both sides, and nothing is left running', async () => {
  using project = new Project(GATED);
  const dp = project.start({}, 'run', 'p.yaml', '-j', '2', '--grace', '1');
  await untilRead(project);
  dp.signal('SIGINT');
  expect((await dp.ended).code).toBe(130);
  expect(project.processes()).toEqual([]);
  expect((await project.dp('show', '--json')).json.tasks).toMatchObject({
    numbers: { status: 'cancelled' },
    total: { status: 'cancelled' },
  });
});

test('a resumable task that was killed continues after the stored items', async () => {
  using project = new Project({
    'p.yaml': GATED['p.yaml'].replace(
      'stream_output: true',
      'stream_output: true, resumable: true',
    ),
    'm.ts': `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskContext } from 'dp';
export async function* numbers(_: object, { resumeFrom }: TaskContext): AsyncGenerator<string> {
  appendFileSync('from.txt', resumeFrom + ' ');
  for (let n = resumeFrom; n < 100; n++) {
    yield String(n).padEnd(100_000, '.');
    if (n !== 50) continue;
    writeFileSync('read', '');
    while (!existsSync('go')) await sleep(10);
  }
}
export async function total({ numbers }: { numbers: AsyncIterable<string> }): Promise<number> {
  let total = 0;
  for await (const text of numbers) total += Number.parseInt(text, 10);
  return total;
}
`,
  });
  const dp = project.start({}, 'run', 'p.yaml');
  await untilRead(project);
  // Parts are stored beside the task: the four full ones have to be there before the kill.
  await until(
    () => project.listing().filter((line) => /\.stream\/\d+\.part /.test(line)).length >= 4,
  );
  dp.signal('SIGKILL');
  await dp.ended;
  project.write({ go: '' });
  expect((await project.dp('resume', 'last')).code).toBe(0);
  expect((await project.dp('output', 'last', 'total', '--json')).out).toBe('4950\n');
  const [first, second] = project.read('from.txt').split(' ').map(Number);
  expect(first).toBe(0);
  // Parts of 1 MiB: four of them are full.
  expect(second).toBe(44);
});
