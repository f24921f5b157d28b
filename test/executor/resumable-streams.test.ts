import { expect, test } from 'vitest';
import { Rig } from './rig.ts';

/** Yields up to 100; its first attempt ends after 50, in the way that is given. */
const numbers = (end: string): string => `
  import { arrive, until, note, notes } from './sync.ts';
  export async function* numbers(_, { attempt, resumeFrom }) {
    note(attempt + ' from ' + resumeFrom);
    for (let n = resumeFrom; n < 100; n++) {
      if (n === 50 && attempt === 1) { ${end} }
      yield n;
    }
  }
  export const reads = async ({ numbers }) => { const read = []; for await (const n of numbers) read.push(n); return read; };`;

const YAML = `
tasks:
  numbers: { stream_output: true, resumable: true, max_retries: 1, retry: { delay: 0 } }
  reads: { needs: [numbers] }`;

const HUNDRED = Array.from({ length: 100 }, (_, n) => n);

test('a resumable task continues after the items that its failed attempt had yielded', async () => {
  using rig = new Rig(numbers(`throw new Error('midway')`));
  const ran = await rig.run(YAML);
  expect(await ran.output('reads')).toEqual(HUNDRED);
  expect(rig.read('notes')).toBe('1 from 0\n2 from 50\n');
  expect(ran.task('numbers').output).toMatchObject({ is: 'stream', items: 100 });
});

test('with readers that had begun, which get every item once', async () => {
  using rig = new Rig(
    `${numbers(`await until('read'); throw new Error('midway');`)}
    export const counts = async ({ numbers }) => {
      const read = [];
      for await (const n of numbers) if (read.push(n) === 50) arrive('read');
      return read;
    };`,
  );
  const ran = await rig.run(`${YAML}\n  counts: { needs: [numbers] }`);
  expect(await ran.output('counts')).toEqual(HUNDRED);
  expect(await ran.output('reads')).toEqual(HUNDRED);
  expect(ran.task('counts').attempts).toBe(2);
});

test('a crash loses what was not stored yet, and nothing comes twice', async () => {
  using rig = new Rig(numbers(`process.exit(3)`));
  const ran = await rig.run(YAML);
  expect(await ran.output('reads')).toEqual(HUNDRED);
  expect(rig.read('notes')).toMatch(/^1 from 0\n2 from \d+\n$/);
});

test('another task begins anew', async () => {
  using rig = new Rig(numbers(`throw new Error('midway')`));
  const ran = await rig.run(YAML.replace(' resumable: true,', ''));
  expect(await ran.output('reads')).toEqual(HUNDRED);
  expect(rig.read('notes')).toBe('1 from 0\n2 from 0\n');
});

test('so does one that takes a stream of another task', async () => {
  using rig = new Rig(`
    import { note } from './sync.ts';
    export async function* source() { yield* [0, 1, 2]; }
    export async function* twice({ source }, { attempt, resumeFrom }) {
      note(attempt + ' from ' + resumeFrom);
      for await (const n of source) {
        if (n === 2 && attempt === 1) throw new Error('midway');
        yield 2 * n;
      }
    };
    export const reads = async ({ twice }) => { const read = []; for await (const n of twice) read.push(n); return read; };`);
  const ran = await rig.run(`
tasks:
  source: { stream_output: true }
  twice: { stream_output: true, resumable: true, max_retries: 1, retry: { delay: 0 }, needs: [source] }
  reads: { needs: [twice] }`);
  expect(await ran.output('reads')).toEqual([0, 2, 4]);
  expect(rig.read('notes')).toBe('1 from 0\n2 from 0\n');
});
