/**
 * Measures commands that do next to nothing, in a whole process of dp, against a bare `spawn('sh')` of each, two at once.
 * dp stores results, and its cache is on. Budget: 1.5 times the bare time. Each turn begins with a new state folder;
 * all of them go at the end, as ext4 without a journal passes over each inode that was freed in the last minutes.
 * `node bench/commands.ts 300` takes the number of commands, by default 1,000.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from './bundle.ts';
import { compare } from './measure.ts';

const COUNT = Number(process.argv[2] ?? 1_000);
const AT_ONCE = 2;
const BUDGET = 1.5;

const root = join(import.meta.dirname, '..');
const dp = bundled('dp.cjs') ?? join(root, 'src/cli/main.ts');
// As bin/dp has it.
const env = { ...process.env, NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node') };
const folder = mkdtempSync(join(tmpdir(), 'dp-commands-'));
const pipeline = join(folder, 'pipelines/many.yaml');
mkdirSync(join(folder, 'pipelines'));
const tasks = Array.from({ length: COUNT }, (_, n) => `  t${n}: { run: touch f${n} }\n`).join('');
writeFileSync(pipeline, `name: many\ndefaults: { cache: true }\ntasks:\n${tasks}`);

try {
  const [, throughDp] = await compare(
    `${COUNT} commands, ${AT_ONCE} at once`,
    { "bare spawn('sh')": bare, 'a run of dp': run },
    { unit: 'commands', runs: 5 },
  );
  const times = 1 / (throughDp?.ratio ?? 0);
  console.log(`  ${times.toFixed(2)} times the bare time; budget ${BUDGET}`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function bare(): Promise<number> {
  let next = 0;
  const line = async (): Promise<void> => {
    while (next < COUNT) {
      const args = ['-c', `touch g${next++}`];
      const child = spawn('sh', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
      child.stdout.resume();
      child.stderr.resume();
      await once(child, 'close');
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, line));
  return COUNT;
}

async function run(): Promise<number> {
  const state = mkdtempSync(join(folder, 'state-'));
  const args = [dp, 'run', pipeline, '-j', `${AT_ONCE}`, '--state-dir', state];
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: 'ignore' });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`dp ended with exit code ${code}`);
  return COUNT;
}
