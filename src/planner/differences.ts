/** Computes what differs between two sets of parts: everything that can change one task's result, or the two as wholes. */
import type { Difference } from '../model/difference.ts';
import { snakeCase } from '../model/fields.ts';
import type { Digest, TaskName } from '../model/ids.ts';
import type { InputChange, InputNote, PathNote } from '../model/input-note.ts';
import { canonicalJson, type Json, type JsonObject } from '../model/json.ts';
import type { Dependency } from '../model/plan.ts';
import { settingEntries } from '../model/settings.ts';
import type { CodeParts } from '../model/task.ts';
import type { DefinitionParts, PlanParts, TaskParts } from './parts.ts';
import type { UsedValues } from './used-values.ts';

/** A plan or a run, with the results of its tasks. */
export interface Side {
  readonly parts: PlanParts;
  /** Digest of the task's result; undefined when it gave none, or has not ended. */
  readonly outputOf: (task: TaskName) => Digest | undefined;
}

/** Returns the differences of the task itself, without its upstream tasks and their results. */
export function ownDifferences(
  name: TaskName,
  before: PlanParts,
  after: PlanParts,
): readonly Difference[] {
  const [old, task] = [before.tasks.get(name), after.tasks.get(name)];
  if (old === undefined || task === undefined) return taskDifference(name, old, task);
  return [
    ...definitionDifferences(old, task),
    ...codeDifferences(old, task),
    ...surroundingDifferences(before, after, [old.definition?.uses, task.definition?.uses]),
  ];
}

/** Returns every result among `visible`, the tasks whose results the task can see, that has changed. */
export function inputDifferences(
  visible: Iterable<TaskName>,
  before: Side,
  after: Side,
): readonly Difference[] {
  const differences: Difference[] = [];
  for (const upstream of visible)
    differences.push(
      ...difference('input', upstream, before.outputOf(upstream), after.outputOf(upstream)),
    );
  return differences;
}

/** Compares Node, and the parameters and variables that are used; undefined: all are. */
export function surroundingDifferences(
  before: PlanParts,
  after: PlanParts,
  uses: readonly (UsedValues | undefined)[] = [undefined],
): readonly Difference[] {
  const params = recordDifferences('param', before.params, after.params);
  const differences = params.filter(({ name }) => isUsed('params', name, uses));
  const [old, now] = [before.surroundings, after.surroundings];
  if (old === undefined || now === undefined) return differences;
  for (const name of union(Object.keys(old.env), Object.keys(now.env))) {
    const [was, is] = [ownMember(old.env, name), ownMember(now.env, name)];
    if (was !== is && isUsed('env', name, uses))
      differences.push({
        part: 'env',
        name,
        ...sideOf('before', setness(was)),
        ...sideOf('after', setness(is)),
      });
  }
  differences.push(...difference('node', 'node', old.nodeMajor, now.nodeMajor));
  return differences;
}

/** Returns what has changed of the things that a task was seen to read. */
export function readDifferences(
  changes: readonly InputChange[],
  before: PlanParts,
  after: PlanParts,
): readonly Difference[] {
  return changes.map(({ before: was, after: is }): Difference => {
    if ('path' in was) return pathDifference(was, is);
    if (!('name' in was)) {
      const part = was.is === 'env_names' ? 'env' : 'param';
      return { part, name: part === 'env' ? 'all variables' : 'all parameters' };
    }
    const { name } = was;
    if (was.is === 'param')
      return { part: 'param', name, ...sides(before.params[name], after.params[name]) };
    return { part: 'env', name, ...sides(setnessIn(was), setnessIn(is)) };
  });
}

const setnessIn = (note: InputNote): Json =>
  'digest' in note && note.digest !== null ? 'set' : 'not set';

function pathDifference(was: PathNote, is: InputNote): Difference {
  if (was.is === 'glob')
    return { part: 'folder', name: was.pattern, ...sides(was.digest, contentOf(is)) };
  const name = was.path;
  if (was.is !== is.is && was.is !== 'file')
    return { part: 'presence', name, ...sides(was.is !== 'absent', is.is !== 'absent') };
  const part = was.is === 'present' || was.is === 'absent' ? 'presence' : was.is;
  return { part, name, ...sides(contentOf(was), contentOf(is)) };
}

const contentOf = (note: InputNote): Json | undefined =>
  note.is === 'link' ? note.to : 'digest' in note ? (note.digest ?? undefined) : undefined;

const sides = (before: Json | undefined, after: Json | undefined): Partial<Difference> => ({
  ...sideOf('before', before),
  ...sideOf('after', after),
});

/** Returns whether the last of `uses`, which is what the plan says, or one before it has the name. */
export function isUsed(
  kind: keyof UsedValues,
  name: string,
  uses: readonly (UsedValues | undefined)[],
): boolean {
  const latest = uses.at(-1)?.[kind];
  if (latest === undefined || latest === 'all') return true;
  return uses.some(
    (used) => used !== undefined && used[kind] !== 'all' && used[kind].includes(name),
  );
}

