/** Rules between the keys of a task, and between a task and the rest of the file. */
import { snakeCase } from '../../model/fields.ts';
import { settingEntries, type WorkKind } from '../../model/settings.ts';
import { hookEntries } from './hook-rules.ts';
import type { Report } from '../yaml/report.ts';
import { quoted } from '../yaml/source.ts';
import { hasExpression } from '../expressions/template.ts';
import { entriesAt, itemsAt, textAt, type YamlMap } from '../yaml/yaml-node.ts';

interface KeyUse {
  readonly key: string;
  readonly work: readonly WorkKind[];
  /** Hints that replace the usual one, by kind of work. */
  readonly instead?: Readonly<Partial<Record<WorkKind, string>>> | undefined;
}

/** Keys that only some kinds of work use. */
const USES: readonly KeyUse[] = [
  { key: 'task', work: ['function'] },
  { key: 'inputs', work: ['function', 'pipeline'] },
  { key: 'with', work: ['function', 'pipeline'] },
  { key: 'map', work: ['function', 'pipeline'] },
  { key: 'shell', work: ['command'] },
  { key: 'outputs', work: ['command'] },
  { key: 'cwd', work: ['command', 'function'] },
  { key: 'output', work: ['pipeline'], instead: { function: 'add `pipeline:`, or remove it' } },
  ...settingEntries.flatMap(([name, { work, instead }]): KeyUse[] =>
    work === undefined ? [] : [{ key: snakeCase(name), work, instead }],
  ),
];
const INSTEAD: Readonly<Record<WorkKind, string>> = {
  command: 'write values into the command as ${…}, or remove `run:`',
  function: 'add `run:`, or remove it',
  pipeline: 'remove it',
  wait: 'remove it',
};
const DOES: Readonly<Record<WorkKind, string>> = {
  command: 'runs a command',
  function: 'runs a function',
  pipeline: 'runs a pipeline',
  wait: 'waits for an event',
};
/** Keys that say what a task does, apart from `task`, with what they stand for. */
const WORKS = [
  ['run', 'command'],
  ['pipeline', 'pipeline'],
  ['wait_for', 'wait'],
] as const satisfies (readonly [string, WorkKind])[];

export function checkTasks(root: YamlMap, report: Report): void {
  const written = root.entries.get('tasks')?.value;
  if (written?.is === 'map' && written.entries.size === 0) {
    const hint = 'name at least one under `tasks:`';
    report.error('DP1011', 'the pipeline has no tasks', written, hint);
  }
  const pools = new Set(entriesAt(root, 'pools').map(({ key }) => key));
  const defaults = root.entries.get('defaults')?.value;
  const tasks = [...entriesAt(root, 'tasks'), ...hookEntries(root).map(({ entry }) => entry)];
  for (const node of [defaults, ...tasks.map(({ value }) => value)]) {
    if (node?.is !== 'map') continue;
    checkPool(node, pools, report);
    checkFixedTexts(node, report);
    if (node !== defaults) checkWork(node, report);
  }
}

function checkPool(node: YamlMap, pools: ReadonlySet<string>, report: Report): void {
  const pool = textAt(node, 'pool');
  if (pool === undefined || pools.has(String(pool.value))) return;
  const name = String(pool.value);
  const hint = report.nearest(name, pools) ?? `declare it: \`pools: { ${name}: 3 }\``;
  report.warning(
    'DP1005',
    `the pool ${quoted(name)} is not declared, so it has one slot`,
    pool,
    hint,
  );
}

function checkWork(task: YamlMap, report: Report): void {
  const kind = kindOf(task);
  for (const { key, work, instead } of USES) {
    const entry = task.entries.get(key);
    if (entry === undefined || work.includes(kind)) continue;
    const message = `"${key}" is for ${listed(work.map((each) => `${each}s`))}, but this task ${DOES[kind]}`;
    report.error('DP1005', message, entry.keySpan, instead?.[kind] ?? INSTEAD[kind]);
  }
  const [first, second] = WORKS.flatMap(([key, does]) => {
    const entry = task.entries.get(key);
    return entry === undefined ? [] : [{ does, span: entry.keySpan }];
  });
  if (first !== undefined && second !== undefined)
    report.error(
      'DP1005',
      first.does === 'command' && second.does === 'pipeline'
        ? 'a task runs a command or a pipeline, not both'
        : `a task ${DOES[first.does]} or ${DOES[second.does]}, not both`,
      second.span,
      'make two tasks of it',
      { message: `the ${first.does}`, span: first.span },
    );
  for (const key of ['pipeline', 'output']) {
    const text = textAt(task, key);
    if (text !== undefined && hasExpression(String(text.value)))
      report.error('DP1009', `expressions are not evaluated in ${key}`, text, FIXED);
  }
  const event = textAt(task.entries.get('wait_for')?.value, 'event');
  if (event !== undefined && hasExpression(String(event.value)))
    report.error('DP1009', 'expressions are not evaluated in event', event, COMPARE);
}

const listed = (nouns: readonly string[]): string =>
  [nouns.slice(0, -1).join(', '), ...nouns.slice(-1)].filter((part) => part !== '').join(' and ');

function checkFixedTexts(node: YamlMap, report: Report): void {
  for (const key of ['cwd', 'shell']) {
    const texts = [textAt(node, key), ...itemsAt(node, key)];
    const text = texts.find((each) => each?.is === 'scalar' && hasExpression(String(each.value)));
    if (text === undefined) continue;
    const hint = 'they are evaluated in with, when, map.over and run: `run: cd ${…} && …`';
    report.error('DP1009', `expressions are not evaluated in ${key}`, text, hint);
  }
}

const FIXED =
  'which pipeline runs has to be known when the plan is made; `when:` chooses between tasks';

const COMPARE =
  'write a pattern, such as data.*.arrived, and compare in `when: "${event.topic == …}"`';

function kindOf({ entries }: YamlMap): WorkKind {
  return WORKS.find(([key]) => entries.has(key))?.[1] ?? 'function';
}
