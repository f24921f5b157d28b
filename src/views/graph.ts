/** A plan as a graph, in the formats of tools that draw it. */
import type { Plan, PlannedTask } from '../model/plan.ts';
import { HOOKS, type Hook } from '../model/task.ts';
import { workJson } from './plan-json.ts';

/** Returns a Mermaid flowchart. A pipeline as a task has double sides, a wait is a hexagon. Data flow is a solid arrow, labelled where the parameter has another name; control flow is dotted. */
export function mermaid(plan: Plan): string {
  const numberOf = new Map(plan.tasks.map((task, number) => [task.name, number]));
  let text = 'flowchart LR\n';
  const node = ({ name, work }: PlannedTask): string =>
    `t${numberOf.get(name)}${work.is === 'pipeline' ? `[["${name}"]]` : work.is === 'wait' ? `{{"${name}"}}` : `["${name}"]`}`;
  for (const task of plan.tasks) if (task.hook === undefined) text += `  ${node(task)}\n`;
  for (const [hook, tasks] of hooksOf(plan)) {
    text += `  subgraph ${hook}\n`;
    for (const task of tasks) text += `    ${node(task)}\n`;
    text += '  end\n';
  }
  for (const { from, to, kind, label } of edges(plan)) {
    const arrow = kind === 'control' ? '-.->' : label === undefined ? '-->' : `-->|${label}|`;
    text += `  t${numberOf.get(from)} ${arrow} t${numberOf.get(to)}\n`;
  }
  return text;
}

/** Returns the same for Graphviz. */
export function dot(plan: Plan): string {
  let text = `digraph "${plan.pipeline}" {\n  rankdir=LR;\n  node [shape=box, style=rounded];\n`;
  for (const { name, hook, work } of plan.tasks) {
    if (work.is === 'pipeline') text += `  "${name}" [peripheries=2];\n`;
    else if (work.is === 'wait') text += `  "${name}" [shape=hexagon, style=solid];\n`;
    else if (hook === undefined) text += `  "${name}";\n`;
  }
  for (const [hook, tasks] of hooksOf(plan)) {
    const nodes = tasks.map(({ name }) => `"${name}"; `).join('');
    text += `  subgraph cluster_${hook} { label="${hook}"; ${nodes}}\n`;
  }
  for (const { from, to, kind, label } of edges(plan)) {
    const style =
      kind === 'control' ? ' [style=dotted]' : label === undefined ? '' : ` [label="${label}"]`;
    text += `  "${from}" -> "${to}"${style};\n`;
  }
  return `${text}}\n`;
}

export function graphJson(plan: Plan): Readonly<Record<string, unknown>> {
  return {
    pipeline: plan.pipeline,
    nodes: plan.tasks.map(({ name, level, tags, hook, work }) => ({
      name,
      level,
      tags,
      ...(hook === undefined ? {} : { hook }),
      ...workJson(work),
    })),
    edges: edges(plan).map(({ from, to, kind, parameter }) => ({
      from,
      to,
      kind,
      ...(parameter === undefined ? {} : { parameter }),
    })),
  };
}

function hooksOf({ tasks }: Plan): readonly (readonly [Hook, readonly PlannedTask[]])[] {
  return HOOKS.map((kind) => [kind, tasks.filter(({ hook }) => hook === kind)] as const).filter(
    ([, hooks]) => hooks.length > 0,
  );
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'data' | 'control';
  readonly parameter: string | undefined;
  /** The parameter, where its name is not the name of the task. */
  readonly label: string | undefined;
}

function edges(plan: Plan): Edge[] {
  const known = new Set(plan.tasks.map((task) => task.name));
  return plan.tasks.flatMap((task) =>
    task.dependsOn
      .filter((edge) => known.has(edge.task))
      .map(({ task: from, kind, parameter }) => ({
        from,
        to: task.name,
        kind,
        parameter,
        label: parameter === from ? undefined : parameter,
      })),
  );
}
