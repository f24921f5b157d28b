/** What every adapter of StoredRuns does. It proves itself by running this suite beside an IoManager on the same store. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { IoManager } from '../../src/io/io-manager.ts';
import type { StoredFile, StoredRuns } from '../../src/io/stored-runs.ts';
import type { StreamRef, ValueRef } from '../../src/io/stored-value.ts';
import type { ResultAddress, ResultRef } from '../../src/model/result.ts';
import { at, collect, numbered } from './contract/shared.ts';
import { temporaryFolder } from './samples.ts';

/** An empty store, and what else happens in one. */
export interface StoredRunsPlace {
  readonly io: IoManager;
  readonly stored: StoredRuns;
  log(run: string, name: string, text: string): void;
  /** Leaves what a writer leaves that is killed while it saves beside a result of the task. */
  breakOff(at: ResultAddress): void;
}

export function storedRunsContract(adapter: string, newPlace: () => StoredRunsPlace): void {
  describe(`${adapter} as stored runs`, () => {
    let place: StoredRunsPlace;
    let value: ResultRef;
    let stream: ResultRef;
    /** Run `run1` has a value of task `clean`, a stream of `rows`, and a log; `run2` has a value. */
    beforeEach(async () => {
      place = newPlace();
      value = (await place.io.save(at, ['a'])).ref;
      stream = (await place.io.saveStream({ ...at, task: 'rows' }, numbered(100_000))).ref;
      place.log(at.run, 'clean.1.log', 'said');
      await place.io.save({ ...at, run: 'run2' }, 'elsewhere');
    });

    test('runs that have something stored are listed', async () => {
      expect((await collect(place.stored.runs())).toSorted()).toEqual(['run1', 'run2']);
      expect(await collect(newPlace().stored.runs())).toEqual([]);
    });

    test('the extent counts results, and the bytes of all files', async () => {
      const { stored } = place;
      const files = await collect(stored.files('run1'));
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      expect(await stored.extent('run1')).toEqual({ results: 2, bytes });
      const ofStream = await stored.extent('run1', 'rows');
      expect(ofStream.results).toBe(1);
      expect(ofStream.bytes).toBeGreaterThan(1_000_000);
      expect(await stored.extent('nobody')).toEqual({ results: 0, bytes: 0 });
    });

    test('files have their paths of an archive, and as many bytes as they say', async () => {
      const { stored } = place;
      const files = await collect(stored.files('run1'));
      const paths = files.map(({ path }) => path);
      expect(paths).toContain('runs/run1/logs/clean.1.log');
      expect(paths).toContain('runs/run1/results/clean/1.abc.val');
      expect(paths).toContain('runs/run1/results/rows/1.abc.stream/index');
      for (const file of files)
        expect(Buffer.concat(await collect(file.read())).length).toBe(file.bytes);
      expect(await pathsOf(stored.filesOf(only(value)))).toEqual([
        'runs/run1/results/clean/1.abc.val',
      ]);
      expect((await pathsOf(stored.filesOf(only(stream)))).length).toBeGreaterThan(1);
      expect(await pathsOf(stored.filesOf({ ...only(value), id: 'none' }))).toEqual([]);
    });

    test('what was copied out and is put in place elsewhere is whole there', async () => {
      const there = newPlace();
      const folder = await copyOut(place.stored.files('run1'));
      await there.stored.place(folder, (act) => act());
      expect([await there.io.has(value), await there.io.has(stream)]).toEqual([true, true]);
      expect((await pathsOf(there.stored.files('run1'))).toSorted()).toEqual(
        (await pathsOf(place.stored.files('run1'))).toSorted(),
      );
    });

    test('what is there already stays when more is put in place', async () => {
      const folder = await copyOut(place.stored.files('run1'));
      await place.io.clear('run1', 'rows');
      const { ref: later } = await place.io.save(at, ['later']);
      await place.stored.place(folder, (act) => act());
      expect([await place.io.has(later), await place.io.has(stream)]).toEqual([true, true]);
    });

    test('what is refused a record is not put in place', async () => {
      const there = newPlace();
      const folder = await copyOut(place.stored.files('run1'));
      const placing = there.stored.place(folder, () => {
        throw new Error('on record already');
      });
      await expect(placing).rejects.toThrow('on record already');
      expect(await there.io.has(value)).toBe(false);
    });

    test('a run that is removed is gone at once, and deleted by the sweep', async () => {
      const { io, stored } = place;
      await stored.remove('run1', (act) => (act(new Set()), true));
      expect([await io.has(value), await io.has(stream)]).toEqual([false, false]);
      expect(await collect(stored.runs())).toEqual(['run2']);
      expect(await pathsOf(stored.files('run1'))).toEqual([]);
      await stored.sweep();
      expect(await stored.leftovers()).toBe(0);
      await stored.remove('nobody', (act) => (act(new Set()), true));
    });

    test('tasks that are to be kept stay, and nothing else', async () => {
      const { io, stored } = place;
      await stored.remove('run1', (act) => (act(new Set(['rows'])), true));
      expect([await io.has(value), await io.has(stream)]).toEqual([false, true]);
      expect(await pathsOf(stored.files('run1'))).toEqual(
        await pathsOf(stored.filesOf(only(stream))),
      );
    });

    test('a run that may not go any more stays whole', async () => {
      const { io, stored } = place;
      const before = await stored.extent('run1');
      await stored.remove('run1', () => false);
      expect([await io.has(value), await io.has(stream)]).toEqual([true, true]);
      expect(await stored.extent('run1')).toEqual(before);
    });

    test('what a killed writer left is counted, is in no archive, and goes when it may', async () => {
      const { io, stored } = place;
      place.breakOff(at);
      expect([await stored.unfinished('run1'), await stored.unfinished('run2')]).toEqual([1, 0]);
      expect(await pathsOf(stored.files('run1'))).toHaveLength(
        (await pathsOf(stored.filesOf(only(stream)))).length + 2,
      );
      expect(await stored.removeUnfinished('run1', () => false)).toBe(0);
      expect(await stored.unfinished('run1')).toBe(1);
      expect(await stored.removeUnfinished('run1', (act) => (act(), true))).toBe(1);
      expect(await stored.unfinished('run1')).toBe(0);
      expect(await io.has(value)).toBe(true);
    });

    test('nothing that was stored is odd', async () => {
      expect(await collect(place.stored.oddities())).toEqual([]);
    });
  });
}

/** A reference to something that is stored as a whole. */
function only(ref: ResultRef): ValueRef | StreamRef {
  if (ref.is === 'void' || ref.is === 'list') throw new Error(`${ref.is} is no stored result`);
  return ref;
}

async function copyOut(files: AsyncIterable<StoredFile>): Promise<string> {
  const folder = temporaryFolder();
  for await (const file of files) {
    mkdirSync(dirname(join(folder, file.path)), { recursive: true });
    writeFileSync(join(folder, file.path), Buffer.concat(await collect(file.read())));
  }
  return folder;
}

async function pathsOf(files: AsyncIterable<StoredFile>): Promise<string[]> {
  return Array.fromAsync(files, ({ path }) => path);
}
