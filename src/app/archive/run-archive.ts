/** What an archive of a run holds, in this order: who it is, what it was asked, what happened, its files, their checksums. */
import { isRunId, isTaskName, type RunId } from '../../model/ids.ts';

export const RECORD = 'run.json';
export const REQUEST = 'request';
export const EVENTS = 'events.ndjson';
/** Last, so that an archive without it is torn: a line for each entry before, SHA-256 and name. */
export const CHECKSUMS = 'checksums';

/** The content of `run.json`. */
export interface ArchivedRun {
  readonly format: 'dp-run';
  /** Raised when an older dp would misread. */
  readonly v: 1;
  readonly runId: RunId;
  readonly pipeline: string;
  readonly planId: string;
  readonly file: string;
  readonly startedAt: number;
}

/** Whether an entry may stand there: a result or a log of a run, by names that lead nowhere else. */
export function isRunFile(name: string): boolean {
  const [top, run = '', kind, ...rest] = name.split('/');
  if (top !== 'runs' || !isRunId(run) || !rest.every(isPlainName)) return false;
  if (kind === 'logs') return rest.length === 1;
  return (
    kind === 'results' && isTaskName(rest[0] ?? '') && (rest.length === 2 || rest.length === 3)
  );
}

const isPlainName = (part: string): boolean => /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/.test(part);
