/** Rules between the keys of a task, and between a task and the rest of the file. */
import { hookEntries } from './hook-rules.ts';
import type { Report } from './report.ts';
import { quoted } from './source.ts';
import { hasExpression } from './template.ts';
import { entriesAt, textAt, type YamlMap } from './yaml-node.ts';

const AS_VALUES = 'write values into the command as ${…}, or remove `run:`';

/** What a function takes, and a command has no use for; what to do instead. */
const FOR_FUNCTIONS: Readonly<Record<string, string>> = {
  task: AS_VALUES,
  inputs: AS_VALUES,
  with: AS_VALUES,
  map: AS_VALUES,
  stream_output: AS_VALUES,
  isolation: 'remove it: a command always has a process of its own',
  memory: 'remove it; the shell can limit what a command uses: `ulimit -v KIBIBYTES`',
  heartbeat: 'remove it, or write `timeout:`',
};
const FOR_COMMANDS = ['shell'];

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
  const isCommand = task.entries.has('run');
  for (const key of isCommand ? Object.keys(FOR_FUNCTIONS) : FOR_COMMANDS) {
    const entry = task.entries.get(key);
    if (entry === undefined) continue;
    const [message, hint] = isCommand
      ? [`"${key}" is for functions, and this task runs a command`, FOR_FUNCTIONS[key]]
      : [`"${key}" is for commands, and this task runs a function`, 'add `run:`, or remove it'];
    report.error('DP1005', message, entry.keySpan, hint);
  }
  const cwd = textAt(task, 'cwd');
  if (cwd !== undefined && hasExpression(String(cwd.value))) {
    const hint = 'they are in with, when, map.over and run: `run: cd ${…} && …`';
    report.error('DP1009', 'expressions are not evaluated in cwd', cwd, hint);
  }
}
