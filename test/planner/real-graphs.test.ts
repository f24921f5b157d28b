import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { isTaskName } from '../../src/model/ids.ts';
import { graphPipeline, planOf } from './pipelines.ts';

/** Graphs of real workflows, and what is known of each. Kept beside the project. */
const FOLDER = new URL('../../../shared/cases/dags/', import.meta.url);

interface Known {
  readonly name: string;
  readonly nodes: number;
  readonly edges: number;
  readonly levels: number;
  readonly maxWidth: number;
  readonly roots: number;
  readonly sinks: number;
  readonly maxFanIn: number;
  readonly maxFanOut: number;
}

/**
 * Task names from any ids, no two alike: `_` is doubled, other characters that a name may not have become
 * `_x` and their code in hexadecimal, closed by `_`; a letter in front.
 */
function taskNameOf(id: string): string {
  const name = id
    .replaceAll('_', '__')
    .replaceAll(/[^A-Za-z0-9_-]/gu, (sign) => `_x${sign.codePointAt(0)!.toString(16)}_`);
  return `t${name}`;
}

test('ids that differ in signs only become different task names', () => {
  const names = ['a.b', 'a b', 'a_b', 'a-b', 'a_x2e_b'].map(taskNameOf);
  expect(names.every(isTaskName)).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});

const read = (file: string) => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'));
const known: Known[] = existsSync(FOLDER) ? read('index.json') : [];

test.skipIf(known.length === 0).for(known)('the plan of $name has the known shape', (graph) => {
  const { tasks }: { tasks: { id: string; deps: string[] }[] } = read(`${graph.name}.json`);
  const needs = new Map(tasks.map(({ id, deps }) => [taskNameOf(id), deps.map(taskNameOf)]));
  expect([...needs.keys()].every(isTaskName)).toBe(true);

  const plan = planOf(graphPipeline(needs));
  const dependents = new Map<string, number>();
  for (const { task } of plan.tasks.flatMap((one) => one.dependsOn)) {
    dependents.set(task, (dependents.get(task) ?? 0) + 1);
  }
  const fanIn = plan.tasks.map((task) => task.dependsOn.length);
  expect({
    nodes: plan.tasks.length,
    edges: fanIn.reduce((sum, edges) => sum + edges, 0),
    levels: plan.levels.length,
    maxWidth: Math.max(...plan.levels.map((level) => level.length)),
    roots: fanIn.filter((edges) => edges === 0).length,
    sinks: plan.tasks.length - dependents.size,
    maxFanIn: Math.max(...fanIn),
    maxFanOut: Math.max(...dependents.values()),
  }).toEqual({
    nodes: graph.nodes,
    edges: graph.edges,
    levels: graph.levels,
    maxWidth: graph.maxWidth,
    roots: graph.roots,
    sinks: graph.sinks,
    maxFanIn: graph.maxFanIn,
    maxFanOut: graph.maxFanOut,
  });
});
