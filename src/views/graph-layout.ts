/**
 * Places the nodes of a layered graph, so that edges go from left to right, cross rarely and pass between the nodes.
 * Work and result grow with the nodes, the edges and, for long edges, the layers they pass: those of one node share their route.
 */

export interface LayoutNode {
  /** Counted from 0; an edge leads to a greater layer. */
  readonly layer: number;
}

/** Both ends are positions in the list of nodes. */
export interface LayoutEdge {
  readonly from: number;
  readonly to: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A piece of an edge between two layers. An edge that passes a layer crosses it in a straight line. */
export interface Link {
  readonly from: number;
  /** Undefined on a piece that several edges of `from` may share. */
  readonly to?: number;
  readonly start: Point;
  readonly end: Point;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  /** The upper left corner of each node. */
  readonly corners: readonly Point[];
  readonly links: readonly Link[];
}

export const NODE = { width: 172, height: 38 } as const;
const LAYER_GAP = 52;
const ROW_GAP = 12;
/** Edges that pass a layer lie closer to each other than nodes. */
const LANE_HEIGHT = 12;
/** More sweeps change little, as measured on the graphs of real workflows. */
const SWEEPS = 6;

export function layOut(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Layout {
  const grid = gridOf(nodes, edges);
  for (let sweep = 0; sweep < SWEEPS; sweep++) reorder(grid, sweep % 2 === 0);
  const height = place(grid);
  const xOf = (cell: Cell): number => cell.layer * (NODE.width + LAYER_GAP);
  const corners = grid.cells
    .slice(0, nodes.length)
    .map((cell) => ({ x: xOf(cell), y: cell.y - NODE.height / 2 }));
  const links = grid.cells.flatMap((end) =>
    end.before.flatMap((start): Link[] => [
      {
        from: start.node,
        ...(end.isBend ? {} : { to: end.node }),
        start: { x: xOf(start) + NODE.width, y: start.y },
        end: { x: xOf(end), y: end.y },
      },
    ]),
  );
  const layers = grid.layers.length;
  const width = Math.max(0, layers * (NODE.width + LAYER_GAP) - LAYER_GAP);
  return { width, height, corners, links };
}

/** A node, or the point where edges of `node` pass a layer. */
interface Cell {
  readonly node: number;
  readonly layer: number;
  readonly isBend: boolean;
  readonly before: Cell[];
  readonly after: Cell[];
  /** Place within the layer. */
  row: number;
  /** Vertical position of its middle. */
  y: number;
}

interface Grid {
  /** The nodes come first, in their order. */
  readonly cells: Cell[];
  readonly layers: Cell[][];
}

function gridOf(nodes: readonly LayoutNode[], edges: readonly LayoutEdge[]): Grid {
  const cells: Cell[] = [];
  const layers: Cell[][] = [];
  const add = (node: number, layer: number, isBend: boolean): Cell => {
    while (layers.length <= layer) layers.push([]);
    const row = layers[layer]!.length;
    const cell: Cell = { node, layer, isBend, before: [], after: [], row, y: 0 };
    layers[layer]!.push(cell);
    cells.push(cell);
    return cell;
  };
  for (const [node, { layer }] of nodes.entries()) add(node, layer, false);
  const ways = new Map<number, Cell[]>();
  for (const { from, to } of edges) {
    let way = ways.get(from);
    if (way === undefined) ways.set(from, (way = [cells[from]!]));
    const first = nodes[from]!.layer;
    for (let layer = first + way.length; layer < nodes[to]!.layer; layer++) {
      const bend = add(from, layer, true);
      connect(way.at(-1)!, bend);
      way.push(bend);
    }
    connect(way[nodes[to]!.layer - 1 - first]!, cells[to]!);
  }
  return { cells, layers };
}

function connect(before: Cell, after: Cell): void {
  before.after.push(after);
  after.before.push(before);
}

/** Sorts each layer by the mean row of its neighbours in the layer that was sorted before it. */
function reorder({ layers }: Grid, forwards: boolean): void {
  for (const layer of forwards ? layers : layers.toReversed()) {
    const wish = new Map<Cell, number>();
    for (const cell of layer) {
      const neighbours = forwards ? cell.before : cell.after;
      wish.set(cell, neighbours.length === 0 ? cell.row : mean(neighbours, ({ row }) => row));
    }
    layer.sort((a, b) => wish.get(a)! - wish.get(b)! || a.row - b.row);
    for (const [row, cell] of layer.entries()) cell.row = row;
  }
}

/** Places every cell vertically, in the order of rows, as near to its neighbours as there is room; returns the total height. */
function place({ cells, layers }: Grid): number {
  for (const layer of layers) settle(layer, () => 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const forwards = sweep % 2 === 0;
    for (const layer of forwards ? layers : layers.toReversed())
      settle(layer, (cell) => {
        const neighbours = forwards ? cell.before : cell.after;
        return neighbours.length === 0 ? cell.y : mean(neighbours, ({ y }) => y);
      });
  }
  let [top, bottom] = [Infinity, -Infinity];
  for (const cell of cells) {
    top = Math.min(top, cell.y - heightOf(cell) / 2);
    bottom = Math.max(bottom, cell.y + heightOf(cell) / 2);
  }
  for (const cell of cells) cell.y -= top;
  return Math.max(0, bottom - top);
}

/** Places the cells of a layer. Cells that want the same position are moved equally far, up and down. */
function settle(layer: readonly Cell[], wishOf: (cell: Cell) => number): void {
  const wishes = layer.map(wishOf);
  const blocks: { cells: Cell[]; wish: number; height: number }[] = [];
  for (const [index, cell] of layer.entries()) {
    let block = { cells: [cell], wish: wishes[index]!, height: roomFor(cell) };
    for (let above = blocks.at(-1); above !== undefined; above = blocks.at(-1)) {
      if (above.wish + above.height / 2 <= block.wish - block.height / 2) break;
      blocks.pop();
      const [over, under] = [above.cells.length, block.cells.length];
      above.cells.push(...block.cells);
      block = {
        cells: above.cells,
        wish: (above.wish * over + block.wish * under) / (over + under),
        height: above.height + block.height,
      };
    }
    blocks.push(block);
  }
  for (const { cells, wish, height } of blocks) {
    let y = wish - height / 2;
    for (const cell of cells) {
      cell.y = y + roomFor(cell) / 2;
      y += roomFor(cell);
    }
  }
}

const heightOf = ({ isBend }: Cell): number => (isBend ? LANE_HEIGHT : NODE.height);
const roomFor = (cell: Cell): number => heightOf(cell) + (cell.isBend ? 0 : ROW_GAP);

function mean<T>(list: readonly T[], of: (part: T) => number): number {
  let sum = 0;
  for (const part of list) sum += of(part);
  return sum / list.length;
}
