/**
 * Checks a state directory: a directory comes in, findings go out, one check after another, a page of data at a time.
 * It fixes only what loses nothing: dangling entries, leftovers of dead processes, files that belong to no run.
 */
import { join } from 'node:path';
import { checkRun } from '../../model/run-check.ts';
import { CATALOGUE, Fault } from '../../model/fault.ts';
import type { Hint } from '../../model/hint.ts';
import type { RunId } from '../../model/ids.ts';
import type { ResultRef } from '../../model/result.ts';
import type { CacheEntry } from '../../store/run-store.ts';
import { type HearDamage, ignoreDamage } from '../../store/damage.ts';
import type { CacheEntryName, RunFact } from '../../store/maintenance.ts';
import { ledgerContradictions } from '../../scheduler/ledger-proof.ts';
import type { Housekeeping } from '../project/housekeeping.ts';
import { isImport } from './incoming-name.ts';
import { addressesIn } from './needed-results.ts';
import { closeToOthers, openToOthers } from './open-to-others.ts';
import { sweep } from './sweep.ts';
import { decodeRequest } from '../../executor/run/run-request.ts';

export interface DoctorFinding {
  /** A note is something that can be tidied or resumed; nothing is wrong. */
  readonly is: 'problem' | 'note';
  readonly message: string;
  readonly remedy: Hint;
  readonly run?: RunId;
  readonly isMended?: boolean;
}

interface DoctorCheck {
  readonly name: string;
  /** The statement that is true when the check finds nothing. */
  readonly holds: string;
  readonly find: (
    home: Housekeeping,
    mend: boolean,
  ) => Iterable<DoctorFinding> | AsyncIterable<DoctorFinding>;
}

export interface DoctorAnswer {
  readonly name: string;
  readonly holds: string;
  readonly findings: readonly DoctorFinding[];
}

/** Throws DP8004 when the database is damaged. */
export async function* examine(
  home: Housekeeping,
  { mend }: { readonly mend: boolean },
): AsyncGenerator<DoctorAnswer> {
  for (const { name, holds, find } of CHECKS) {
    const findings: DoctorFinding[] = [];
    try {
      for await (const finding of find(home, mend && home.isWritable)) findings.push(finding);
    } catch (error) {
      if (find === damage || !(error instanceof Fault)) throw error;
      findings.push(damaged(error));
    }
    yield { name, holds, findings };
  }
}

/** Returns a finding for the fault that ended a check early; the other checks continue. */
function damaged(fault: Fault, run?: RunId): DoctorFinding {
  const about = run === undefined ? {} : { run };
  const remedy = fault.diagnostics[0]?.hint ?? CATALOGUE[fault.code].explain;
  return { is: 'problem', message: fault.message, remedy, ...about };
}

/** The checks, the most fundamental first. */
const CHECKS: readonly DoctorCheck[] = [
  { name: 'database', holds: 'intact, with a schema that this dp knows', find: damage },
  { name: 'tables', holds: 'consistent with each other', find: contradictions },
  {
    name: 'runs',
    holds: 'events without gaps, one outcome per attempt, summaries that match',
    find: runs,
  },
  { name: 'holders', holds: 'a living process holds every running run', find: holders },
  { name: 'slots', holds: 'every slot of a pool has a living holder', find: slots },
  { name: 'ticks', holds: 'every due tick of every trigger has exactly one row', find: ticks },
  { name: 'results', holds: 'every result that a run points to is intact', find: results },
  { name: 'cache', holds: 'every entry points to an intact result', find: cacheEntries },
  { name: 'files', holds: 'every file can be read, and none is a link', find: oddities },
  { name: 'access', holds: 'only its owner can read the state', find: access },
  { name: 'rests', holds: 'nothing is left over', find: rests },
];

/** Throws for a damaged database, as no other check could rely on what it says. */
function damage({ maintenance, folder }: Housekeeping): DoctorFinding[] {
  const found = maintenance.damage();
  if (found.length === 0) return [];
  throw new Fault('DP8004', `the state database in ${folder} is damaged: ${found.join('; ')}`, {
    hint: 'move state.db, state.db-wal and state.db-shm aside; stored results stay, the record of runs starts anew',
  });
}

function* contradictions({ maintenance }: Housekeeping): Generator<DoctorFinding> {
  for (const message of maintenance.contradictions())
    yield { is: 'problem', message, remedy: 'runs are not touched by it; please report it' };
}

