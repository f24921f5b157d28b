/** What is noted of the reads of a function, and that a result is reused only while making it again would give the same. */
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fieldsTellingReads } from '../../../src/executor/worker/environment.ts';
import { Observer } from '../../../src/executor/worker/observer.ts';
import { changedInputs, type InputGround, notesOf } from '../../../src/io/task-inputs.ts';
import type { InputNote } from '../../../src/model/input-note.ts';

const observer = new Observer();
let root: string;
let ground: InputGround;

beforeEach(() => {
  root = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'dp-observer-')));
  ground = { root, state: at('.dp'), env: {}, params: {} };
});
afterEach(() => fs.rmSync(root, { recursive: true }));

const at = (name: string): string => join(root, name);

/** Runs a function as a worker does, and returns what it gave with the notes of its reads. */
async function observed<T>(
  act: () => T | Promise<T>,
): Promise<{ readonly value: T; readonly notes: readonly InputNote[] | undefined }> {
  observer.begin([at('.dp')]);
  const value = await act();
  const seen = observer.end(at('task.ts'), new Set());
  return { value, notes: seen && (await notesOf(seen, ground)) };
}

const subjects = (notes: readonly InputNote[] | undefined): string[] =>
  (notes ?? []).map((note) => `${note.is} ${'path' in note ? note.path : ''}`.trim()).toSorted();

describe('a function is seen to read', () => {
  beforeEach(() => {
    fs.writeFileSync(at('a.txt'), 'one');
    fs.mkdirSync(at('data'));
  });

  const ways: Readonly<Record<string, () => unknown>> = {
    readFileSync: () => fs.readFileSync(at('a.txt')),
    readFile: () => new Promise((done) => fs.readFile(at('a.txt'), done)),
    'promises.readFile': () => fs.promises.readFile(new URL(`file://${at('a.txt')}`)),
    openSync: () => fs.closeSync(fs.openSync(at('a.txt'), 'r')),
    'promises.open': async () => (await fs.promises.open(at('a.txt'))).close(),
    createReadStream: () => fs.createReadStream(at('a.txt')).toArray(),
    copyFileSync: () => fs.copyFileSync(at('a.txt'), at('copy.txt')),
    openAsBlob: () => fs.openAsBlob(at('a.txt')),
    'process.loadEnvFile': () => process.loadEnvFile(at('a.txt')),
  };
  test.for(Object.keys(ways))('the contents of a file by %s', async (way) => {
    const { notes } = await observed(() => ways[way]?.());
    expect(subjects(notes)).toContain('file a.txt');
  });

  test('the variables of .env, when no file is named', async () => {
    const { notes } = await observed(() => {
      try {
        process.loadEnvFile();
      } catch {
        // There is none here.
      }
    });
    expect(subjects(notes).join()).toMatch(/absent .*\.env$/);
  });

  test('a file that is not there, and one that is only looked for', async () => {
    const { notes } = await observed(async () => {
      fs.existsSync(at('a.txt'));
      await fs.promises.readFile(at('absent.txt')).catch(() => undefined);
      return fs.existsSync(at('other.txt'));
    });
    expect(subjects(notes)).toStrictEqual([
      'absent absent.txt',
      'absent other.txt',
      'present a.txt',
    ]);
  });

  test('the names in a folder, without the state directory and what it wrote itself', async () => {
    const listing = (): string[] => {
      const names = fs.readdirSync(root);
      fs.writeFileSync(at('made.txt'), 'x');
      return names;
    };
    const { notes = [] } = await observed(listing);
    fs.mkdirSync(at('.dp'));
    expect(changedInputs(notes, ground)).toStrictEqual([]);
    fs.writeFileSync(at('new.txt'), 'x');
    expect(changedInputs(notes, ground)).toMatchObject([{ before: { is: 'folder', path: '' } }]);
  });

  test('the files of a glob', async () => {
    const { notes = [] } = await observed(() => fs.globSync('data/*.csv', { cwd: root }));
    fs.writeFileSync(at('data/b.csv'), 'x');
    expect(changedInputs(notes, ground)).not.toStrictEqual([]);
  });

  test('nothing that it wrote before, in folders of its own too', async () => {
    const { notes } = await observed(() => {
      fs.mkdirSync(at('out/deep'), { recursive: true });
      fs.writeFileSync(at('out/deep/x.txt'), 'x');
      const own = fs.mkdtempSync(at('tmp-'));
      fs.writeFileSync(join(own, 'y'), 'y');
      return [fs.readFileSync(at('out/deep/x.txt'), 'utf8'), fs.readdirSync(own)];
    });
    expect(subjects(notes)).toStrictEqual([]);
  });

  test('nothing in folders of packages, of the state directory or of the machine', async () => {
    fs.mkdirSync(at('node_modules/p'), { recursive: true });
    const { notes } = await observed(() => {
      fs.existsSync(at('node_modules/p/index.js'));
      fs.existsSync(at('.dp/state.db'));
      return fs.readFileSync('/proc/version');
    });
    expect(notes).toStrictEqual([]);
  });

  test('where a link leads', async () => {
    fs.symlinkSync('a.txt', at('link'));
    const { notes = [] } = await observed(() => fs.realpathSync(at('link')));
    expect(notes).toStrictEqual([{ is: 'link', path: 'link', to: 'a.txt' }]);
    fs.rmSync(at('link'));
    fs.symlinkSync('data', at('link'));
    expect(changedInputs(notes, ground)).toHaveLength(1);
  });

  test('the variables and parameters that it asks for', () => {
    const names: (string | undefined)[] = [];
    const values = fieldsTellingReads({ a: 1, b: { c: 2 }, d: 3 }, (name) => names.push(name));
    expect(values['a']).toBe(1);
    expect(values['missing']).toBeUndefined();
    expect('b' in values).toBe(true);
    expect(names).toStrictEqual(['a', 'missing']);
    expect(structuredClone(values)).toStrictEqual({ a: 1, b: { c: 2 }, d: 3 });
    // All of them together count as a list of the names.
    expect(names).toContain(undefined);
  });
});

