/**
 * Plain data of unknown origin comes in; the reason why it cannot be an event that dp recorded goes out.
 * A database or an archive may have been altered by anyone who had access to the file.
 */
import type { LifecycleData, LifecycleTopic, Owner, TaskError, WaitRecord } from './event.ts';
import { isDigest, isInstant, isTaskName, type RunId } from './ids.ts';
import { isJsonObject } from './json.ts';
import { isReason } from './recorded-reason.ts';
import { isResultRef } from './result.ts';
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
} from './shape.ts';
import { HOOKS } from './task.ts';
import { topicProblem } from './topic.ts';

/** Returns what is wrong, as the end of the sentence "the event …"; undefined when it is a valid event of the run. */
export function eventProblem(event: unknown, run: RunId): string | undefined {
  if (!isJsonObject(event)) return 'is no object';
  const { v, id, topic, time, task, attempt, element, data } = event;
  if (event['runId'] !== run) return 'belongs to another run';
  if (v !== 1 || !isText(id) || !isText(topic)) return 'lacks its version, id or topic';
  if (!isInstant(time)) return 'has an impossible time';
  const isAboutTask = optional(isName)(task) && optional(isCount)(attempt);
  if (!isAboutTask || !optional(isCount)(element)) return 'has an impossible task or attempt';
  if (topicProblem(topic) !== undefined) return 'has a malformed topic';
  if (!isKnownTopic(topic)) return undefined;
  if (topic.startsWith('run.task.') !== (task !== undefined))
    return `has the topic "${topic}" and ${task === undefined ? 'names no' : 'names a'} task`;
  return FITS[topic]?.(data) === true ? undefined : `has data that does not fit "${topic}"`;
}

/** Returns whether the topic is reserved for dp, but this version does not use it: a later one may, or the topic was altered. */
export function isUnknownTopic(topic: string): boolean {
  return /^(?:run|schedule)(?:\.|$)/.test(topic) && !isKnownTopic(topic);
}

/** Returns whether this version of dp records lifecycle events on the topic. */
export function isKnownTopic(topic: string): topic is LifecycleTopic {
  return Object.hasOwn(SHAPES, topic);
}

/** Earlier versions recorded progress values of any scalar type. */
const isScalar: Check = (value) => typeof value !== 'object' || value === null;

const OWNER: Shape<Owner> = {
  pid: isCount,
  startTime: optional(isText),
  bootId: optional(isText),
  pidNamespace: optional(isText),
  host: isText,
};
export const isOwner = hasShape(OWNER);

/** Maximum number of causes, and errors in them, that dp follows. */
const MOST_CAUSES = 200;

const isTaskError: Check = (value) => {
  const chain = [value];
  for (const error of chain) {
    if (chain.length > MOST_CAUSES || !hasErrorShape(error)) return false;
    const { cause, errors = [] } = error as TaskError; // The cast is safe: the shape was checked.
    if (cause !== undefined) chain.push(cause);
    chain.push(...errors);
  }
  return true;
};

const hasErrorShape = hasShape({
  name: isText,
  message: isText,
  stack: optional(isText),
  details: optional(isText),
  errors: optional(listOf(isJsonObject)),
  file: optional(isText),
  line: optional(isNumber),
  column: optional(isNumber),
  code: optional(isText),
  exitCode: optional(isNumber),
  signal: optional(isText),
});

const isHooks = mapOf(isTaskName, oneOf(HOOKS));

const isTotals = hasShape({
  succeeded: isCount,
  cached: isCount,
  failed: isCount,
  skipped: isCount,
  upstreamFailed: isCount,
  cancelled: isCount,
});

const isKey = orNull(isDigest);

const REASON = { reason: isText, why: optional(isReason) };

const WAIT: Shape<WaitRecord> = {
  event: isText,
  after: isCount,
  since: isInstant,
  until: orNull(isInstant),
};

const RUN_END = { totals: isTotals, durationMs: optional(isNumber) };

/** Required shape of the data of each topic. */
const SHAPES: { readonly [Topic in LifecycleTopic]: Shape<LifecycleData[Topic]> } = {
  'run.started': {
    pipeline: isText,
    planId: isDigest,
    file: isText,
    params: isJsonObject,
    tasks: isCount,
    hooks: optional(isHooks),
    owner: isOwner,
    retryOf: optional(isRun),
    parent: optional(isRun),
    parentTask: optional(isName),
  },
  'run.resumed': { owner: isOwner },
  'run.stopping': { ...REASON, graceMs: isNumber },
  'run.succeeded': RUN_END,
  'run.failed': { ...RUN_END, error: optional(isTaskError) },
  'run.cancelled': { ...RUN_END, ...REASON },
  'run.level.started': { level: isCount, tasks: isCount },
  'run.level.completed': { level: isCount },
  'run.task.ready': { key: isKey },
  'run.task.started': {
    worker: isCount,
    token: isText,
    childRunId: optional(isRun),
    wait: optional(hasShape(WAIT)),
  },
  'run.task.progress': { done: isScalar, total: isScalar },
  'run.task.retrying': {
    reason: isText,
    error: isTaskError,
    delayMs: orNull(isNumber),
    dueAt: orNull(isNumber),
  },
  'run.task.succeeded': {
    output: isResultRef,
    durationMs: isNumber,
    key: isKey,
    holdsSecret: optional(oneOf([true])),
  },
  'run.task.cached': { output: isResultRef, fromRun: isRun, key: isKey },
  'run.task.failed': {
    reason: oneOf(['failed', 'crashed']),
    error: isTaskError,
    durationMs: isNumber,
  },
  'run.task.timed_out': { error: isTaskError, durationMs: isNumber },
  'run.task.skipped': REASON,
  'run.task.upstream_failed': { because: listOf(isName) },
  'run.task.cancelled': REASON,
  'run.task.expanded': { elements: isCount },
};

const FITS: Readonly<Record<string, Check>> = Object.fromEntries(
  Object.entries(SHAPES).map(([topic, shape]) => [topic, hasShape<object>(shape)]),
);
