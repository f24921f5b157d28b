/** Task graphs as projects: every task hashes what it gets, so one digest tells whether every edge carried its value. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createFilesystemIo } from '../../src/io/filesystem.ts';
import type { ResultRef } from '../../src/model/result.ts';
import { Project } from './rig.ts';

export interface Dag {
  readonly tasks: readonly { readonly id: string; readonly deps: readonly string[] }[];
}

/** What is known of a graph that lies outside the project. */
export interface KnownDag {
  readonly name: string;
  readonly nodes: number;
  readonly edges: number;
  readonly levels: number;
  readonly maxWidth: number;
  readonly digest: string;
}

/** For the largest graph, on a machine that has other things to do. */
export const LARGEST_MS = 120_000;

const FOLDER = new URL('../../../shared/cases/dags/', import.meta.url);

/** Real graphs, where they are at hand. */
export const knownDags: readonly KnownDag[] = existsSync(FOLDER)
  ? JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8'))
  : [];

export function dagOf({ name }: KnownDag): Dag {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), 'utf8')) as Dag;
}

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

/** `defaults` are settings of every task. */
export function dagProject(
  { tasks }: Dag,
  defaults: Readonly<Record<string, unknown>> = {},
): Project {
  const nameOf = new Map(tasks.map(({ id }, number) => [id, `t${number}`]));
  const entries = tasks.map(({ id, deps }) => {
    const inputs = Object.fromEntries(deps.map((dep, i) => [`d${i}`, nameOf.get(dep)]));
    const needed = deps.length === 0 ? {} : { inputs };
    return [nameOf.get(id), { task: 'hash', with: { ids: [id, ...deps] }, ...needed }];
  });
  const pipeline = {
    name: 'p',
    modules: ['./m.mjs'],
    defaults,
    tasks: Object.fromEntries(entries),
  };
  const files = { 'p.yaml': JSON.stringify(pipeline, null, 1), 'm.mjs': MODULE };
  return new Project(files, { patienceMs: LARGEST_MS });
}

/** Over the results of the last run. */
export async function digestOfLastRun(project: Project, dag: Dag): Promise<string> {
  const { out } = await project.ok('events', 'last', '--topic', 'run.task.*', '--json');
  const io = createFilesystemIo({ root: project.path('.dp') });
  const outputs = new Map<string, ResultRef>();
  for (const line of out.trimEnd().split('\n')) {
    const { task, data } = JSON.parse(line);
    if (data.output !== undefined) outputs.set(task, data.output);
  }
  const lines: string[] = [];
  for (const [task, output] of outputs)
    lines.push(`${dag.tasks[Number(task.slice(1))]!.id} ${String(await io.load(output))}\n`);
  return sha256(lines.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).join(''));
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Three tasks, and the digest worked out by hand. */
export function handMade(): { readonly dag: Dag; readonly digest: string } {
  const a = sha256('a\n');
  const b = sha256(`b\n${a}`);
  const c = sha256(`c\n${a}\n${b}`);
  const tasks = [
    { id: 'c', deps: ['b', 'a'] },
    { id: 'b', deps: ['a'] },
    { id: 'a', deps: [] },
  ];
  return { dag: { tasks }, digest: sha256(`a ${a}\nb ${b}\nc ${c}\n`) };
}
