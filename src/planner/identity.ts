/**
 * Content-hashed identity of plans and tasks.
 * An id covers what a task means: its work, its values and its edges, upstreams included. Settings that
 * cannot change a result (retries, timeouts, isolation, memory, tags) enter the plan's id only.
 */
import { hash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { serialize } from 'node:v8';
import { digestOf, type Digest, type Instant, type TaskName } from '../model/ids.ts';
import { canonicalJson, type Json, type JsonObject } from '../model/json.ts';
import type { ParamSpec, RunProperty } from '../model/pipeline.ts';
import type { Dependency, PlannedTask } from '../model/plan.ts';
import type { ResultRef } from '../model/result.ts';
import type { Shell } from '../model/shell.ts';
import {
  RETRY,
  type Setting,
  type SettingName,
  SETTINGS,
  type TaskSettings,
} from '../model/settings.ts';

type Meaning = Pick<
  PlannedTask,
  'name' | 'work' | 'with' | 'when' | 'map' | 'settings' | 'dependsOn' | 'mentions' | 'hook'
>;

/** Returns the id of a task. `upstreamIds` belong to the tasks at the far ends of the edges, in the order of `dependsOn`. */
export function taskId(task: Meaning, upstreamIds: readonly Digest[]): Digest {
  const parts: (string | undefined)[] = ['task/1', task.name];
  const { work } = task;
  // The module's path never enters: a moved folder keeps its ids.
  if (work.is === 'function') {
    parts.push('function', work.task);
    if (work.cwd !== undefined) parts.push('cwd', work.cwd);
  } else if (work.is === 'pipeline') parts.push('pipeline', work.planId, work.output);
  else if (work.is === 'wait') parts.push('wait', work.event, work.when);
  else {
    parts.push('shell', shellText(work.shell), work.cwd, work.command);
    if (work.outputs !== undefined) parts.push('outputs', canonicalJson([...work.outputs]));
  }
  parts.push(canonicalJson(task.with), task.when, task.map?.over, task.map?.as);
  parts.push(...Object.values(resultSettings(task.settings)));
  const edges = task.dependsOn.map((edge, place) => ({ edge, id: upstreamIds[place] }));
  if (edges.length > 1) edges.sort((a, b) => byEdge(a.edge, b.edge));
  for (const { edge, id } of edges) parts.push(edge.task, id, edge.kind, edge.parameter);
  if (task.hook !== undefined) parts.push('hook', task.hook);
  return digestOf(parts);
}

/** Returns the id of a mapped task without its list, and without the tasks that only the list reads. */
export function elementIdOf(task: Meaning, upstreamIds: readonly Digest[]): Digest | undefined {
  const { map, mentions } = task;
  if (map?.reads === undefined) return undefined;
  const { mentions: ofElement } = map.reads;
  const stays = ({ kind, task: name }: Dependency): boolean =>
    kind === 'data' || !mentions.includes(name) || ofElement.includes(name);
  const dependsOn = task.dependsOn.filter(stays);
  // A hook has upstream tasks without edges to them.
  const ids = upstreamIds.filter(
    (_, place) => task.dependsOn[place] && stays(task.dependsOn[place]),
  );
  return taskId({ ...task, map: { ...map, over: '' }, dependsOn }, ids);
}

/** Returns the name itself where no list is given, so that ids from before there were lists stay the same. */
const shellText = (shell: Shell): string =>
  typeof shell === 'string' ? shell : canonicalJson(shell);

/** Returns the values of the settings that can change a result, in the order of the id; the compiler checks that each is covered. */
const resultSettings = ({
  streamOutput,
  triggerRule,
}: TaskSettings): Readonly<Record<ResultSetting, string>> => ({
  streamOutput: streamOutput ? 'stream' : 'value',
  triggerRule,
});
type ResultSetting = {
  [K in SettingName]: (typeof SETTINGS)[K]['id'] extends 'task' ? K : never;
}[SettingName];

/**
 * Returns the digest of the structure: it is the same whatever the order of keys, the files, the values of parameters or the
 * machine. Tasks come in the order of the plan, which is given by the structure too.
 * The `timeout`, `pools` and `env` of a pipeline do not enter: the id of a child's plan is part of its parent's task, so a
 * run that met such a limit could not be resumed under a wider one, and what tasks see of variables is in their keys.
 */
export function planIdOf(
  pipeline: string,
  params: Iterable<ParamSpec>,
  tasks: Iterable<Pick<PlannedTask, 'id' | 'settings' | 'tags' | 'map' | 'work'>>,
): Digest {
  const parts: (string | undefined)[] = ['plan/1', pipeline];
  for (const param of [...params].sort(byName)) {
    parts.push('param', param.name, canonicalJson(param.schema));
    parts.push(param.default === undefined ? undefined : canonicalJson(param.default));
  }
  for (const task of tasks) {
    const tags = [...new Set(task.tags)].sort();
    parts.push('task', task.id, settingsDigest(task.settings), String(tags.length), ...tags);
    parts.push(task.map === undefined ? undefined : String(task.map.maxParallel));
    if (task.work.is === 'wait') parts.push(String(task.work.timeout));
  }
  return digestOf(parts);
}

/** The values that have to be equal for a stored result to be reused. */
export interface KeyParts {
  readonly id: Digest;
  readonly codeHash: Digest;
  /** Canonical JSON of the parameters' values. */
  readonly params: string;
  /** Digest of the values of the declared environment variables. */
  readonly envDigest: Digest;
  readonly nodeMajor: number;
  /** Every upstream task whose output the task can see; undefined: it has no result. */
  readonly inputs: ReadonlyMap<TaskName, ResultRef | undefined>;
  /** Facts about the run itself that its values read. */
  readonly facts: readonly string[];
  /** The result is used only while notes of what was read for it hold. */
  readonly isObserved: boolean;
  /** What the task declares of its files. */
  readonly declared?: string;
}

/** Asks `tell` only for facts that the task reads. Returns undefined when any of them is not known yet. */
export function factsOf(
  { reads }: Pick<PlannedTask, 'reads'>,
  tell: {
    readonly run: (part: RunProperty) => string | undefined;
    readonly statusOf: (task: TaskName) => string | undefined;
  },
): readonly string[] | undefined {
  const facts: string[] = [];
  for (const part of reads?.run ?? []) {
    const fact = tell.run(part);
    if (fact === undefined) return undefined;
    facts.push(part, fact);
  }
  for (const task of reads?.statusOf ?? []) {
    const fact = tell.statusOf(task);
    if (fact === undefined) return undefined;
    facts.push(task, fact);
  }
  return facts;
}

/** Returns the logical time of a run as it enters the keys of tasks that read it. */
export const timeFact = (at: Instant): string => new Date(at).toISOString();

export function cacheKey(parts: KeyParts): Digest {
  // Results that older versions stored have no notes: they must not be found.
  const list: (string | undefined)[] = [
    parts.isObserved ? 'key/2' : 'key/1',
    parts.id,
    parts.codeHash,
    parts.params,
  ];
  list.push(parts.envDigest, String(parts.nodeMajor));
  for (const [task, output] of [...parts.inputs].sort(byTask)) {
    list.push(task, output === undefined ? undefined : outputDigest(output));
  }
  if (parts.facts.length > 0) list.push('run', ...parts.facts);
  if (parts.declared !== undefined) list.push('files', parts.declared);
  return digestOf(list);
}

/** Returns the key of one element of a mapped task; `base` is the key of the task without its list. */
export const elementKey = (base: Digest, element: unknown): Digest =>
  digestOf(['element/1', base, hash('sha256', serialize(element))]);

/** Equal outputs give equal digests, wherever they are stored. */
export function outputDigest(output: ResultRef): Digest {
  switch (output.is) {
    case 'void':
      return digestOf(['void']);
    case 'list':
      return digestOf(['list', ...output.items.map(outputDigest)]);
    default:
      return digestOf([output.is, output.digest]);
  }
}

/** Settings are few and shared by many tasks: each object is digested once. */
const settingsDigests = new WeakMap<TaskSettings, Digest>();
function settingsDigest(settings: TaskSettings): Digest {
  let digest = settingsDigests.get(settings);
  if (digest === undefined) {
    digest = digestOf([canonicalJson(countedOf(settings))]);
    settingsDigests.set(settings, digest);
  }
  return digest;
}

/** Settings added later count only where they are used, so that plans without them keep their ids. */
function countedOf(settings: TaskSettings): JsonObject {
  return { ...counted(SETTINGS, settings), retry: counted(RETRY, settings.retry) };
}

function counted(
  said: Readonly<Record<string, Setting>>,
  values: Readonly<Record<string, Json | undefined>>,
): JsonObject {
  return Object.fromEntries(
    Object.entries(said).flatMap(([name, { id, default: unused }]): [string, Json][] => {
      const value = values[name];
      if (value === undefined || (id === 'plan, once used' && isDeepStrictEqual(value, unused)))
        return [];
      return [[name, value]];
    }),
  );
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = (a: { name: string }, b: { name: string }): number => order(a.name, b.name);
const byTask = (a: readonly [TaskName, unknown], b: readonly [TaskName, unknown]): number =>
  order(a[0], b[0]);
/** One task may feed several parameters, so the parameter takes part. */
const byEdge = (a: Dependency, b: Dependency): number =>
  order(a.task, b.task) || order(a.parameter ?? '', b.parameter ?? '');
