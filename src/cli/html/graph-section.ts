import { foldedGraph, type GraphNode } from '../../views/folded-graph.ts';
import { layOut, NODE, type Link, type Point } from '../../views/graph-layout.ts';
import { html, type Markup } from './markup.ts';
import { isNotable, numbersOf, recordOf, type ReportedRun } from '../../views/reported-run.ts';
import { durationText } from '../../views/amounts.ts';
import { statusText } from '../../views/run-words.ts';

const MARGIN = 8;
/** Characters shown of a task's name; the whole name is in the tooltip. */
const NAME_LENGTH = 22;
const LINE_LENGTH = 26;

/** Draws the graph as it was run: a node for each task, from left to right by level. */
export function graphSection(run: ReportedRun): Markup {
  const graph = foldedGraph(run.tasks, (task) => isNotable(run, task));
  const { width, height, corners, links } = layOut(graph.nodes, graph.edges);
  // A line that several edges share carries values when one of them does.
  const carrying = new Set(
    graph.edges
      .filter(({ isData }) => isData)
      .flatMap(({ from, to }) => [`${from}`, `${from} ${to}`]),
  );
  const isSlow = ({ tasks }: GraphNode): boolean =>
    tasks.length === 1 && tasks.every((task) => run.slowestPath.has(task));
  const onSlowest = (index: number): boolean => isSlow(graph.nodes[index]!);
  const numbers = numbersOf(run);
  const box = `${-MARGIN} ${-MARGIN} ${rounded(width + 2 * MARGIN)} ${rounded(height + 2 * MARGIN)}`;
  return html`<section id="graph">
    <h2>Graph</h2>
    <p class="note">
      ${run.tasks.length} tasks; solid edges carry values, dashed ones only order; the slowest path
      is drawn
      bold.${
        graph.nodes.length < run.tasks.length
          ? ` Too many to draw each: ${graph.nodes.length} nodes stand for them, and those with a number for many.`
          : undefined
      }
    </p>
    <div class="canvas" tabindex="0" role="region" aria-label="Graph of the tasks, by level">
      <svg
        viewBox="${box}"
        width="${rounded(width + 2 * MARGIN)}"
        height="${rounded(height + 2 * MARGIN)}"
      >
        <g class="edges">${links.map((link) => linkMarkup(link, carrying, onSlowest))}</g>
        ${graph.nodes.map((node, index) => nodeMarkup(run, node, { index, corner: corners[index]!, isSlow: isSlow(node) }, numbers))}
      </svg>
    </div>
  </section>`;
}

function linkMarkup(
  { from, to, start, end }: Link,
  carrying: ReadonlySet<string>,
  onSlowest: (node: number) => boolean,
): Markup {
  const middle = rounded((start.x + end.x) / 2);
  const [y1, y2] = [rounded(start.y), rounded(end.y)];
  const curve = `M${rounded(start.x)} ${y1}C${middle} ${y1} ${middle} ${y2} ${rounded(end.x)} ${y2}`;
  if (to === undefined)
    return html`<path
      class="${carrying.has(`${from}`) ? 'data' : 'control'}"
      d="${curve}h${NODE.width}"
      data-from="${from}"
    />`;
  const kind = carrying.has(`${from} ${to}`) ? 'data' : 'control';
  const slow = onSlowest(from) && onSlowest(to) ? ' slow' : '';
  return html`<path class="${kind}${slow}" d="${curve}" data-from="${from}" data-to="${to}" />`;
}

interface DrawnNode {
  readonly index: number;
  readonly corner: Point;
  readonly isSlow: boolean;
}

function nodeMarkup(
  run: ReportedRun,
  node: GraphNode,
  { index, corner, isSlow }: DrawnNode,
  numbers: ReadonlyMap<string, number>,
): Markup {
  const [name = ''] = node.tasks;
  const isOne = node.tasks.length === 1;
  const { status, durationMs } = recordOf(run, name);
  const counts = isOne ? '' : countsText(run, node);
  const title = isOne ? name : `${node.tasks.length} tasks of ${levelsText(node)}`;
  const took = durationMs === undefined ? '' : ` · ${durationText(durationMs)}`;
  const line = isOne ? `${statusText(status)}${took}` : counts;
  const shown = isOne ? shortened(title) : `${node.tasks.length} tasks`;
  return html`<a
    href="#t${numbers.get(name)}"
    class="node ${isOne ? status : 'many'}${isSlow ? ' slow' : ''}"
    data-node="${index}"
    transform="translate(${rounded(corner.x)} ${rounded(corner.y)})"
    ><title>${title}: ${line}</title
    ><rect width="${NODE.width}" height="${NODE.height}" rx="5" /><rect
      class="mark"
      width="5"
      height="${NODE.height}"
      rx="2"
    /><text x="13" y="16">${shown}</text
    ><text class="line" x="13" y="31"
      >${line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH - 1)}…` : line}</text
    ></a
  > `;
}

function countsText(run: ReportedRun, { tasks }: GraphNode): string {
  const counts = Map.groupBy(tasks, (task) => recordOf(run, task).status);
  return [...counts].map(([status, { length }]) => `${length} ${statusText(status)}`).join(', ');
}

const levelsText = ({ levels: [first, last] }: GraphNode): string =>
  first === last ? `level ${first}` : `levels ${first} to ${last}`;

/** Cuts the middle out: names often differ at their ends. */
function shortened(text: string): string {
  if (text.length <= NAME_LENGTH) return text;
  const kept = NAME_LENGTH - 1;
  return `${text.slice(0, Math.floor(kept / 2))}…${text.slice(-Math.ceil(kept / 2))}`;
}

const rounded = (value: number): number => Math.round(value * 10) / 10;
