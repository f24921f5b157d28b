/** Unpacked files of an archive come in, the run that they tell goes out: as strictly held to what dp writes as the record itself. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventProblem } from '../../model/event-shape.ts';
import { isLifecycle, type RecordedEvent } from '../../model/event.ts';
import type { RunId } from '../../model/ids.ts';
import { checkRun } from '../../model/run-check.ts';
import { linesOf } from './file-lines.ts';
import type { StoredEvent } from '../../store/run-store.ts';
import { addressesIn } from '../maintenance/needed-results.ts';
import type { StoredRef } from '../../io/io-manager.ts';
import {
  type ArchivedRun,
  EVENTS,
  isArchivedRun,
  MOST_TEXT_BYTES,
  RECORD,
  REQUEST,
  resultFile,
  notUsable,
} from './run-archive.ts';

export function recordIn(file: string, staged: string): ArchivedRun {
  for (const name of [RECORD, REQUEST, EVENTS])
    if (statSync(join(staged, name), { throwIfNoEntry: false }) === undefined)
      throw notUsable(file, `its ${name} is missing`);
  const run = parsed(file, readFileSync(join(staged, RECORD), 'utf8')) as Partial<ArchivedRun>;
  if (run.format !== 'dp-run') throw notUsable(file, 'it is no archive of a run');
  if (run.v !== 1) throw notUsable(file, `it has a newer format (${String(run.v)}); update dp`);
  if (!isArchivedRun(run)) throw notUsable(file, `its ${RECORD} is incomplete`);
  return run;
}

export function* eventsIn(file: string, path: string, runId: RunId): Generator<RecordedEvent> {
  for (const line of linesOf(path, MOST_TEXT_BYTES)) {
    if (line === undefined)
      throw notUsable(file, `an event in it is larger than ${MOST_TEXT_BYTES} bytes`);
    const event = parsed(file, line);
    const problem = eventProblem(event, runId);
    if (problem !== undefined) throw notUsable(file, `an event in it ${problem}`);
    yield event as RecordedEvent; // It has the shape of one.
  }
}

/** Asks the same of the run that an examination of the state asks. Returns the files of the results that it points to. */
export function refuseUnsound(
  file: string,
  { runId, ...run }: ArchivedRun,
  events: Iterable<RecordedEvent>,
): ReadonlySet<string> {
  const results = new Set<string>();
  const ids = new Set<string>();
  let seq = 0;
  function* heard(): Generator<StoredEvent> {
    for (const event of events) {
      if (ids.size === ids.add(event.id).size)
        throw notUsable(file, 'two events in it have one id');
      if (!agrees(run, event)) throw notUsable(file, `its ${RECORD} and its events differ`);
      for (const ref of refsOf(event)) results.add(resultFile(ref));
      yield { seq: ++seq, event };
    }
  }
  const [wrong] = checkRun(runId, heard());
  if (wrong !== undefined) throw notUsable(file, wrong);
  return results;
}

/** A run is listed with what its first event says. */
function agrees(run: Omit<ArchivedRun, 'runId'>, event: RecordedEvent): boolean {
  if (!isLifecycle(event) || event.topic !== 'run.started') return true;
  const { pipeline: name, planId, file } = event.data;
  const isSame = name === run.pipeline && planId === run.planId && file === run.file;
  return isSame && event.time === run.startedAt;
}

function refsOf(event: RecordedEvent): Iterable<StoredRef> {
  const isOutcome =
    isLifecycle(event) &&
    (event.topic === 'run.task.succeeded' || event.topic === 'run.task.cached');
  return isOutcome ? addressesIn(event.data.output) : [];
}

/** More levels than dp records: the data of an event has at most a thousand. */
const DEEPEST = 2_000;

function parsed(file: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && isShallow(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw notUsable(file, 'it contains text that is not JSON or is nested too deeply');
}

function isShallow(value: object): boolean {
  let level: readonly object[] = [value];
  for (let depth = 0; level.length > 0 && depth <= DEEPEST; depth++)
    level = level.flatMap((each) => Object.values(each).filter(isObject));
  return level.length === 0;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
