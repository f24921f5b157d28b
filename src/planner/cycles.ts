/** Reports tasks that wait for each other, one diagnostic for each ring. */
import type { Diagnostic } from '../model/diagnostic.ts';
import type { TaskName } from '../model/ids.ts';
import type { Upstream } from './graph.ts';
import { ringsOf } from './rings.ts';
import type { WiredEdge, WiredTask } from './wiring.ts';

/** Maximum number of names reported for a ring; the rest of a longer one is counted. */
const MOST_NAMES = 20;

export function cyclesIn(
  tasks: readonly WiredTask[],
  upstream: Upstream,
  levelOf: Int32Array,
): Diagnostic[] {
  return ringsOf(upstream, levelOf).map((ring) => cycle(ring.map((task) => tasks[task]!)));
}

/** Each task of the ring waits for the next one, the last for the first. */
function cycle(ring: readonly WiredTask[]): Diagnostic {
  const names = ring.map(({ spec }) => spec.name);
  const told = ring.slice(0, MOST_NAMES);
  const edges = told.map((task, i) => edgeTo(task, names[(i + 1) % names.length]!));
  return {
    code: 'DP4001',
    severity: 'error',
    message: `the tasks wait for each other: ${chain(names)}`,
    at: edges[0]!.at,
    hint: 'remove one of these edges',
    related: edges
      .slice(1)
      .map((edge, i) => ({ message: `"${names[i + 1]}" needs "${edge.task}"`, at: edge.at })),
  };
}

function chain(names: readonly TaskName[]): string {
  const told = names.slice(0, MOST_NAMES).map((name) => `"${name}"`);
  const left = names.length - told.length;
  return [...told, ...(left > 0 ? [`${left} more`] : []), `"${names[0]}"`].join(' -> ');
}

const edgeTo = (task: WiredTask, upstream: TaskName): WiredEdge =>
  task.edges.find((edge) => edge.task === upstream)!;
