/** Real threads and processes write, and are killed, at the same time. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import { collect } from './contract/shared.ts';
import { temporaryFolder } from './samples.ts';

const at = { run: 'run1', task: 'clean', id: '1' };
const filesystem = JSON.stringify(new URL('../../src/io/filesystem.ts', import.meta.url).href);

test('threads that write the same address leave one of their results, whole', async () => {
  const root = temporaryFolder();
  const source = `
    const { createFilesystemIo } = await import(${filesystem});
    const { parentPort, workerData } = await import('node:worker_threads');
    const io = createFilesystemIo({ root: workerData.root });
    let saved;
    for (let n = 0; n < 200; n++) {
      saved = await io.save(workerData.at, workerData.letter.repeat(50_000 + n));
    }
    parentPort.postMessage(saved.ref);`;
  const io = createFilesystemIo({ root });
  const refs = await Promise.all(
    ['a', 'b', 'c'].map(async (letter) => {
      const url = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
      const worker = new Worker(url, { workerData: { root, at, letter } });
      const [[ref]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
      return ref;
    }),
  );
  const there = await Promise.all(refs.map((ref) => io.has(ref)));
  expect(there.filter(Boolean)).toHaveLength(1);
  expect(await collect(io.list('run1'))).toHaveLength(1);
});

test('a process killed at any moment leaves whole results or none', async () => {
  const root = temporaryFolder();
  const source = `
    const { createFilesystemIo } = await import(${filesystem});
    const io = createFilesystemIo({ root: ${JSON.stringify(root)} });
    for (let n = 0; ; n++) {
      const id = process.argv[1] + '.' + n;
      const { ref } = await io.save({ run: 'run1', task: 'value', id }, 'x'.repeat(1 + n * 7919 % 300_000));
      const { ref: stream } = await io.saveStream({ run: 'run1', task: 'stream', id }, ['y'.repeat(1_100_000), n]);
      process.stdout.write(JSON.stringify([ref, stream]) + '\\n');
    }`;
  const io = createFilesystemIo({ root });
  for (let life = 0; life < 8; life++) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', source, `${life}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = await killedAfter(child, 1 + life * 2);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      for (const ref of JSON.parse(line)) expect(await io.has(ref)).toBe(true);
    }
  }
  // Listed means whole, also of what the dead could not report.
  for (const task of ['value', 'stream'] as const) {
    for await (const { id, bytes, digest } of io.list('run1', task)) {
      const address = { run: 'run1', task, id, bytes, digest };
      const ref =
        task === 'value'
          ? { is: 'text' as const, ...address }
          : { is: 'stream' as const, items: 2, ...address };
      expect(await io.has(ref)).toBe(true);
    }
  }
  await io.clear('run1');
  expect(await collect(io.list('run1'))).toEqual([]);
});

/** What the child reported before it was killed, which happens once it has reported `count` times. */
async function killedAfter(child: ChildProcess, count: number): Promise<string[]> {
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    if (text.split('\n').length > count) child.kill('SIGKILL');
  });
  await once(child, 'close');
  return text.split('\n').slice(0, -1);
}
