/** The content of plan ids and cache keys, one row for each part, so that two of them can be compared. */
import type { KeyRows } from '../model/difference.ts';
import type { TaskName } from '../model/ids.ts';
import { canonicalJson, type Json } from '../model/json.ts';
import type { CodeParts } from '../model/task.ts';
import { edgeWords, isUsed, wordsOf, type Side } from './differences.ts';
import type { PlanParts, TaskParts } from './parts.ts';

/** Returns the rows of a whole plan. */
export function planRows({ planId, params, surroundings, tasks }: PlanParts): KeyRows {
  const rows = new Map([['plan id', planId]]);
  addAll(rows, 'parameter', params);
  for (const [name, { id, codeHash }] of tasks) {
    rows.set(`id of ${name}`, id);
    if (codeHash !== '') rows.set(`code of ${name}`, codeHash);
  }
  addSurroundings(rows, surroundings);
  return rows;
}

/** Returns the rows of one task, with the results of its inputs in that run; undefined when the task is not part of the plan. */
export function taskRows(name: TaskName, { parts, outputOf }: Side): KeyRows | undefined {
  const task = parts.tasks.get(name);
  if (task === undefined) return undefined;
  const { id, codeHash, dependsOn, definition, code } = task;
  const rows = new Map([['task id', id]]);
  if (definition !== undefined) addAll(rows, '', wordsOf(definition, false));
  for (const [upstream, use] of Object.entries(edgeWords(dependsOn)))
    rows.set(`edge from ${upstream}`, use);
  addUpstreams(rows, task, parts);
  if (codeHash !== '') rows.set('code hash', codeHash);
  if (code !== undefined) addCode(rows, code);
  const uses = [definition?.uses];
  const params = Object.entries(parts.params).filter(([each]) => isUsed('params', each, uses));
  addAll(rows, 'parameter', Object.fromEntries(params));
  addSurroundings(rows, parts.surroundings, uses);
  for (const upstream of new Set(dependsOn.map((edge) => edge.task)))
    rows.set(`result of ${upstream}`, outputOf(upstream) ?? 'not known yet');
  return rows;
}

function addUpstreams(rows: Map<string, string>, { dependsOn }: TaskParts, parts: PlanParts): void {
  for (const upstream of new Set(dependsOn.map((edge) => edge.task))) {
    const id = parts.tasks.get(upstream)?.id;
    if (id !== undefined) rows.set(`id of ${upstream}`, id);
  }
}

function addCode(rows: Map<string, string>, { files, lockFile, options }: CodeParts): void {
  for (const { path, digest } of files) rows.set(`file ${path}`, digest ?? 'cannot be read');
  rows.set('lock file', lockFile ?? 'none');
  rows.set('compile options', options);
}

function addSurroundings(
  rows: Map<string, string>,
  surroundings: PlanParts['surroundings'],
  uses: Parameters<typeof isUsed>[2] = [undefined],
): void {
  if (surroundings === undefined) return;
  const names = Object.keys(surroundings.env).filter((name) => isUsed('env', name, uses));
  for (const name of names.sort())
    rows.set(`environment ${name}`, surroundings.env[name] ?? 'not set');
  rows.set('Node', String(surroundings.nodeMajor));
}

function addAll(
  rows: Map<string, string>,
  prefix: string,
  values: Readonly<Record<string, Json>>,
): void {
  for (const name of Object.keys(values).sort())
    rows.set(`${prefix} ${name}`.trimStart(), canonicalJson(values[name] ?? null));
}
