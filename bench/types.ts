/** Measures the type check of 1,000 tasks in 20 modules, each in its own process: the first, a repeated one, and one after an edit, against `tsc --noEmit`. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TaskDefinition } from '../src/model/task.ts';
import { checkModule } from '../src/planner/type-check.ts';
import { typeDiagnostics } from '../src/planner/type-diagnostics.ts';
import type { CheckedTask } from '../src/planner/wiring.ts';
import { dpDeclarations } from '../src/registry/types/declarations.ts';
import { openTypes } from '../src/registry/types/types.ts';
import { DEFAULT_SETTINGS } from '../src/model/settings.ts';

const TASKS = 1_000;
const MODULES = 20;
const ROWS = 50;

const numbers = (length: number): readonly number[] => Array.from({ length }, (_, n) => n);

if (process.argv[2] === 'check') await checkOnce(process.argv[3]!, process.argv[4]!);
else benchmark();

function benchmark(): void {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'dp-bench-types-')));
  const cacheFolder = realpathSync(mkdtempSync(join(tmpdir(), 'dp-bench-types-cache-')));
  process.on('exit', () =>
    [root, cacheFolder].forEach((folder) => rmSync(folder, { recursive: true })),
  );
  const modules = writeProject(root);

  const tsc = best(3, () =>
    timed(process.execPath, [
      join(packageOf('@typescript/native'), 'bin', 'tsc'),
      '-p',
      root,
      '--noEmit',
    ]),
  );
  say('tsc --noEmit, the same files', tsc);
  const first = measured(root, cacheFolder);
  say(`first check of ${TASKS} tasks`, first, tsc);
  say(
    'the same again',
    best(5, () => measured(root, cacheFolder)),
    tsc,
  );
  appendFileSync(modules[3]!, '\nexport const added = 1;\n');
  say('after an edit of one module', measured(root, cacheFolder), tsc);
}

/** Writes tasks as people do: each takes the rows of the one before, and every tenth reads two. */
function writeProject(root: string): readonly string[] {
  writeFileSync(join(root, 'dp.d.ts'), dpDeclarations());
  writeFileSync(
    join(root, 'rows.ts'),
    Array.from(
      { length: 50 },
      (_, n) =>
        `export interface Row${n} { id: number; name: string; tags: string[]; at?: Date; nested: { a: number; b: Row${n} | null } }\n`,
    ).join(''),
  );
  writeFileSync(
    join(root, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        target: 'esnext',
        module: 'preserve',
        moduleResolution: 'bundler',
        skipLibCheck: true,
        noEmit: true,
        types: [],
        paths: { dp: ['./dp.d.ts'] },
      },
      include: ['*.ts'],
    }),
  );
  const perModule = TASKS / MODULES;
  const rows = numbers(ROWS)
    .map((n) => `Row${n}`)
    .join(', ');
  return numbers(MODULES).map((m) => {
    const tasks = numbers(perModule).map((i) => taskText(m * perModule + i));
    const file = join(root, `module${m}.ts`);
    writeFileSync(
      file,
      `import { task } from 'dp';\nimport type { ${rows} } from './rows.ts';\n\n${tasks.join('\n')}`,
    );
    return file;
  });
}

function taskText(n: number): string {
  const row = `Row${n % 50}`;
  const before = n === 0 ? '' : `before: Row${(n - 1) % 50}[]; `;
  return `/** Makes rows of kind ${n % 50}. */
export const task${n} = task({ tags: ['bench'] }, async ({ ${n === 0 ? '' : 'before, '}limit = ${n} }: { ${before}limit?: number }, ctx) => {
  ctx.log.info('task ${n}');
  const rows: ${row}[] = [];
  for (let i = 0; i < limit; i++) {
    rows.push({ id: i, name: ${n === 0 ? "'first'" : 'before[i]?.name ?? String(i)'}, tags: [], nested: { a: i, b: null } });
  }
  return rows.filter((found) => found.id >= 0);
});
`;
}

