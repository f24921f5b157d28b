/**
 * However a graph is run, its results are the same: one task at a time or many, level by level, in processes of their own, from stored results,
 * after a kill in the middle. The digest of a real graph was worked out elsewhere.
 */
import { describe, expect, test } from 'vitest';
import {
  dagOf,
  dagProject,
  digestOfLastRun,
  handMade,
  knownDags,
  LARGEST_MS,
  type Dag,
} from './dag-project.ts';
import type { Project } from './rig.ts';
import { sampleOf } from '../sample.ts';
import { testNeeding } from '../test-needing.ts';

/** The largest takes its time in dags.test.ts. */
const MOST_TASKS = 2_000;
/** A process is slower to reach than a thread. */
const MOST_PROCESSES = 500;

/** One that is deep, and one whose tasks pass on several values. */
const SAMPLE: readonly string[] = ['wf-epigenomics-chameleon-hep-1seq-100k-001', 'dax-HEFT_paper'];

const graphs = [
  { name: 'three tasks', ...handMade() },
  ...sampleOf(knownDags, ({ name }) => SAMPLE.includes(name))
    .filter(({ nodes }) => nodes <= MOST_TASKS)
    .map((known) => ({ name: known.name, dag: dagOf(known), digest: known.digest })),
];

describe.for(graphs)('$name', { timeout: LARGEST_MS }, ({ dag, digest }) => {
  test.for([
    ['-j', '1'],
    ['-j', '8'],
    ['-j', '8', '--by-level'],
  ])('with %s %s %s', async (words) => {
    using project = dagProject(dag);
    await project.ok('run', 'p.yaml', ...words);
    expect(await digestOfLastRun(project, dag)).toBe(digest);
  });

  testNeeding('a smaller graph', dag.tasks.length <= MOST_PROCESSES)(
    'in processes of their own',
    async () => {
      using project = dagProject(dag, { isolation: 'process' });
      await project.ok('run', 'p.yaml', '-j', '2');
      expect(await digestOfLastRun(project, dag)).toBe(digest);
    },
  );

  test('from stored results, and when half of them are gone', async () => {
    using project = dagProject(dag, { cache: true });
    await project.ok('run', 'p.yaml');
    const again = await project.ok('run', 'p.yaml', '--json');
    expect(statusesIn(again.json)).toEqual(new Set(['cached']));
    expect(await digestOfLastRun(project, dag)).toBe(digest);
    loseHalf(project, dag);
    await project.ok('run', 'p.yaml');
    expect(await digestOfLastRun(project, dag)).toBe(digest);
  });

  test('killed in the middle and resumed', async () => {
    using project = dagProject(dag);
    const dp = project.start({}, 'run', 'p.yaml', '-j', '1', '--reporter', 'ndjson');
    await dp.said(`"task":"${middleOf(dag)}"`);
    dp.signal('SIGKILL');
    await dp.ended;
    const { status } = (await project.dp('show', '--json')).json;
    if (status !== 'succeeded') await project.ok('resume', 'last');
    expect(await digestOfLastRun(project, dag)).toBe(digest);
  });
});

interface Statuses {
  readonly tasks: Readonly<Record<string, { readonly status: string }>>;
}

const statusesIn = ({ tasks }: Statuses): Set<string> =>
  new Set(Object.values(tasks).map(({ status }) => status));

const middleOf = ({ tasks }: Dag): string => `t${Math.floor(tasks.length / 2)}`;

/** Every second result is emptied where it lies. */
function loseHalf(project: Project, { tasks }: Dag): void {
  const results = project
    .listing()
    .map((line) => line.split(' ')[0] ?? '')
    .filter((file) => /\/results\/t\d*[02468]\/.*\.txt$/.test(file));
  expect(results).toHaveLength(Math.ceil(tasks.length / 2));
  project.write(Object.fromEntries(results.map((file) => [file, ''])));
}
