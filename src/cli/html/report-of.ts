/** The state of a run comes in, what the page shows of it goes out. */
import { open, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { readRun } from '../../app/project/find-run.ts';
import { type State, requestOf } from '../../app/project/state.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import type { RunRecord } from '../../model/run.ts';
import { hasFailed } from '../../views/ended-run.ts';
import { slowestPath } from '../../views/slowest-path.ts';
import type { ReportedLog, ReportedRun } from './reported-run.ts';
import { TimelineFold } from '../../views/timeline.ts';
import { logFile } from '../../model/log-file.ts';

/** Of each attempt, and of all: the page is opened in a browser and sent by mail. */
const LOG_BYTES = 65_536;
const ALL_LOGS_BYTES = 8_388_608;

export async function reportOf(state: State, runId: RunId, now: number): Promise<ReportedRun> {
  const { params, tasks } = requestOf(state, runId);
  const fold = new TimelineFold();
  const record = readRun(state, runId, (event) => fold.apply(event));
  const timeline = fold.timeline(record.status === 'running' ? now : undefined);
  const path = slowestPath(record, tasks).map(([name]) => name);
  const { logs, leftOut } = await readLogs(state.folder, record);
  return {
    record,
    params,
    tasks,
    timeline,
    slowestPath: new Set(path.length > 1 ? path : []),
    logs,
    logsLeftOut: leftOut,
  };
}

interface Attempt {
  readonly task: TaskName;
  readonly element?: number;
  readonly attempt: number;
  readonly hasFailed: boolean;
}

/** When there is not room for all, those of failed tasks come first. */
async function readLogs(
  folder: string,
  run: RunRecord,
): Promise<{ readonly logs: ReportedLog[]; readonly leftOut: number }> {
  // Most attempts print nothing and have no file.
  const files = await filesIn(dirname(logFile(folder, run.runId, '_', 1)));
  const attempts = attemptsOf(run).filter(({ task, element, attempt }) =>
    files.has(basename(logFile(folder, run.runId, task, attempt, element))),
  );
  const found = new Map<Attempt, ReportedLog>();
  let [left, leftOut] = [ALL_LOGS_BYTES, 0];
  for (const attempt of attempts.toSorted((a, b) => Number(b.hasFailed) - Number(a.hasFailed))) {
    const { task, element, attempt: number } = attempt;
    const log = await endOf(logFile(folder, run.runId, task, number, element));
    left -= log.text.length;
    if (left < 0) leftOut++;
    else
      found.set(attempt, {
        task,
        ...(element === undefined ? {} : { element }),
        attempt: number,
        ...log,
      });
  }
  return { logs: attempts.flatMap((attempt) => found.get(attempt) ?? []), leftOut };
}

function attemptsOf({ tasks }: RunRecord): Attempt[] {
  return [...tasks].flatMap(([task, record]) => [
    ...numbers(record.attempts).map((attempt) => ({ task, attempt, hasFailed: hasFailed(record) })),
    ...(record.elements ?? []).flatMap((each, element) =>
      numbers(each.attempts).map((attempt) => ({
        task,
        element,
        attempt,
        hasFailed: hasFailed(each),
      })),
    ),
  ]);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

async function filesIn(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder));
  } catch (error) {
    // Made with the first byte that a task prints.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
    throw error;
  }
}

async function endOf(file: string): Promise<Pick<ReportedLog, 'text' | 'bytesLeftOut'>> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  const bytesLeftOut = Math.max(0, size - LOG_BYTES);
  const bytes = Buffer.alloc(size - bytesLeftOut);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, bytesLeftOut);
  const text = bytes.toString('utf8', firstWhole(bytes, bytesLeftOut), bytesRead);
  return { text, bytesLeftOut };
}

/** A cut may fall into a character: its last bytes begin with the bits 10. */
function firstWhole(bytes: Uint8Array, bytesLeftOut: number): number {
  let at = 0;
  if (bytesLeftOut > 0) while (at < 3 && (bytes[at]! & 0xc0) === 0x80) at++;
  return at;
}
