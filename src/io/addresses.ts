/** Paths of results below the state folder. No name leads out of it: each is checked before a path is built. */
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import { isResultId, isRunId, isTaskName, type RunId, type TaskName } from '../model/ids.ts';
import type { ResultAddress, ResultRef } from '../model/result.ts';

type StoredForm = Exclude<ResultRef['is'], 'void' | 'list'>;
export const STORED_FORMS = ['value', 'bytes', 'text', 'stream'] as const;

const ENDINGS: Readonly<Record<StoredForm, string>> = {
  value: '.val',
  bytes: '.bin',
  text: '.txt',
  stream: '.stream',
};

/** Returns `<run>/results`, below the folder of all runs. Throws DP7003. */
export function resultsPath(runs: string, run: RunId): string {
  if (!isRunId(run)) throw unsafe('run', run);
  return join(runs, run, 'results');
}

/** Returns the folder of a task's results. Throws DP7003. */
export function taskPath(runs: string, run: RunId, task: TaskName): string {
  if (!isTaskName(task)) throw unsafe('task', task);
  return join(resultsPath(runs, run), task);
}

/** Returns the name of the file, or of a stream's folder, in the folder of its task. Throws DP7003. */
export function resultName(id: string, is: StoredForm): string {
  if (!isResultId(id)) throw unsafe('result', id);
  return id + ENDINGS[is];
}

/** Throws DP7003 for an unsafe address. */
export function checkAddress(at: ResultAddress): void {
  if (!isRunId(at.run)) throw unsafe('run', at.run);
  if (!isTaskName(at.task)) throw unsafe('task', at.task);
  if (!isResultId(at.id)) throw unsafe('result', at.id);
}

/** Returns the id in a name from `resultName`; undefined for any other name. */
export function resultOf(name: string): { id: string; is: StoredForm } | undefined {
  const dot = name.lastIndexOf('.');
  const id = name.slice(0, dot);
  for (const is of STORED_FORMS) {
    if (ENDINGS[is] === name.slice(dot) && isResultId(id)) return { id, is };
  }
  return undefined;
}

function unsafe(what: string, name: string): Fault {
  return new Fault('DP7003', `${JSON.stringify(name)} cannot name a ${what}`, {
    hint: 'names are letters, digits, "_" and "-", as they become folders',
  });
}