function* runs(home: Housekeeping): Generator<DoctorFinding> {
  const { maintenance, store } = home;
  const unreadable: DoctorFinding[] = [];
  const hear: HearDamage = (fault, run) => unreadable.push(damaged(fault, run));
  for (const { runId: run, epoch, isHeld, toldStatus } of maintenance.runs(hear)) {
    yield* wrongRequest(home, run);
    if (isHeld) continue; // Its events come in while they are read.
    const found = [...wrongEvents(run, () => checkRun(run, store.read(run), toldStatus))];
    if (found.length > 0 && maintenance.epochOf(run) !== epoch) continue; // It was taken up meanwhile.
    yield* found;
  }
  yield* unreadable;
}

function* wrongRequest({ store }: Housekeeping, run: RunId): Generator<DoctorFinding> {
  const request = store.request(run);
  if (request !== undefined && decodeRequest(request) !== undefined) return;
  const what = request === undefined ? 'no request on record' : 'a request that cannot be read';
  yield {
    is: 'problem',
    run,
    message: `run ${run} has ${what}, so it cannot be resumed`,
    remedy: { do: 'startRun' },
  };
}

function* wrongEvents(run: RunId, check: () => readonly string[]): Generator<DoctorFinding> {
  try {
    for (const what of check())
      yield {
        is: 'problem',
        run,
        message: `run ${run}: ${what}`,
        remedy: { do: 'reportRun', run },
      };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    yield damaged(error, run);
  }
}

/** Releases a run only when its process is dead: a process that cannot be seen may be running, and two on one run would spoil it. */
function* holders({ maintenance }: Housekeeping, mend: boolean): Generator<DoctorFinding> {
  const freed = new Set(mend ? maintenance.letGoOfTheDead() : []);
  for (const fact of maintenance.runs(ignoreDamage)) {
    const finding = aboutHolder(fact, freed.has(fact.runId));
    if (finding !== undefined) yield finding;
  }
}

function aboutHolder(fact: RunFact, isFreed: boolean): DoctorFinding | undefined {
  const { runId: run, status, owner, isHeld, isElsewhere } = fact;
  if (status === 'crashed')
    return {
      is: 'note',
      run,
      message: `run ${run} has crashed: its process is gone`,
      remedy: { do: 'resumeRun', run },
    };
  if (isElsewhere && owner !== undefined)
    return {
      is: 'note',
      run,
      message: `run ${run} is held by process ${owner.pid} on host "${owner.host}", which cannot be seen from here`,
      remedy: { do: 'releaseRunElsewhere', run },
    };
  if (isFreed || (owner !== undefined && !isHeld && status !== 'queued'))
    return {
      is: 'note',
      run,
      message: `run ${run} ended, and its process died before it released the run`,
      remedy: { do: 'releaseRun' },
      isMended: isFreed,
    };
  return undefined;
}

function* slots({ maintenance }: Housekeeping, mend: boolean): Generator<DoctorFinding> {
  const left = maintenance.slotsOfNobody();
  if (mend && left.length > 0) maintenance.clearSlotsOfNobody();
  for (const { pool, run, unit } of left)
    yield {
      is: 'note',
      run,
      message: `a slot of pool "${pool}" is left over from ${unit} in run ${run}, which no longer holds it: it is not counted`,
      remedy: { do: 'clearPoolSlot' },
      isMended: mend,
    };
}

function* ticks({ store: { ledger } }: Housekeeping): Generator<DoctorFinding> {
  for (const record of ledger.triggers()) {
    const { trigger, forgottenTo } = record;
    const windows = ledger.windows(trigger);
    const rows = ledger.ticks({ trigger, to: record.decidedTo });
    const found = [...ledgerContradictions({ record, windows, rows }, process.versions.tz ?? '')];
    const isAsRead = ledger.triggers().find((one) => one.trigger === trigger);
    if (found.length > 0 && isAsRead?.forgottenTo !== forgottenTo) continue; // Old rows were removed meanwhile.
    for (const message of found)
      yield { is: 'problem', message, remedy: 'runs are not touched by it; please report it' };
  }
}

