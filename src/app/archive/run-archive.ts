/** The entries of a run's archive, in this order: its record, its request, its events, its files, their checksums. */
import { resultName, resultOf } from '../../io/addresses.ts';
import type { StreamRef, ValueRef } from '../../io/stored-value.ts';
import { isPartOfStream } from '../../io/stream-parts.ts';
import {
  isDigest,
  isInstant,
  isPipelineName,
  isRunId,
  isTaskName,
  type RunId,
} from '../../model/ids.ts';
import { isLogName } from '../../model/log-file.ts';
import { hasShape, isText, oneOf, optional, type Shape } from '../../model/shape.ts';
import { isStartedBy, type StartedBy } from '../../model/started-by.ts';
import { Fault } from '../../model/fault.ts';

export const RECORD = 'run.json';
export const REQUEST = 'request';
export const EVENTS = 'events.ndjson';
/** The last entry, without which an archive is torn: one line for each entry before it, with SHA-256 and name. */
export const CHECKSUMS = 'checksums';

/** Limit of a text that is read as a whole, an event included; parsed, it may take thirty times as much memory. */
export const MOST_TEXT_BYTES = 64 * 1024 * 1024;

/** The content of `run.json`. */
export interface ArchivedRun {
  readonly format: 'dp-run';
  /** Version of the format, raised when an older dp would misread it. */
  readonly v: 1;
  readonly runId: RunId;
  readonly pipeline: string;
  readonly planId: string;
  readonly file: string;
  readonly startedAt: number;
  /** Who asked for the run, and when it was accepted if it did not begin at once; absent in what an older dp wrote. */
  readonly startedBy?: StartedBy;
  readonly queuedAt?: number;
}

const RUN: Shape<ArchivedRun> = {
  format: oneOf(['dp-run']),
  v: oneOf([1]),
  runId: (value) => isText(value) && isRunId(value),
  pipeline: (value) => isText(value) && isPipelineName(value),
  planId: isDigest,
  file: isText,
  startedAt: isInstant,
  startedBy: optional(isStartedBy),
  queuedAt: optional(isInstant),
};
export const isArchivedRun = hasShape(RUN);

/** A file that a run may have stored. */
export interface RunFile {
  readonly run: RunId;
  /** The result that the file belongs to, as `resultFile` names it; undefined for a log. */
  readonly result: string | undefined;
}

/** Returns undefined for a name that no file of a run has, such as one that leads elsewhere. */
export function runFileOf(name: string): RunFile | undefined {
  const [top, run = '', kind, ...rest] = name.split('/');
  if (top !== 'runs' || !isRunId(run)) return undefined;
  const [first = '', file = '', part] = rest;
  if (kind === 'logs' && rest.length === 1 && isLogName(first)) return { run, result: undefined };
  if (kind !== 'results' || rest.length > 3 || !isTaskName(first)) return undefined;
  const form = resultOf(file)?.is;
  const isStored = form === 'stream' ? isPartOfStream(part ?? '') : form && part === undefined;
  return isStored === true ? { run, result: `${run}/${first}/${file}` } : undefined;
}

/** Returns the name of a result, which all its files share. */
export function resultFile({ run, task, id, is }: StreamRef | ValueRef): string {
  return `${run}/${task}/${resultName(id, is)}`;
}

/** Returns the fault for an archive that dp did not write like this. */
export function notUsable(file: string, why: string, cause?: unknown): Fault {
  return new Fault('DP2011', `${file} cannot be imported, and nothing of it was: ${why}`, {
    hint: { do: 'exportRuns' },
    cause,
  });
}