test('a file that changes while the function runs makes the result unfit for reuse', async () => {
  fs.writeFileSync(at('a.txt'), 'one');
  const { notes } = await observed(() => {
    const text = fs.readFileSync(at('a.txt'), 'utf8');
    fs.writeFileSync(at('a.txt'), `${text}, two`);
    return text;
  });
  expect(notes).toBeUndefined();
});

test('a file that is only touched still holds, and an edit of the same size does not', async () => {
  fs.writeFileSync(at('a.txt'), 'one');
  const { notes = [] } = await observed(() => fs.readFileSync(at('a.txt')));
  fs.utimesSync(at('a.txt'), 1, 1);
  expect(changedInputs(notes, ground)).toStrictEqual([]);
  const { atime, mtime } = fs.statSync(at('a.txt'));
  fs.writeFileSync(at('a.txt'), 'two');
  fs.utimesSync(at('a.txt'), atime, mtime);
  expect(changedInputs(notes, ground)).toHaveLength(1);
});

// --- Cached is as uncached --------------------------------------------------------------------------

const NAMES = ['a', 'b', 'd/a', 'd/c', 'd', 'e', 'e/a'];
const name = fc.constantFrom(...NAMES);

/** One thing that a function reads, by the way it does so. */
const read = fc.record({
  how: fc.constantFrom('read', 'async', 'stream', 'list', 'exists', 'kind', 'link'),
  name,
});
const edit = fc.record({
  how: fc.constantFrom('write', 'remove', 'folder', 'link', 'touch'),
  name,
  text: fc.constantFrom('x', 'y'),
});
type Read = typeof read extends fc.Arbitrary<infer T> ? T : never;
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

async function perform({ how, name: path }: Read): Promise<unknown> {
  const file = at(path);
  if (how === 'read') return fs.readFileSync(file, 'utf8');
  if (how === 'async') return fs.promises.readFile(file, 'utf8');
  if (how === 'stream') return String(await fs.createReadStream(file).toArray());
  if (how === 'list') return fs.readdirSync(file).toSorted();
  if (how === 'exists') return fs.existsSync(file);
  if (how === 'kind') return fs.statSync(file).isFile();
  return fs.readlinkSync(file);
}

/** All of these codes say that nothing is there. */
const nothingThere = ({ code }: NodeJS.ErrnoException): string =>
  code === 'ENOTDIR' || code === 'ELOOP' ? 'ENOENT' : String(code);

/** Each read may decide what is read next, as in a real function. */
async function answer(reads: readonly Read[]): Promise<string> {
  const answers: unknown[] = [];
  for (const each of reads) {
    if (answers.at(-1) === 'x' && each.how === 'list') continue;
    answers.push(await perform(each).catch(nothingThere));
  }
  return JSON.stringify(answers);
}

function apply({ how, name: path, text }: Edit): void {
  const file = at(path);
  try {
    if (how === 'write') fs.writeFileSync(file, text);
    else if (how === 'remove') fs.rmSync(file, { recursive: true });
    else if (how === 'folder') fs.mkdirSync(file);
    else if (how === 'link') fs.symlinkSync(text === 'x' ? 'a' : 'd', file);
    else fs.utimesSync(file, 1, text.length);
  } catch (error) {
    // What cannot be done in this state of the disk is no edit.
    if (!(error instanceof Error && 'code' in error)) throw error;
  }
}

test('what a link leads to may come after both were looked at', async () => {
  fs.symlinkSync('d', at('a'));
  const { notes = [] } = await observed(() => {
    fs.readlinkSync(at('a'));
    return fs.promises.readFile(at('a')).catch(nothingThere);
  });
  expect(changedInputs(notes, ground)).toStrictEqual([]);
  fs.writeFileSync(at('d'), 'x');
  expect(changedInputs(notes, ground)).toMatchObject([{ after: { is: 'present', path: 'a' } }]);
});

test('notes hold only while the function would give the same again', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(edit, { maxLength: 6 }),
      fc.array(read, { minLength: 1, maxLength: 4 }),
      fc.array(edit, { minLength: 1, maxLength: 3 }),
      async (before, reads, edits) => {
        for (const each of fs.readdirSync(root)) fs.rmSync(at(each), { recursive: true });
        before.forEach(apply);
        const { value, notes } = await observed(() => answer(reads));
        if (notes === undefined) return; // It was too new to be told from one that is being written.
        expect(changedInputs(notes, ground)).toStrictEqual([]);
        edits.forEach(apply);
        const again = await answer(reads);
        const isSound = changedInputs(notes, ground).length > 0 || again === value;
        expect({ value, again, isSound }).toMatchObject({ isSound: true });
      },
    ),
    { numRuns: 150 },
  );
});
