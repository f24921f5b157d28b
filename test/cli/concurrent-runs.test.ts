/** Many dp at once, and many in a row, on one state directory: each ends as it would alone, and is listed once. */
import { expect, test } from 'vitest';
import { dpCommand, Project, type Ended } from './rig.ts';
import { countOf } from '../sample.ts';

const AT_ONCE = countOf(24, 12);
/** `make soak` takes 200. */
const IN_A_ROW = Number(process.env['SHORT_RUNS'] ?? countOf(40, 20));
const LOOPS = 4;
const PATIENCE_MS = 60_000 + IN_A_ROW * 2_000;

const FILES = {
  'tsconfig.json': '{}',
  'many.yaml': `name: many
modules: [./m.mjs]
params: { ends: { type: integer, default: 0 } }
tasks:
  list: {}
  each: { needs: [list], map: { over: '\${tasks.list.output}', as: n } }
  say: { run: echo said }
  end: { needs: [each, say], run: 'exit \${params.ends}' }
`,
  'm.mjs': `export const list = () => Array.from({ length: 50 }, (_, n) => n);
export const each = ({ n }) => n;
`,
  'short.yaml': "name: short\ntasks:\n  a:\n    run: 'true'\n",
  'wrong.yaml': 'name: wrong\ntasks:\n  a:\n    needs: [b]\n',
};

/** Words, and the exit code that they should give. */
const KINDS: readonly (readonly [words: readonly string[], code: number])[] = [
  [['many.yaml'], 0],
  [['many.yaml', '-p', 'ends=7'], 1],
  [['many.yaml', '-p', 'ends=x'], 2],
  [['wrong.yaml'], 3],
  [['many.yaml', '--tags', 'none'], 4],
  [['many.yaml', '-j', '4', '--durability', 'task'], 0],
];

async function statusesIn(project: Project): Promise<Record<string, number>> {
  const { json } = await project.ok('runs', '--limit', '1000', '--json');
  const runs = json.runs as { runId: string; pipeline: string; status: string }[];
  expect(new Set(runs.map(({ runId }) => runId)).size).toBe(runs.length);
  const groups = Map.groupBy(runs, ({ pipeline, status }) => `${pipeline} ${status}`);
  return Object.fromEntries([...groups].map(([group, { length }]) => [group, length]));
}

async function expectAllIsWell(project: Project): Promise<void> {
  const { json } = await project.ok('doctor', '--json');
  expect(json.checks.filter(({ status }: { status: string }) => status !== 'ok')).toEqual([]);
}

const codeOf = ({ code, err }: Ended): string =>
  /lock|busy|SQLITE/i.test(err) ? err : `exit ${code}`;

test('many runs at once end as each would alone', { timeout: PATIENCE_MS }, async () => {
  using project = new Project(FILES, { patienceMs: PATIENCE_MS });
  const crowd = Array.from({ length: AT_ONCE }, (_, n) => KINDS[n % KINDS.length]!);
  const ended = await Promise.all(crowd.map(([words]) => project.dp('run', ...words)));
  expect(ended.map(codeOf)).toEqual(crowd.map(([, code]) => `exit ${code}`));
  const each = AT_ONCE / KINDS.length;
  expect(await statusesIn(project)).toEqual({ 'many succeeded': 2 * each, 'many failed': each });
  await expectAllIsWell(project);
});

test(`${IN_A_ROW} short runs in loops beside a longer one`, { timeout: PATIENCE_MS }, async () => {
  using project = new Project(FILES, { patienceMs: PATIENCE_MS });
  const script = `for n in $(seq ${IN_A_ROW / LOOPS}); do "$@" run short.yaml; echo $?; done`;
  const looping = Array.from({ length: LOOPS }, () => project.shell({}, script, ...dpCommand()));
  const longer = project.start({}, 'run', 'many.yaml');
  const loopsEnded = await Promise.all(looping.map(({ ended }) => ended));
  expect((await longer.ended).code).toBe(0);
  for (const { out, err } of loopsEnded) {
    expect(out).toBe('0\n'.repeat(IN_A_ROW / LOOPS));
    expect(err).not.toMatch(/lock|busy|SQLITE/i);
  }
  expect(await statusesIn(project)).toEqual({ 'short succeeded': IN_A_ROW, 'many succeeded': 1 });
  await expectAllIsWell(project);
});
