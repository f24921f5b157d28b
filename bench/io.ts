/** Measures the cost of results against the bare work: a file written and renamed, a value serialized, a loop. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { decode, encode } from '../src/io/codec.ts';
import { createFilesystemIo } from '../src/io/filesystem.ts';
import { decodeInline } from '../src/io/stored-value.ts';
import type { Saved } from '../src/io/io-manager.ts';
import type { ResultRef } from '../src/model/result.ts';
import { compare } from './measure.ts';

/** Typical results: a small summary, and rows of a table. */
const SUMMARY = { rows: 3, name: 'flights', list: [1, 2, 3], nested: { airline: 'x'.repeat(40) } };
const ROWS = Array.from({ length: 1_000 }, (_, id) => ({ id, name: `row ${id}`, delay: id * 1.5 }));
const FILES = 1_000;
const ITEMS = 200_000;

const root = mkdtempSync(join(tmpdir(), 'dp-bench-io-'));
process.on('exit', () => rmSync(root, { recursive: true }));
const io = createFilesystemIo({ root });
let turn = 0;

await benchSave();
await benchLoad();
await benchCodec();
await benchStreams();
await benchFlush();

async function benchSave(): Promise<void> {
  await compare(
    'save a small value',
    {
      'write and rename, one folder': () => {
        const folder = newFolder();
        for (let n = 0; n < FILES; n++) writeAndRename(folder, n);
        return FILES;
      },
      'write and rename, a folder each': () => {
        const folder = newFolder();
        for (let n = 0; n < FILES; n++) {
          mkdirSync(join(folder, `t${n}`));
          writeAndRename(join(folder, `t${n}`), n);
        }
        return FILES;
      },
      'save, one task': () => saveMany(() => 'task'),
      'save, a task each': () => saveMany((n) => `task${n}`),
    },
    { unit: 'values' },
  );
}

async function benchLoad(): Promise<void> {
  const saved: Saved[] = [];
  for (let n = 0; n < FILES; n++) {
    saved.push(await io.save({ run: 'load', task: 'task', id: `${n}` }, SUMMARY));
  }
  await compare(
    'load a small value',
    {
      load: async () => {
        for (const { ref } of saved) await io.load(ref);
        return FILES;
      },
      has: async () => {
        for (const { ref } of saved) await io.has(ref);
        return FILES;
      },
      'riding along': () => {
        for (const { ref, inline } of saved) decodeInline(ref, inline!);
        return FILES;
      },
    },
    { unit: 'values' },
  );
}

async function benchCodec(): Promise<void> {
  for (const [name, value, times] of [
    ['a small value', SUMMARY, 20_000],
    ['1,000 rows', ROWS, 20],
  ] as const) {
    const repeat = (work: () => void): number => {
      for (let n = 0; n < times; n++) work();
      return times;
    };
    await compare(
      `write down and read ${name}`,
      {
        'v8.serialize, deserialize': () => repeat(() => void deserialize(serialize(value))),
        'encode, decode': () =>
          repeat(() => {
            const { kind, payload } = encode(value);
            decode(kind, Buffer.from(payload));
          }),
      },
      { unit: 'values' },
    );
  }
}

async function benchStreams(): Promise<void> {
  const address = { run: 'streams', task: 'rows', id: '1' };
  const { ref } = await io.saveStream(address, rows());
  await compare(
    'stream small items',
    {
      'go through the producer': async () => {
        for await (const _ of rows());
        return ITEMS;
      },
      saveStream: async () => {
        await io.saveStream({ ...address, id: '2' }, rows());
        return ITEMS;
      },
      'saveStream, with dates': async () => {
        await io.saveStream({ ...address, id: '3' }, rows(new Date(0)));
        return ITEMS;
      },
      loadStream: async () => {
        for await (const _ of io.loadStream(ref));
        return ITEMS;
      },
    },
    { unit: 'items', runs: 5 },
  );
}

async function benchFlush(): Promise<void> {
  for (const files of [100, 1_000, 10_000]) {
    await compare(
      `save and flush ${files.toLocaleString('en')} values`,
      {
        save: () => saveMany((n) => `task${n}`, files),
        'save and flush': async () => {
          await saveMany((n) => `task${n}`, files);
          await io.flush(`run${turn}`);
          return files;
        },
      },
      { unit: 'values', runs: 3 },
    );
  }
}

async function saveMany(task: (n: number) => string, files = FILES): Promise<number> {
  const run = `run${++turn}`;
  const refs: ResultRef[] = [];
  for (let n = 0; n < files; n++) {
    refs.push((await io.save({ run, task: task(n), id: `${n}` }, SUMMARY)).ref);
  }
  return refs.length;
}

async function* rows(when?: Date): AsyncGenerator<object> {
  for (let id = 0; id < ITEMS; id++) yield { id, name: 'row', delay: 12.5, ...(when && { when }) };
}

function newFolder(): string {
  const folder = join(root, `bare${++turn}`);
  mkdirSync(folder);
  return folder;
}

function writeAndRename(folder: string, n: number): void {
  const staged = join(folder, `.${n}.tmp`);
  writeFileSync(staged, serialize(SUMMARY));
  renameSync(staged, join(folder, `${n}.val`));
}