/** Measures, in a process of its own, the type check of one `dp plan` without the start of Node. */
async function checkOnce(root: string, cacheFolder: string): Promise<void> {
  const began = performance.now();
  using types = openTypes({ root, cacheFolder });
  const definitions = Array.from({ length: TASKS }, (_, n): TaskDefinition => {
    const module = join(root, `module${Math.floor(n / (TASKS / MODULES))}.ts`);
    return {
      name: `task${n}`,
      module,
      at: { file: module, line: 1, column: 1 },
      tags: [],
      dependencies: [],
      settings: {},
      parameters: { is: 'unknown' },
      codeHash: '',
    };
  });
  const extracted = await types.extract(definitions);
  const afterExtract = performance.now();
  const module = checkModule({
    tasks: extracted.definitions.map(chained),
    params: new Map(),
    strict: false,
  });
  const outcome = await types.check(module.request);
  const wrong = typeDiagnostics(module, outcome, root);
  const ended = performance.now();
  process.stdout.write(
    JSON.stringify({
      ms: ended - began,
      extractMs: afterExtract - began,
      wrong: wrong.length + outcome.diagnostics.length,
      memory: peakMemory(),
    }),
  );
}

function chained(definition: TaskDefinition, n: number): CheckedTask {
  const at = { file: '/bench/pipeline.yaml', line: n + 1, column: 1 };
  return {
    spec: {
      name: definition.name,
      at,
      work: { is: 'function', task: { value: definition.name, at } },
      needs: [],
      inputs: new Map(),
      with: new Map(),
      tags: [],
      mentions: [],
      decidable: true,
      settings: {},
    },
    definition,
    edges: n === 0 ? [] : [{ task: `task${n - 1}`, kind: 'data', parameter: 'before', at }],
    settings: DEFAULT_SETTINGS,
  };
}

/** Returns the peak memory of this process and of the compiler, in MiB. */
function peakMemory(): number {
  const own = process.resourceUsage().maxRSS / 1024;
  const children = execFileSync('ps', ['-o', 'rss=,comm=', '--ppid', String(process.pid)], {
    encoding: 'utf8',
  });
  const compilers = children.split('\n').filter((line) => line.includes('tsc'));
  return own + compilers.reduce((sum, line) => sum + Number.parseInt(line, 10) / 1024, 0);
}

interface Measure {
  readonly ms: number;
  readonly extractMs?: number;
  readonly memory?: number;
}

function measured(root: string, cacheFolder: string): Measure {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [import.meta.filename, 'check', root, cacheFolder],
    { encoding: 'utf8' },
  );
  const answer = JSON.parse(stdout || '{}') as Measure & { readonly wrong: number };
  if (answer.wrong !== 0) throw new Error(`the check did not come out clean: ${stdout} ${stderr}`);
  return answer;
}

function timed(command: string, args: readonly string[]): Measure {
  const began = performance.now();
  const { status, stdout } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stdout);
  return { ms: performance.now() - began };
}

function best(times: number, measure: () => Measure): Measure {
  return Array.from({ length: times }, measure).reduce((a, b) => (a.ms < b.ms ? a : b));
}

function say(what: string, { ms, extractMs, memory }: Measure, reference?: Measure): void {
  const parts = [
    `${ms.toFixed(ms < 100 ? 1 : 0)} ms`,
    ...(extractMs === undefined
      ? []
      : [`of it schemas ${extractMs.toFixed(extractMs < 100 ? 1 : 0)} ms`]),
    ...(reference === undefined ? [] : [`${(ms / reference.ms).toFixed(2)} x tsc`]),
    ...(memory === undefined ? [] : [`peak ${memory.toFixed(0)} MiB`]),
  ];
  process.stdout.write(`${what.padEnd(34)} ${parts.join(', ')}\n`);
}

function packageOf(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}
