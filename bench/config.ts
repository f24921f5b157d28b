/** Measures how fast pipeline files are read: small and large, by dp's own reader and by the library; parameters; expressions. */
import { readAnyYaml } from '../src/config/yaml/any-yaml.ts';
import { compileExpression } from '../src/config/expressions/compile-expression.ts';
import { resolveParams } from '../src/config/params/params.ts';
import { parsePipeline } from '../src/config/parse.ts';
import { Report } from '../src/config/yaml/report.ts';
import { SourceText } from '../src/config/yaml/source.ts';
import { readYaml } from '../src/config/yaml.ts';

const BUDGET_10K_MS = 1200;
/** Budget for 10 times the tasks; the rest is the cost of a larger heap. */
const BUDGET_RATIO = 14;

const small = await timeOf(() => parse(1));
say('1 task, the first file of a process', `${small.toFixed(1)} ms`);
const times = new Map<number, number>();
for (const tasks of [1_000, 10_000, 40_000, 100_000]) {
  const ms = Math.min(await timeOf(() => parse(tasks)), await timeOf(() => parse(tasks)));
  times.set(tasks, ms);
  say(
    `${grouped(tasks)} tasks, ${grouped(textOf(tasks).length)} characters`,
    `${ms.toFixed(0)} ms`,
  );
}
within('10,000 tasks', times.get(10_000)!, BUDGET_10K_MS, 'ms');
within('100,000 tasks to 10,000', times.get(100_000)! / times.get(10_000)!, BUDGET_RATIO, 'times');

const source = new SourceText('/p.yaml', textOf(10_000));
const short = await timeOf(() => readYaml(new Report(source)));
const long = await timeOf(() => readAnyYaml(new Report(source)));
say('10,000 tasks, YAML alone', `${short.toFixed(0)} ms; by the library ${long.toFixed(0)} ms`);

const { pipeline } = await parse(1);
const resolving = await timeOf(async () => {
  for (let i = 0; i < 1_000; i++)
    await resolveParams(pipeline!, [['year', String(i + 2_000)]], () => undefined);
});
say('parameters of a small pipeline', `${resolving.toFixed(1)} µs`);

const params = { year: 2001, list: [1, 2, 3] };
for (const text of ['params.year', 'params.year > 1990', 'params.list.exists(x, x > 2)']) {
  const expression = await compileExpression(text);
  const ms = await timeOf(() => {
    for (let i = 0; i < 10_000; i++) expression.evaluate({ params });
  });
  say(text, `${((ms / 10_000) * 1_000).toFixed(1)} µs`);
}

/** Returns a chain with a second edge ten tasks back, tags and values with an expression, as people write them. */
function textOf(tasks: number): string {
  const lines = [
    'name: many',
    'modules: [./t.ts]',
    'params:',
    '  year: { type: integer, default: 2001 }',
    'tasks:',
  ];
  for (let i = 0; i < tasks; i++) {
    const needs = [i - 1, i - 10].filter((other) => other >= 0).map((other) => `task_${other}`);
    lines.push(
      `  task_${i}:`,
      `    needs: [${needs.join(', ')}]`,
      `    tags: [etl, group_${i % 10}]`,
      `    with: { n: ${i}, label: "item \${params.year}" }`,
    );
  }
  return `${lines.join('\n')}\n`;
}

async function parse(tasks: number): ReturnType<typeof parsePipeline> {
  return await parsePipeline(new TextEncoder().encode(textOf(tasks)), '/p.yaml', '/');
}

async function timeOf(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function within(what: string, value: number, budget: number, unit: string): void {
  say(what, `${value.toFixed(1)} ${unit}, budget ${budget}${value <= budget ? '' : ': OVER'}`);
  if (value > budget) process.exitCode = 1;
}

function say(what: string, figure: string): void {
  console.log(`${what.padEnd(50)} ${figure}`);
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString('en');
}
