/** A run on record and a choice of its attempts come in; their log files go out. It reads none of them. */
import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { nodeDisk } from '../../io/disk.ts';
import { Folders } from '../../io/folders.ts';
import { didYouMean } from '../../model/diagnostic.ts';
import { Fault } from '../../model/fault.ts';
import type { RunId, TaskName } from '../../model/ids.ts';
import { logFile } from '../../model/log-file.ts';
import type { RunRecord } from '../../model/run.ts';
import { requestOf, type State } from './state.ts';

/** The log of one attempt. */
export interface AttemptLogFile {
  readonly task: TaskName;
  readonly element?: number;
  readonly attempt: number;
  readonly file: string;
}

/** Chooses attempts; absent parts choose all. */
export interface LogSelection {
  readonly task?: TaskName;
  readonly attempt?: number;
}

/** Returns the existing logs, in the order of tasks and attempts: an attempt that printed nothing has none. */
export async function logSources(
  run: RunRecord,
  stateFolder: string,
  { task, attempt }: LogSelection = {},
): Promise<readonly AttemptLogFile[]> {
  const there = await filesIn(stateFolder, dirname(logFile(stateFolder, run.runId, '_', 1)));
  return attemptsIn(run, stateFolder).filter(
    (source) =>
      (task === undefined || source.task === task) &&
      (attempt === undefined || source.attempt === attempt) &&
      there.has(basename(source.file)),
  );
}

/** Throws DP2006 for a task that the run was not asked to do. */
export function refuseUnknownTask(state: State, runId: RunId, task: TaskName): void {
  const known = requestOf(state, runId).tasks.map(({ name }) => name);
  if (known.includes(task)) return;
  throw new Fault('DP2006', `there is no task "${task}" in run ${runId}`, {
    hint: didYouMean(task, known) ?? `its tasks: ${known.slice(0, 20).join(', ')}`,
  });
}

function attemptsIn({ runId, tasks }: RunRecord, stateFolder: string): readonly AttemptLogFile[] {
  return [...tasks].flatMap(([task, { attempts, elements = [] }]) => [
    ...numbers(attempts).map((attempt) => ({
      task,
      attempt,
      file: logFile(stateFolder, runId, task, attempt),
    })),
    ...elements.flatMap((record, element) =>
      numbers(record.attempts).map((attempt) => ({
        task,
        element,
        attempt,
        file: logFile(stateFolder, runId, task, attempt, element),
      })),
    ),
  ]);
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** Logs are not read through a symbolic link, as results are not. */
async function filesIn(stateFolder: string, folder: string): Promise<ReadonlySet<string>> {
  try {
    if (new Folders(stateFolder, nodeDisk).isLinked(folder)) return new Set();
    return new Set(await readdir(folder));
  } catch (error) {
    // The folder is made with the first byte that a task prints.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
    throw error;
  }
}
