/** The state of a run comes in; what the page shows of it goes out. */
import { open } from 'node:fs/promises';
import { readRun } from '../../app/project/find-run.ts';
import { logSources, type AttemptLogFile } from '../../app/project/logs.ts';
import { type State, requestOf } from '../../app/project/state.ts';
import type { RunId } from '../../model/ids.ts';
import type { RunRecord } from '../../model/run.ts';
import { hasFailed } from '../../views/ended-run.ts';
import { slowestPath } from '../../views/slowest-path.ts';
import type { ReportedLog, ReportedRun } from '../../views/reported-run.ts';
import { TimelineFold } from '../../views/timeline.ts';

/** Log bytes of each attempt and of all: the page is opened in a browser and sent by mail. */
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

/** Reads the logs; when there is not room for all, those of failed tasks come first. */
async function readLogs(
  folder: string,
  run: RunRecord,
): Promise<{ readonly logs: ReportedLog[]; readonly leftOut: number }> {
  const sources = await logSources(run, folder);
  const found = new Map<AttemptLogFile, ReportedLog>();
  let [left, leftOut] = [ALL_LOGS_BYTES, 0];
  for (const source of sources.toSorted((a, b) => rank(a, run) - rank(b, run))) {
    const { file, ...attempt } = source;
    const log = await endOf(file);
    left -= log.text.length;
    if (left < 0) leftOut++;
    else found.set(source, { ...attempt, ...log });
  }
  return { logs: sources.flatMap((source) => found.get(source) ?? []), leftOut };
}

function rank({ task, element }: AttemptLogFile, { tasks }: RunRecord): number {
  const record = tasks.get(task);
  const own = element === undefined ? record : record?.elements?.[element];
  return own !== undefined && hasFailed(own) ? 0 : 1;
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

/** Returns the index of the first whole character: a cut may fall into one, whose last bytes begin with the bits 10. */
function firstWhole(bytes: Uint8Array, bytesLeftOut: number): number {
  let at = 0;
  if (bytesLeftOut > 0) while (at < 3 && (bytes[at]! & 0xc0) === 0x80) at++;
  return at;
}
