/** Measures registry look-ups against a bare Map, and the cost of discovery against a Node that does nothing. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskDefinition } from '../src/model/task.ts';
import { discover } from '../src/registry/modules/discovery.ts';
import { Registry } from '../src/registry/registry.ts';
import { compare } from './measure.ts';

const LOOK_UPS = 2_000_000;
const TASKS = 1_000;
const TASKS_A_MODULE = 8;
const WORKER = join(import.meta.dirname, '../src/registry/modules/discovery-worker.ts');

await lookUps();
const home = realpathSync(mkdtempSync(join(tmpdir(), 'dp-bench-registry-')));
for (const count of [1, 50]) await discoveries(count);
rmSync(home, { recursive: true });

async function lookUps(): Promise<void> {
  const registry = new Registry(Array.from({ length: TASKS }, (_, n) => definition(n)));
  const names = [...registry.names()];
  const map = new Map(names.map((name) => [name, {}]));
  await compare(
    `look-ups among ${TASKS} tasks`,
    {
      'a bare Map': () => times((n) => map.get(names[n % TASKS]!)),
      'registry, by name': () => times((n) => registry.get(names[n % TASKS]!)),
      'registry, by tag': () => times((n) => registry.tagged(`tag${n % 10}`)),
    },
    { unit: 'look-ups', given: { 'the seeds': 1_000_000, 'the budget': 10_000_000 } },
  );
}

function times(find: (n: number) => unknown): number {
  let found = 0;
  for (let n = 0; n < LOOK_UPS; n++) if (find(n) !== undefined) found++;
  if (found !== LOOK_UPS) throw new Error('a look-up found nothing');
  return LOOK_UPS;
}

async function discoveries(count: number): Promise<void> {
  const root = join(home, `modules-${count}`);
  const cacheFolder = join(root, 'cache');
  const modules = writeModules(root, count);
  const run = async () => {
    const { definitions } = await discover(modules, { root, cacheFolder, workerFile: WORKER });
    if (definitions.length !== count * TASKS_A_MODULE) throw new Error('tasks are missing');
    return 1;
  };
  const without = (...parts: readonly string[]) => {
    rmSync(join(cacheFolder, ...parts), { recursive: true, force: true });
    return run();
  };
  await compare(
    `discovery of ${count} modules, ${count * TASKS_A_MODULE} tasks`,
    {
      'node -e 0, the whole process': () => {
        spawnSync(process.execPath, ['-e', '0']);
        return 1;
      },
      'nothing kept': () => without(),
      'compiled code kept': () => without('discovery'),
      'nothing changed': run,
    },
    { unit: 'times' },
  );
}

/** Writes modules of usual length: types, a few tasks with bodies, an import of another module. */
function writeModules(root: string, count: number): readonly string[] {
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, 'package-lock.json'), '{}');
  return Array.from({ length: count }, (_, m) => {
    const file = join(root, `module${m}.ts`);
    const tasks = Array.from({ length: TASKS_A_MODULE }, (__, t) => taskText(`m${m}_t${t}`));
    const neighbour = m === 0 ? '' : `import { Unit as Before } from './module${m - 1}';\n`;
    const uses = m === 0 ? '' : 'export const before = { km: Before.km };\n';
    writeFileSync(
      file,
      `import { task } from 'dp';\n${neighbour}export enum Unit { km = 'km', mi = 'mi' }\ninterface Row { id: number; delay: number }\n${uses}${tasks.join('')}`,
    );
    return file;
  });
}

function taskText(name: string): string {
  return `
export const ${name} = task(
  { tags: ['etl', 'bench'], maxRetries: 2, timeout: '5m' },
  async ({ rows, least = 0 }: { rows: Row[]; least?: number }, ctx): Promise<Row[]> => {
    ctx.log.info({ rows: rows.length }, 'filtering');
    const late = rows.filter((row) => row.delay >= least);
    if (late.length === 0) throw new Error(\`none of \${rows.length} rows is late\`);
    return late;
  },
);
`;
}

function definition(n: number): TaskDefinition {
  const module = '/modules/bench.ts';
  return {
    name: `task${n}`,
    module,
    at: { file: module, line: n + 1, column: 1 },
    tags: [`tag${n % 10}`],
    dependencies: [],
    settings: {},
    parameters: { is: 'unknown' },
    codeHash: '',
  };
}
