/** The context that a function gets beside its arguments: what it may know of its attempt, and what it may tell dp. */
import type { JsonObject } from '../../model/json.ts';
import { Fault } from '../../model/fault.ts';
import type { TaskContext } from '../../registry/authoring/task-context.ts';
import type { Assignment, FromWorker } from '../ports/protocol.ts';
import type { AttemptScope } from './attempt-scope.ts';
import { blamingCaller, checkFigure, checkPublicTopic, Publications } from './publishable.ts';
import type { Redaction } from './redaction.ts';

export interface ContextParts {
  readonly assignment: Pick<Assignment, 'token' | 'task' | 'attempt' | 'key'>;
  readonly run: string;
  readonly params: JsonObject;
  /** The standard variables and the declared ones. */
  readonly env: TaskContext['env'];
  readonly resumeFrom: number;
  readonly scope: Pick<AttemptScope, 'log' | 'isOver'>;
  /** Its signal is made when it is asked for: most functions ask for none. */
  readonly stop: AbortController;
  readonly redaction: Redaction;
  /** Sends messages to dp. */
  readonly tell: (message: FromWorker) => void;
  /** Records a sign of life. */
  readonly beat: () => void;
}

/** Minimum time between two progress messages of one attempt. */
const PROGRESS_EVERY_MS = 100;

export function attemptContext(parts: ContextParts): TaskContext {
  const { run, params, env, resumeFrom, scope, stop, redaction, beat } = parts;
  const { token, task, attempt, key } = parts.assignment;
  const publications = new Publications();
  let toldAt = -PROGRESS_EVERY_MS;
  const tell = (message: FromWorker): void => {
    if (scope.isOver)
      throw new Fault('DP6013', `the attempt of ${task} has ended, so the call has no effect`);
    parts.tell(message);
  };
  return {
    runId: run,
    task,
    attempt,
    get signal() {
      return stop.signal;
    },
    params,
    env,
    key,
    resumeFrom,
    get log() {
      return scope.log.logger;
    },
    publish: blamingCaller((topic, data) => {
      checkPublicTopic(topic);
      refuseSecret(topic, redaction);
      tell({ is: 'published', token, topic, data: publications.accept(data) });
    }),
    progress: blamingCaller((done, total) => {
      checkFigure(done, 'done');
      if ((total ?? null) !== null) checkFigure(total, 'total');
      beat();
      const now = performance.now();
      if (now - toldAt < PROGRESS_EVERY_MS && done !== total) return;
      if (!publications.acceptProgress()) return;
      toldAt = now;
      tell({ is: 'progress', token, done, total: total ?? null });
    }),
    heartbeat: beat,
  };
}

/** Throws DP6101 for a topic that contains a secret: a topic cannot be redacted, as subscribers match its name. */
function refuseSecret(topic: string, redaction: Redaction): void {
  if (!redaction.hides(topic)) return;
  const hint = 'use a topic without the value, and name the subject in the data';
  throw new Fault('DP6101', 'the topic holds the value of a secret', { hint });
}
