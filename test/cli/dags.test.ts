/** Real task graphs from outside the project, when they are at hand; one from here always. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import { Project } from './rig.ts';

interface Dag {
  readonly tasks: readonly { readonly id: string; readonly deps: readonly string[] }[];
}
interface Known {
  readonly name: string;
  readonly nodes: number;
  readonly edges: number;
  readonly levels: number;
  readonly maxWidth: number;
  readonly digest: string;
}

/** For the largest graph, on a machine that has other things to do. */
const LARGEST_MS = 120_000;
const FOLDER = new URL('../../../shared/cases/dags/', import.meta.url);
const graphs: readonly Known[] = existsSync(FOLDER)
  ? JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8'))
  : [];

/** Each task gives the hash of its id and of what it needs: one digest tells whether every edge carried its value. */
const MODULE = `import { createHash } from 'node:crypto';
import { task } from 'dp';
export const hash = task(
  { params: { type: 'object', additionalProperties: true } },
  (values) => {
    const [id, ...deps] = values.ids;
    const lines = deps
      .map((dep, i) => [Buffer.from(dep), values['d' + i]])
      .sort(([a], [b]) => Buffer.compare(a, b))
      .map(([, value]) => value);
    return createHash('sha256').update(id + '\\n' + lines.join('\\n')).digest('hex');
  },
);
`;

test('a small graph gives the digest that can be worked out by hand', async () => {
  const a = sha256('a\n');
  const b = sha256(`b\n${a}`);
  const c = sha256(`c\n${a}\n${b}`);
  const tasks = [
    { id: 'c', deps: ['b', 'a'] },
    { id: 'b', deps: ['a'] },
    { id: 'a', deps: [] },
  ];
  using project = projectOf({ tasks });
  expect(await digestOfRun(project, { tasks })).toBe(sha256(`a ${a}\nb ${b}\nc ${c}\n`));
});

test.for(graphs)(
  '$name: $nodes tasks, $edges edges, $levels levels',
  { timeout: LARGEST_MS },
  async (known) => {
    const dag = JSON.parse(readFileSync(new URL(`${known.name}.json`, FOLDER), 'utf8')) as Dag;
    using project = projectOf(dag);
    // Both at once: neither has a say in the other.
    const [{ json }, digest] = await Promise.all([
      project.ok('plan', 'p.yaml', '--json'),
      digestOfRun(project, dag),
    ]);
    expect({
      nodes: json.order.length,
      edges: json.tasks.reduce(
        (sum: number, task: { dependsOn: unknown[] }) => sum + task.dependsOn.length,
        0,
      ),
      levels: json.levels.length,
      maxWidth: Math.max(...json.levels.map((level: string[]) => level.length)),
    }).toEqual({
      nodes: known.nodes,
      edges: known.edges,
      levels: known.levels,
      maxWidth: known.maxWidth,
    });
    expect(digest).toBe(known.digest);
  },
);

async function digestOfRun(project: Project, dag: Dag): Promise<string> {
  await project.ok('run', 'p.yaml', '-j', '2');
  const succeeded = ['events', 'last', '--topic', 'run.task.succeeded', '--json'];
  const { out } = await project.ok(...succeeded);
  const io = createFilesystemIo({ root: project.path('.dp') });
  const lines: string[] = [];
  for (const line of out.trimEnd().split('\n')) {
    const { task, data } = JSON.parse(line);
    lines.push(`${dag.tasks[Number(task.slice(1))]!.id} ${String(await io.load(data.output))}\n`);
  }
  return sha256(lines.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join(''));
}

function projectOf({ tasks }: Dag): Project {
  const nameOf = new Map(tasks.map(({ id }, number) => [id, `t${number}`]));
  const entries = tasks.map(({ id, deps }) => {
    const inputs = Object.fromEntries(deps.map((dep, i) => [`d${i}`, nameOf.get(dep)]));
    const needed = deps.length === 0 ? {} : { inputs };
    return [nameOf.get(id), { task: 'hash', with: { ids: [id, ...deps] }, ...needed }];
  });
  const pipeline = { name: 'p', modules: ['./m.mjs'], tasks: Object.fromEntries(entries) };
  const files = { 'p.yaml': JSON.stringify(pipeline, null, 1), 'm.mjs': MODULE };
  return new Project(files, { patienceMs: LARGEST_MS });
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
