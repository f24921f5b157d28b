/** A run's graph, small enough to be looked at: of a large one, tasks of a level that nobody asks for share a node. */
import type { RequestedTask } from '../model/plan.ts';
import type { TaskName } from '../model/ids.ts';
import type { LayoutNode } from './graph-layout.ts';

/** More nodes than this show nothing to the eye, and more layers are not scrolled through. */
const NODES_SHOWN = 400;
const LAYERS_SHOWN = 120;
/** Of a folded graph, in a layer: what fits on a screen. */
const ROWS_SHOWN = 24;

export type GraphNode = LayoutNode & {
  readonly levels: readonly [first: number, last: number];
  /** Of one task, or of many that are folded. */
  readonly tasks: readonly TaskName[];
};

export interface GraphEdge {
  /** Positions in the list of nodes. */
  readonly from: number;
  readonly to: number;
  /** One of the edges behind it carries a value. */
  readonly isData: boolean;
}

export interface FoldedGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** `isNotable`: tasks that are shown by themselves as long as there is room. */
export function foldedGraph(
  tasks: readonly RequestedTask[],
  isNotable: (task: TaskName) => boolean,
): FoldedGraph {
  const nodes = nodesOf(tasks, isNotable);
  const nodeOf = new Map(nodes.flatMap((node, index) => node.tasks.map((task) => [task, index])));
  const edges = new Map<number, GraphEdge>();
  for (const { name, dependsOn } of tasks) {
    const to = nodeOf.get(name)!;
    for (const { task, kind } of dependsOn) {
      const from = nodeOf.get(task);
      // A task outside the selection is no node, and what happens between levels of one node stays inside.
      if (from === undefined || nodes[from]!.layer >= nodes[to]!.layer) continue;
      const key = from * nodes.length + to;
      const isData = kind === 'data' || edges.get(key)?.isData === true;
      edges.set(key, { from, to, isData });
    }
  }
  return { nodes, edges: [...edges.values()] };
}

function nodesOf(
  tasks: readonly RequestedTask[],
  isNotable: (task: TaskName) => boolean,
): GraphNode[] {
  const levels = Map.groupBy(tasks, ({ level }) => level);
  const levelsALayer = Math.ceil(levels.size / LAYERS_SHOWN);
  const layers = Map.groupBy(tasks, ({ level }) => Math.floor(level / levelsALayer));
  const shownALayer = shownInEach(layers.size, tasks.length, levelsALayer);
  return [...layers].flatMap(([layer, members]) => {
    const first = layer * levelsALayer;
    const last = members.at(-1)!.level;
    const shown = shownOf(members, shownALayer, isNotable);
    const folded = members.filter((task) => !shown.has(task)).map(({ name }) => name);
    const single = members
      .filter((task) => shown.has(task))
      .map(({ name, level }): GraphNode => ({ layer, levels: [level, level], tasks: [name] }));
    return folded.length === 0
      ? single
      : [...single, { layer, levels: [first, last] as const, tasks: folded }];
  });
}

/** How many tasks a layer shows by themselves; where layers are folded, only those of a single task do. */
function shownInEach(layers: number, tasks: number, levelsALayer: number): number {
  if (levelsALayer > 1) return 0;
  if (tasks <= NODES_SHOWN) return Infinity;
  return Math.max(1, Math.min(ROWS_SHOWN, Math.floor(NODES_SHOWN / layers)) - 1);
}

function shownOf(
  members: readonly RequestedTask[],
  count: number,
  isNotable: (task: TaskName) => boolean,
): ReadonlySet<RequestedTask> {
  // A node that stands for one task takes as much room as the task.
  if (members.length <= count + 1) return new Set(members);
  const groups = Map.groupBy(members, ({ name }) => isNotable(name));
  return new Set([...(groups.get(true) ?? []), ...(groups.get(false) ?? [])].slice(0, count));
}
