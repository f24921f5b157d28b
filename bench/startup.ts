/**
 * Measures whole processes, as a user waits for them: dp from its sources, and from the bundle when there is a fresh one.
 * Each turn also runs `node -e 0`, so that a busy moment of the machine affects both; medians count.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundled } from './bundle.ts';
import { median } from './measure.ts';

const root = join(import.meta.dirname, '..');
/** Number of pairs of a short process and `node -e 0`; a process of seconds gets fewer turns. */
const PAIRS = 11;
const LONG_TURNS = 3;
const NOTHING = ['-e', '0'];

const folder = mkdtempSync(join(tmpdir(), 'dp-startup-'));
const environment = {
  ...process.env,
  // The same folder that bin/dp uses.
  NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/node'),
  XDG_CACHE_HOME: join(folder, 'cache'),
};
try {
  measureAll();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function measureAll(): void {
  const one = project('one', 1);
  const thousand = project('thousand', 1_000);
  const many = project('many', 10_000);
  const cached = project('cached', 3_000, 'defaults: { cache: true }');
  for (const [name, dp] of Object.entries(installations())) {
    console.log(`\ndp from its ${name}`);
    ratio('dp --version', [...dp, '--version'], 1.5);
    ratio('dp run, one task, unchanged plan', [...dp, 'run', one], 5);
    const small = seconds('dp plan, 1,000 tasks', [...dp, 'plan', thousand], { turns: PAIRS });
    seconds('dp plan, 10,000 tasks, nothing kept', [...dp, 'plan', many], {
      turns: LONG_TURNS,
      before: () => rmSync(environment.XDG_CACHE_HOME, { recursive: true, force: true }),
    });
    const large = seconds('dp plan, 10,000 tasks', [...dp, 'plan', many], {
      turns: LONG_TURNS,
      budget: 2.5,
    });
    say('  time(10,000) / time(1,000)', `${(large / small).toFixed(1)} x`);
    run([...dp, 'run', cached]);
    seconds('dp run, 3,000 tasks, all cached', [...dp, 'run', cached], {
      turns: PAIRS,
      budget: 0.5,
    });
  }
}

/** Returns the arguments of `node` that start dp. */
function installations(): Readonly<Record<string, readonly string[]>> {
  const sources = ['src/cli/main.ts'];
  const bundle = bundled('dp.cjs');
  return bundle === undefined ? { sources } : { sources, bundle: [bundle] };
}

/** Writes a pipeline of chains with ten tasks per level, each task with a value and the output of another. */
function project(name: string, tasks: number, settings = ''): string {
  const home = join(folder, name);
  mkdirSync(home);
  writeFileSync(join(home, 'tsconfig.json'), '{ "compilerOptions": { "strict": true } }\n');
  writeFileSync(
    join(home, 'steps.ts'),
    'export function step({ n, before = 0 }: { n: number; before?: number }): number {\n  return n + before;\n}\n',
  );
  const lines = [`name: ${name}`, 'modules: [./steps.ts]', settings, 'tasks:'];
  for (let n = 0; n < tasks; n++) {
    const before = n < 10 ? '' : `, inputs: { before: step_${n - 10} }`;
    lines.push(`  step_${n}: { task: step, with: { n: ${n} }${before} }`);
  }
  const file = join(home, 'pipeline.yaml');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

function ratio(what: string, words: readonly string[], budget: number): void {
  run(words);
  const own: number[] = [];
  const ratios: number[] = [];
  for (let turn = 0; turn < PAIRS; turn++) {
    const nothing = run(NOTHING);
    const time = run(words);
    own.push(time);
    ratios.push(time / nothing);
  }
  const figures = `${(median(own) * 1_000).toFixed(0)} ms, ${median(ratios).toFixed(2)} x node -e 0`;
  say(what, `${figures}, budget ${budget} x${over(median(ratios), budget)}`);
}

/** Returns the median, in seconds. */
function seconds(
  what: string,
  words: readonly string[],
  { turns, budget, before }: { turns: number; budget?: number; before?: () => void },
): number {
  if (before === undefined) run(words);
  const times: number[] = [];
  const ratios: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    before?.();
    const nothing = run(NOTHING);
    times.push(run(words));
    ratios.push(times.at(-1)! / nothing);
  }
  const time = median(times);
  const limit = budget === undefined ? '' : `, budget ${budget} s${over(time, budget)}`;
  say(what, `${time.toFixed(2)} s, ${median(ratios).toFixed(1)} x node -e 0${limit}`);
  return time;
}

/** Returns the seconds from start to exit. */
function run(words: readonly string[]): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, words, {
    cwd: root,
    env: environment,
    encoding: 'utf8',
    maxBuffer: Infinity,
  });
  const took = (performance.now() - started) / 1_000;
  if (status !== 0) throw new Error(`node ${words.join(' ')} ended with ${status}:\n${stderr}`);
  return took;
}

function over(value: number, budget: number): string {
  if (value <= budget) return '';
  process.exitCode = 1;
  return ': OVER';
}

function say(what: string, figures: string): void {
  console.log(`  ${what.padEnd(38)} ${figures}`);
}
