/** Encodes the request of a run to the bytes that are stored with the run, and decodes them. */
import {
  isDigest,
  isInstant,
  isTaskName,
  type Instant,
  type RunId,
  type TaskName,
} from '../../model/ids.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { Again, RequestedTask, Plan, Selection } from '../../model/plan.ts';
import {
  type Check,
  hasShape,
  isCount,
  isName,
  isNumber,
  isRun,
  isText,
  listOf,
  mapOf,
  oneOf,
  optional,
  orNull,
  type Shape,
} from '../../model/shape.ts';
import type { KeptParts } from '../../planner/parts.ts';

/** The request of a run, as it is stored with the run. */
export interface RunRequest {
  readonly params: JsonObject;
  readonly selection: Selection;
  readonly tasks: readonly RequestedTask[];
  /** Runs whose results stand for tasks outside the selection; absent in requests that an older dp wrote. */
  readonly givenBy?: readonly RunId[];
  /** Runs whose results the plan uses instead of running tasks. */
  readonly takesFrom?: readonly RunId[];
  /** The run that this one repeats, and the tasks of it that run again whatever they gave; absent when every task runs again. */
  readonly retry?: { readonly of: RunId; readonly again: readonly TaskName[] };
  /** Kept parts of the tasks; absent in requests that an older dp wrote. */
  readonly parts?: KeptParts;
  /** Logical time of the run. Absent in requests that an older dp wrote: the time at which the run was started. */
  readonly at?: Instant;
  /** False when the run was planned without a type check, so that less is known of its tasks' parameters; absent otherwise. */
  readonly typeCheck?: false;
}

export function encodeRequest(
  { params, tasks, given }: Plan,
  {
    selection,
    parts,
    at,
    typeCheck,
    retry,
  }: {
    readonly selection: Selection;
    readonly parts?: KeptParts | undefined;
    readonly at?: Instant | undefined;
    readonly typeCheck: boolean;
    /** The retried run, whose elements may be reused in addition to the results in the plan. */
    readonly retry?: { readonly of: RunId; readonly again: Again } | undefined;
  },
): Uint8Array {
  const kept = tasks.map(({ name, id, codeHash, level, dependsOn, decision }): RequestedTask => {
    const isForced = decision.action === 'run' && decision.forced === true;
    return { name, id, codeHash, level, dependsOn, ...(isForced ? { forced: true } : {}) };
  });
  const givenBy = [...new Set([...given.values()].map(({ fromRun }) => fromRun))];
  const takesFrom = [
    ...new Set([
      ...(retry === undefined ? [] : [retry.of]),
      ...tasks.flatMap(({ decision }) => (decision.action === 'cached' ? [decision.fromRun] : [])),
    ]),
  ];
  const request: RunRequest = {
    params,
    selection,
    tasks: kept,
    givenBy,
    takesFrom,
    ...(retry === undefined || retry.again === 'all'
      ? {}
      : { retry: { of: retry.of, again: [...retry.again] } }),
    ...(parts === undefined ? {} : { parts }),
    ...(at === undefined ? {} : { at }),
    ...(typeCheck ? {} : { typeCheck }),
  };
  return Buffer.from(JSON.stringify(request));
}

/** Returns undefined when the bytes are not a request: they come from a database or archive that may have been altered. */
export function decodeRequest(bytes: Uint8Array): RunRequest | undefined {
  try {
    const request: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return isRequest(request) ? request : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isObject: Check = isJsonObject;

const TASK: Shape<RequestedTask> = {
  name: isName,
  id: isText,
  codeHash: isText,
  level: isCount,
  dependsOn: listOf(
    hasShape({ task: isName, kind: oneOf(['data', 'control']), parameter: optional(isText) }),
  ),
  forced: optional(oneOf([true])),
};

const isFile: Check = (value) =>
  Array.isArray(value) && isText(value[0]) && orNull(isDigest)(value[1]);

const PARTS: Shape<KeptParts> = {
  surroundings: hasShape({
    nodeMajor: isNumber,
    env: mapOf(() => true, orNull(isText)),
    given: mapOf(isTaskName, isDigest),
  }),
  planId: isDigest,
  files: listOf(isFile),
  modules: listOf(
    hasShape({ files: listOf(isCount), lockFile: orNull(isDigest), options: isText }),
  ),
  settings: listOf(isObject),
  tasks: listOf(
    hasShape({
      s: isNumber,
      m: optional(isCount),
      work: optional(isObject),
      with: optional(isObject),
      when: optional(isText),
      map: optional(hasShape({ over: isText, as: isText })),
      mentions: optional(listOf(isName)),
      time: optional(isText),
    }),
  ),
};

const REQUEST: Shape<RunRequest> = {
  params: isObject,
  selection: hasShape({
    names: optional(listOf(isText)),
    tags: optional(listOf(isText)),
    only: optional(oneOf([true, false])),
    shard: optional(hasShape({ index: isCount, count: isCount })),
  }),
  tasks: listOf(hasShape(TASK)),
  givenBy: optional(listOf(isRun)),
  takesFrom: optional(listOf(isRun)),
  retry: optional(hasShape({ of: isRun, again: listOf(isName) })),
  parts: optional(hasShape(PARTS)),
  at: optional(isInstant),
  typeCheck: optional(oneOf([false])),
};

const isRequest = hasShape(REQUEST);
