/** A run's graph, made small enough to be looked at: in a large one, tasks of a level that are not notable share a node. */
import type { RequestedTask } from '../model/plan.ts';
import type { TaskName } from '../model/ids.ts';
import type { LayoutNode } from './graph-layout.ts';

/** Greatest numbers of nodes and layers that a person can read. */
const NODES_SHOWN = 400;
const LAYERS_SHOWN = 120;
/** Nodes in a layer of a folded graph, so that it fits on a screen. */
const ROWS_SHOWN = 24;

export type GraphNode = LayoutNode & {
  readonly levels: readonly [first: number, last: number];
  /** The task of the node, or the many that are folded into it. */
  readonly tasks: readonly TaskName[];
};

export interface GraphEdge {
  /** `from` and `to` are positions in the list of nodes. */
  readonly from: number;
  readonly to: number;
  /** At least one of the folded edges carries a value. */
  readonly isData: boolean;
}

export interface FoldedGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** `isNotable` chooses tasks that get a node of their own as long as there is room. */
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
      // A task outside the selection has no node, and edges between levels that share a node are not drawn.
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

/** Returns how many tasks of a layer have a node of their own; where levels share a layer, none. */
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
  // A folded node takes as much room as the one task that it would stand for.
  if (members.length <= count + 1) return new Set(members);
  const groups = Map.groupBy(members, ({ name }) => isNotable(name));
  return new Set([...(groups.get(true) ?? []), ...(groups.get(false) ?? [])].slice(0, count));
}
