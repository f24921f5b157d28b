/** The project that is killed over and over, and what an undisturbed run of it gives. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Functions, a map, a stream that is read as it is written, a command, a stored result; every task leaves a line behind. */
const FILES = {
  'package.json': '{ "type": "module" }',
  'p.yaml': `name: victim
modules: [./m.mjs]
tasks:
  numbers: {}
  squares:
    needs: [numbers]
    map: { over: "\${tasks.numbers.output}", as: n, max_parallel: 2 }
  lines: { needs: [numbers], stream_output: true }
  total: { needs: [squares, lines] }
  listing:
    run: echo listing >> ran.txt; printf hello
    needs: [numbers]
  kept: { needs: [numbers], cache: { ttl: 1d } }
  report: { needs: [total, listing, kept] }
`,
  'm.mjs': `import { appendFileSync } from 'node:fs';
const ran = (name) => appendFileSync('ran.txt', name + '\\n');
export function numbers() { ran('numbers'); return [1, 2, 3, 4]; }
export function squares({ n }) { ran('squares'); return n * n; }
export async function* lines({ numbers }) { ran('lines'); for (const n of numbers) yield 'line ' + n; }
export async function total({ squares, lines }) {
  ran('total');
  let count = 0;
  for await (const line of lines) count += line.length;
  return squares.reduce((sum, one) => sum + one, count);
}
export function kept({ numbers }) { ran('kept'); return 'x'.repeat(100_000) + numbers.length; }
export function report({ total, listing, kept }) { ran('report'); return [total, listing.stdout, kept.length]; }
`,
};

export const TASKS = ['numbers', 'squares', 'lines', 'total', 'listing', 'kept', 'report'];

/** Of the task `report`. */
export const EXPECTED = '[54,"hello",100001]\n';

export function writeVictim(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
}

/** The tasks that ran so far, in order. */
export function ranIn(folder: string): string[] {
  try {
    return readFileSync(join(folder, 'ran.txt'), 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
