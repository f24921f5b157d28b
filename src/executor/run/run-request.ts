/** What a run was asked to do comes in, the bytes that are kept with the run go out; and back. */
import { isDigest, isInstant, isTaskName, type Instant, type RunId } from '../../model/ids.ts';
import { isJsonObject, type JsonObject } from '../../model/json.ts';
import type { RequestedTask, Plan, Selection } from '../../model/plan.ts';
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

/** What a run was asked to do, as it is kept with it. */
export interface RunRequest {
  readonly params: JsonObject;
  readonly selection: Selection;
  readonly tasks: readonly RequestedTask[];
  /** Runs whose results feed tasks from outside the selection; absent in what an older dp wrote. */
  readonly givenBy?: readonly RunId[];
  /** Runs whose results the plan counts on instead of running tasks. */
  readonly takesFrom?: readonly RunId[];
  /** Absent in what an older dp wrote. */
  readonly parts?: KeptParts;
  /** Logical time: the instant that the run is about. Absent: the instant at which it was started. */
  readonly at?: Instant;
  /** False: the run was planned without a type check, so that it knows less of its tasks' parameters. Absent: with one. */
  readonly typeCheck?: false;
}

export function encodeRequest(
  { params, tasks, given }: Plan,
  {
    selection,
    parts,
    at,
    typeCheck,
    retryOf,
  }: {
    readonly selection: Selection;
    readonly parts?: KeptParts | undefined;
    readonly at?: Instant | undefined;
    readonly typeCheck: boolean;
    /** The run whose single elements may stand in, besides what the plan says. */
    readonly retryOf?: RunId | undefined;
  },
): Uint8Array {
  const kept = tasks.map(({ name, id, codeHash, level, dependsOn, decision }): RequestedTask => {
    const isForced = decision.action === 'run' && decision.forced === true;
    return { name, id, codeHash, level, dependsOn, ...(isForced ? { forced: true } : {}) };
  });
  const givenBy = [...new Set([...given.values()].map(({ fromRun }) => fromRun))];
  const takesFrom = [
    ...new Set([
      ...(retryOf === undefined ? [] : [retryOf]),
      ...tasks.flatMap(({ decision }) => (decision.action === 'cached' ? [decision.fromRun] : [])),
    ]),
  ];
  const request: RunRequest = {
    params,
    selection,
    tasks: kept,
    givenBy,
    takesFrom,
    ...(parts === undefined ? {} : { parts }),
    ...(at === undefined ? {} : { at }),
    ...(typeCheck ? {} : { typeCheck }),
  };
  return Buffer.from(JSON.stringify(request));
}

/** Returns undefined when the bytes are no request: they come from a database or an archive that anyone may have altered. */
export function decodeRequest(bytes: Uint8Array): RunRequest | undefined {
  try {
    const request: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return isRequest(request) ? request : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isRequest = (value: unknown): value is RunRequest => isWholeRequest(value);

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
  parts: optional(hasShape(PARTS)),
  at: optional(isInstant),
  typeCheck: optional(oneOf([false])),
};

const isWholeRequest = hasShape(REQUEST);