async function* results({ maintenance, io }: Housekeeping): AsyncGenerator<DoctorFinding> {
  const foreign = new Verified((ref) => io.has(ref));
  const unreadable: DoctorFinding[] = [];
  const hear: HearDamage = (fault, run) => unreadable.push(damaged(fault, run));
  for (const { runId: run, task, output } of maintenance.outputs(hear)) {
    const isOwn = [...addressesIn(output)].every((address) => address.run === run);
    if (await (isOwn ? io.has(output) : foreign.has(output))) continue;
    if (!maintenance.isListed(run)) continue; // It has been removed meanwhile, with its results.
    yield {
      is: 'problem',
      run,
      message: `the result of task "${task}" in run ${run} is gone or altered`,
      remedy: { do: 'computeResultAgain', run },
    };
  }
  yield* unreadable;
}

async function* cacheEntries(home: Housekeeping, mend: boolean): AsyncGenerator<DoctorFinding> {
  const about = (entry: CacheEntryName, what: string): DoctorFinding => ({
    is: 'problem',
    message: `the cache entry ${entry.key.slice(0, 16)} of task "${entry.task}" ${what}`,
    remedy: { do: 'dropCacheEntry' },
    isMended: mend && home.maintenance.forget([entry]) > 0,
  });
  for await (const entry of danglingEntries(home))
    yield about(entry, 'points to a result that is gone or altered');
  for (const entry of home.maintenance.damagedCacheEntries())
    yield about(entry, 'does not say where its result is');
}

/** Yields cache entries whose result is gone or altered. */
export async function* danglingEntries({
  maintenance,
  io,
  store,
}: Pick<Housekeeping, 'maintenance' | 'io' | 'store'>): AsyncGenerator<CacheEntry> {
  for (const entry of maintenance.cacheEntries()) {
    const { output, outputs } = entry;
    if ((await io.has(output)) && (outputs === undefined || (await io.has(outputs.contents))))
      continue;
    const isThere = store
      .cached(entry.key, ANY_TIME)
      .some(({ run, storedAt }) => run === entry.run && storedAt === entry.storedAt);
    // Otherwise the entry was dropped or replaced meanwhile, and its result was removed.
    if (isThere) yield entry;
  }
}

/** An instant before every expiry, so that a look-up also finds expired entries. */
const ANY_TIME = 0;

async function* oddities({
  stored,
  incoming,
  folder,
}: Housekeeping): AsyncGenerator<DoctorFinding> {
  for (const name of incoming.names())
    if (!isImport(name)) yield foreign(join(folder, 'incoming', name));
  for await (const { path, is } of stored.oddities()) {
    if (is === 'foreign') {
      yield foreign(path);
      continue;
    }
    const what = {
      link: 'is a symbolic link, and nothing is read or written through one',
      special: 'is neither a file nor a folder',
      unreadable: 'cannot be read',
    }[is];
    const remedy = is === 'unreadable' ? 'check who owns it' : 'remove it, or move it away';
    yield { is: 'problem', message: `"${path}" ${what}`, remedy };
  }
}

const foreign = (path: string): DoctorFinding => ({
  is: 'note',
  message: `"${path}" is none of the files that dp makes there: nothing reads or removes it`,
  remedy: 'remove it, or move it away',
});

function* access({ folder }: Housekeeping, mend: boolean): Generator<DoctorFinding> {
  const open = openToOthers(folder);
  if (open.length === 0) return;
  if (mend) closeToOthers(open);
  yield {
    is: 'note',
    message: `other users can read ${open.length} files and folders of the state, and results and parameters may hold secrets`,
    remedy: { do: 'closeStateToOthers' },
    isMended: mend,
  };
}

async function* rests(home: Housekeeping, mend: boolean): AsyncGenerator<DoctorFinding> {
  const leftover = await home.stored.leftovers();
  const { folders, staged } = await sweep(home, !mend);
  const found: readonly (readonly [number, string])[] = [
    [folders, 'folders of runs that are not on record, which nothing points to'],
    [leftover, 'folders that were being removed'],
    [staged, 'files or imports that were being written when their process was killed'],
  ];
  for (const [count, what] of found)
    if (count > 0)
      yield {
        is: 'note',
        message: `${count} ${what}`,
        remedy: { do: 'removeLeftovers' },
        isMended: mend,
      };
}

/** Verifies each result once, as many runs may share it. */
class Verified {
  readonly #answers = new Map<string, boolean>();
  readonly #look: (ref: ResultRef) => Promise<boolean>;

  constructor(look: (ref: ResultRef) => Promise<boolean>) {
    this.#look = look;
  }

  async has(ref: ResultRef): Promise<boolean> {
    const name = JSON.stringify(ref);
    let answer = this.#answers.get(name);
    if (answer === undefined) this.#answers.set(name, (answer = await this.#look(ref)));
    return answer;
  }
}
