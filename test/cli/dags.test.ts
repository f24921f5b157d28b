/** Real task graphs from outside the project, when they are at hand; one from here always. */
import { expect, test } from 'vitest';
import {
  dagOf,
  dagProject,
  digestOfLastRun,
  handMade,
  knownDags,
  LARGEST_MS,
} from './dag-project.ts';
import { sampleOf } from '../sample.ts';

test('a small graph gives the digest that can be worked out by hand', async () => {
  const { dag, digest } = handMade();
  using project = dagProject(dag);
  await project.ok('run', 'p.yaml');
  expect(await digestOfLastRun(project, dag)).toBe(digest);
});

test.for(sampleOf(knownDags, ({ nodes }) => nodes <= 1_000))(
  '$name: $nodes tasks, $edges edges, $levels levels',
  { timeout: LARGEST_MS },
  async (known) => {
    const dag = dagOf(known);
    using project = dagProject(dag);
    // Both at once: neither has a say in the other.
    const [{ json }] = await Promise.all([
      project.ok('plan', 'p.yaml', '--json'),
      project.ok('run', 'p.yaml', '-j', '2'),
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
    expect(await digestOfLastRun(project, dag)).toBe(known.digest);
  },
);
