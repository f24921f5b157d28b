/** The context of a task outside a run: what it publishes, logs and reports is kept for the test to look at. */
import { createRequire } from 'node:module';
import type { pino } from 'pino';
import {
  blamingCaller,
  checkFigure,
  checkPublicTopic,
  Publications,
} from '../executor/worker/publishable.ts';
import type { JsonObject } from '../model/json.ts';
import type { TaskContext } from '../registry/authoring/task-context.ts';

/** What the context says; absent parts have the values of a first attempt outside any run. */
export type TaskSurroundings = Partial<
  Pick<
    TaskContext,
    'runId' | 'task' | 'attempt' | 'signal' | 'params' | 'env' | 'key' | 'resumeFrom'
  >
>;

/** What a task said, in its order; it grows while the task works. */
export interface Said {
  readonly events: { readonly topic: string; readonly data: unknown }[];
  /** Lines of `ctx.log`, as pino writes them. */
  readonly log: JsonObject[];
  readonly progress: { readonly done: number; readonly total: number | null }[];
}

/** Topics, data and figures are refused as in a run: DP6101, DP6108, DP6109, DP6111. */
export function contextOf(surroundings: TaskSurroundings, said: Said): TaskContext {
  const publications = new Publications();
  return {
    runId: 'test',
    task: 'task',
    attempt: 1,
    signal: new AbortController().signal,
    params: {},
    env: {},
    key: 'test',
    resumeFrom: 0,
    ...surroundings,
    log: loadPino()(
      { base: null, level: 'trace' },
      // Each line is an object in JSON.
      { write: (line: string) => void said.log.push(JSON.parse(line) as JsonObject) },
    ),
    publish: blamingCaller((topic, data) => {
      checkPublicTopic(topic);
      said.events.push({ topic, data: publications.accept(data) });
    }),
    progress: blamingCaller((done, total) => {
      checkFigure(done, 'done');
      if ((total ?? null) !== null) checkFigure(total, 'total');
      if (publications.acceptProgress()) said.progress.push({ done, total: total ?? null });
    }),
    heartbeat: () => undefined,
  };
}

function loadPino(): typeof pino {
  // The package exports this.
  return createRequire(import.meta.url)('pino') as typeof pino;
}
