/** The project of the storm: a pipeline for each kind of work, and what an undisturbed run of each gives. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Each has the parameter `n`, from 1 to 3, and a task `report`, whose result depends on nothing else. */
export const PIPELINES = [
  'threads',
  'processes',
  'commands',
  'outer',
  'pools',
  'streams',
  'hooks',
  'caches',
  'children',
] as const;
export type PipelineName = (typeof PIPELINES)[number];

/** While this file is there, a task of the pipeline `hooks` fails. */
export const BROKEN = 'broken';
/** A child process of a thread writes here, with its own and its parent's number, that it outlived its attempt. */
export const OUTLIVED = 'outlived';
/** A task of the pipeline `pools` writes here that another one held the only slot as well. */
export const HELD_TWICE = 'held-twice';

/** Returns what `dp output RUN report --json` prints of an undisturbed run. */
export function reportOf(pipeline: PipelineName, n: number): string {
  return `${JSON.stringify(REPORTS[pipeline](n))}\n`;
}

const numbers = (n: number): number[] => Array.from({ length: n + 3 }, (_, i) => i + n);
const sumOfSquares = (n: number): number => numbers(n).reduce((sum, one) => sum + one * one, 0);

const REPORTS: Readonly<Record<PipelineName, (n: number) => unknown>> = {
  threads: sumOfSquares,
  processes: sumOfSquares,
  commands: (n) => `${n}-`,
  outer: () => sumOfSquares(1) + sumOfSquares(2),
  pools: numbers,
  streams: (n) => Array.from({ length: 40 }, (_, i) => `LINE ${i * n}`).join(''),
  hooks: (n) => 2 * n,
  caches: sumOfSquares,
  children: numbers,
};

export function writeStormProject(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
}

const head = (name: string): string => `name: ${name}
modules: [./m.mjs]
params: { n: { type: integer, default: 1 } }
`;

const FILES = {
  'package.json': '{ "type": "module" }',
  'threads.yaml': `${head('threads')}tasks:
  numbers: { with: { n: '\${params.n}' } }
  squares: { needs: [numbers], map: { over: '\${tasks.numbers.output}', as: n, max_parallel: 3 } }
  report: { task: sum, inputs: { list: squares } }
`,
  'processes.yaml': `${head('processes')}defaults: { isolation: process }
tasks:
  numbers: { with: { n: '\${params.n}' } }
  squares: { needs: [numbers], max_retries: 2, map: { over: '\${tasks.numbers.output}', as: n } }
  waits: { task: waitsForChild, with: { n: '\${params.n}' } }
  report: { task: sum, inputs: { list: squares }, needs: [waits] }
`,
  'commands.yaml': `${head('commands')}tasks:
  first: { run: 'sleep 0.03; printf %s \${params.n}' }
  each:
    run: |
      sleep 0.02
      (sleep 0.05; true) &
      printf '%s-' \${tasks.first.output.stdout}
      wait
    max_retries: 1
  report: { task: textOf, inputs: { command: each } }
`,
  'outer.yaml': `${head('outer')}tasks:
  list: { task: numbers, with: { n: '\${params.n}' } }
  inner: { pipeline: ./threads.yaml, output: report, needs: [list], map: { over: '\${[1, 2]}', as: n } }
  report: { task: sum, inputs: { list: inner } }
`,
  'pools.yaml': `${head('pools')}pools: { gate: 1 }
defaults: { pool: gate }
tasks:
  a: { run: 'flock -w 2 gate.lock sleep 0.03 || echo a >> ${HELD_TWICE}' }
  b: { run: 'flock -w 2 gate.lock sleep 0.03 || echo b >> ${HELD_TWICE}' }
  report: { task: numbers, needs: [a, b], with: { n: '\${params.n}' } }
`,
  'streams.yaml': `${head('streams')}tasks:
  lines: { stream_output: true, resumable: true, with: { n: '\${params.n}' } }
  again: { task: copies, stream_output: true, inputs: { lines: lines } }
  report: { task: joined, inputs: { lines: again } }
`,
  'hooks.yaml': `${head('hooks')}tasks:
  risky: { max_retries: 1, retry: { delay: 50ms }, with: { n: '\${params.n}' } }
  side: { task: risky, fail_safe: true, with: { n: 0 } }
  report: { task: sum, inputs: { list: risky }, needs: [side] }
hooks:
  on_failure: { alarm: { run: 'sleep 0.02; echo alarm' } }
  on_finish: { cleanUp: { task: numbers, with: { n: 1 } } }
`,
  'caches.yaml': `${head('caches')}defaults: { cache: true }
tasks:
  numbers: { with: { n: '\${params.n}' } }
  large: { inputs: { list: numbers }, cache: { ttl: 1s } }
  squares: { needs: [numbers], map: { over: '\${tasks.numbers.output}', as: n } }
  report: { task: sum, inputs: { list: squares }, needs: [large] }
`,
  'children.yaml': `${head('children')}tasks:
  starts: { task: leavesChild, with: { n: '\${params.n}' } }
  report: { task: numbers, with: { n: '\${params.n}' }, needs: [starts] }
`,
  'm.mjs': `import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
export async function numbers({ n }, ctx) {
  ctx.publish('data.counted', { n });
  console.log('counting to ' + n);
  await sleep(20);
  return Array.from({ length: n + 3 }, (_, i) => i + n);
}
export async function squares({ n }, ctx) { ctx.progress(1, 2); await sleep(15); return n * n; }
export const sum = ({ list }) => list.reduce((all, one) => all + one, 0);
export const large = ({ list }) => 'x'.repeat(100_000) + list.length;
export const textOf = ({ command }) => command.stdout;
export async function waitsForChild({ n }) { spawnSync('sleep', ['0.0' + n]); return n; }
export async function* lines({ n }, ctx) {
  const from = ctx.resumeFrom ?? 0;
  for (let i = from; i < 40; i++) { await sleep(3); yield 'line ' + i * n; }
}
export async function* copies({ lines }) { for await (const line of lines) yield line.toUpperCase(); }
export async function joined({ lines }) { let all = ''; for await (const line of lines) all += line; return all; }
export async function risky({ n }) {
  await sleep(20);
  if (existsSync('${BROKEN}')) throw new Error('broken for now');
  return [n, n];
}
/** Its child lives until it is killed, and tells when the process that it was started by ended before. */
export async function leavesChild({ n }) {
  const watch = 'parent=$PPID; while kill -0 $parent 2>&-; do sleep 0.05; done; echo $$ $parent >> ${OUTLIVED}';
  spawn('sh', ['-c', watch], { stdio: 'ignore' });
  await sleep(30);
  return n;
}
`,
};