/** Reports whether a variable is set: never its value, nor anything that could confirm a guess at it. */
const setness = (fingerprint: string | null | undefined): Json | undefined =>
  fingerprint === undefined ? undefined : fingerprint === null ? 'not set' : 'set';

export function codeDifferences(before: TaskParts, after: TaskParts): readonly Difference[] {
  if (before.codeHash === after.codeHash) return [];
  const [old, now] = [before.code, after.code];
  if (old === undefined || now === undefined)
    return difference('code', 'code', before.codeHash, after.codeHash);
  return differencesInCode(old, now);
}

/** Compares definitions. Settings that cannot change a result are included only when `all` is asked for. */
export function definitionDifferences(
  before: TaskParts,
  after: TaskParts,
  all = false,
): readonly Difference[] {
  const edges = edgeDifferences(before.dependsOn, after.dependsOn);
  const [old, now] = [before.definition, after.definition];
  if (old === undefined || now === undefined) return edges;
  return [...recordDifferences('definition', wordsOf(old, all), wordsOf(now, all)), ...edges];
}

function taskDifference(
  name: TaskName,
  before: TaskParts | undefined,
  after: TaskParts | undefined,
): readonly Difference[] {
  return difference('task', name, before?.id, after?.id);
}

/** Returns the definition flattened to the keys of the pipeline file. */
export function wordsOf(
  { work, with: values, when, map, settings, time }: DefinitionParts,
  all: boolean,
): JsonObject {
  const words: Record<string, Json> = { ...work };
  for (const [parameter, value] of Object.entries(values)) words[`with.${parameter}`] = value;
  if (when !== undefined) words['when'] = when;
  if (time !== undefined) words['run.time'] = time;
  if (map !== undefined) Object.assign(words, { 'map.over': map.over, 'map.as': map.as });
  const { retry, ...others } = settings;
  for (const [name, value] of Object.entries(others))
    if (all || RESULT_SETTINGS.has(name)) words[snakeCase(name)] = value;
  if (!all) return words;
  for (const [name, value] of Object.entries<Json>({ ...retry }))
    words[`retry.${snakeCase(name)}`] = value;
  return words;
}

const RESULT_SETTINGS: ReadonlySet<string> = new Set(
  settingEntries.flatMap(([name, { id }]) => (id === 'task' ? [name] : [])),
);

function edgeDifferences(
  before: readonly Dependency[],
  after: readonly Dependency[],
): readonly Difference[] {
  const [old, now] = [edgeWords(before), edgeWords(after)];
  return recordDifferences('edge', old, now);
}

/** Returns for each upstream task how it is used. */
export function edgeWords(edges: readonly Dependency[]): Record<TaskName, string> {
  const uses = new Map<TaskName, string[]>();
  for (const { task, kind, parameter } of edges) {
    const use = parameter === undefined ? `${kind} flow` : `parameter ${parameter}`;
    uses.set(task, [...(uses.get(task) ?? []), use]);
  }
  return Object.fromEntries([...uses].map(([task, all]) => [task, all.sort().join(', ')]));
}

export function differencesInCode(before: CodeParts, after: CodeParts): readonly Difference[] {
  return [
    ...recordDifferences('file', digestsOf(before), digestsOf(after)),
    ...difference('lock_file', 'lock file', before.lockFile, after.lockFile),
    ...difference('compile_options', 'tsconfig', before.options, after.options),
  ];
}

const digestsOf = ({ files }: CodeParts): Record<string, Digest | null> =>
  Object.fromEntries(files.map(({ path, digest }) => [path, digest]));

function recordDifferences(
  part: Difference['part'],
  before: JsonObject,
  after: JsonObject,
): readonly Difference[] {
  return union(Object.keys(before), Object.keys(after)).flatMap((name) =>
    difference(part, name, ownMember(before, name), ownMember(after, name)),
  );
}

function difference(
  part: Difference['part'],
  name: string,
  before: Json | undefined,
  after: Json | undefined,
): readonly Difference[] {
  const [old, now] = [before ?? undefined, after ?? undefined];
  if (old === undefined ? now === undefined : now !== undefined && same(old, now)) return [];
  return [{ part, name, ...sideOf('before', before), ...sideOf('after', after) }];
}

/** Returns undefined for inherited members: a task, file or variable may be named `constructor`. */
const ownMember = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined;

const same = (a: Json, b: Json): boolean => a === b || canonicalJson(a) === canonicalJson(b);

const sideOf = <S extends 'before' | 'after'>(
  side: S,
  value: Json | undefined,
): { readonly [K in S]?: Json } =>
  // A computed key loses its name in the type.
  (value === undefined ? {} : { [side]: value }) as { readonly [K in S]?: Json };

const union = (a: readonly string[], b: readonly string[]): string[] => [
  ...new Set([...a, ...b].sort()),
];
