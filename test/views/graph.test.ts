import { expect, test } from 'vitest';
import { dot, graphJson, mermaid } from '../../src/views/graph.ts';
import { pipelineFrom, planOf, registryOf } from '../planner/pipelines.ts';

const plan = planOf(
  await pipelineFrom(`name: p
modules: [./tasks.ts]
tasks:
  lock: {}
  download: { needs: [lock] }
  clean: { inputs: { rows: download } }
  report: { needs: [clean] }
hooks:
  on_finish: { bye: { run: echo bye } }
`),
  { registry: registryOf('lock()', 'download()', 'clean(rows)', 'report(clean)') },
);

test('mermaid draws data flow solid, control flow dotted, and hooks in a box of their own', () => {
  expect(mermaid(plan)).toBe(`flowchart LR
  t0["lock"]
  t1["download"]
  t2["clean"]
  t3["report"]
  subgraph on_finish
    t4["bye"]
  end
  t0 -.-> t1
  t1 -->|rows| t2
  t2 --> t3
`);
});

test('dot draws the same', () => {
  expect(dot(plan)).toBe(`digraph "p" {
  rankdir=LR;
  node [shape=box, style=rounded];
  "lock";
  "download";
  "clean";
  "report";
  subgraph cluster_on_finish { label="on_finish"; "bye"; }
  "lock" -> "download" [style=dotted];
  "download" -> "clean" [label="rows"];
  "clean" -> "report";
}
`);
});

test('the JSON of a graph has a node for each task and an edge for each dependency', () => {
  expect(graphJson(plan)).toMatchObject({
    pipeline: 'p',
    nodes: [
      { name: 'lock', level: 0 },
      { name: 'download', level: 1 },
      { name: 'clean', level: 2 },
      { name: 'report', level: 3 },
      { name: 'bye', hook: 'on_finish' },
    ],
    edges: [
      { from: 'lock', to: 'download', kind: 'control' },
      { from: 'download', to: 'clean', kind: 'data', parameter: 'rows' },
      { from: 'clean', to: 'report', kind: 'data', parameter: 'clean' },
    ],
  });
});
